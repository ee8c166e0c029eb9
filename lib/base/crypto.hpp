#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

/// Thin covers of libcrypto: bytes in, bytes out. All safe from any thread.
namespace netweave::crypto {

std::string random_bytes(std::size_t count);
std::string sha256(std::string_view bytes);
std::string sha1(std::string_view bytes);
std::string hmac_sha256(std::string_view key, std::string_view bytes);
/// Compares in time that depends on the lengths alone.
bool equal(std::string_view a, std::string_view b) noexcept;

/// AES-256-GCM under a 32-byte key: a random nonce, then the ciphertext, then the tag.
std::string seal(std::string_view key, std::string_view plain);
/// nullopt: another key, or bytes that were changed.
std::optional<std::string> open(std::string_view key, std::string_view sealed);

std::string to_hex(std::string_view bytes);
std::string to_base64(std::string_view bytes);
std::string to_base64url(std::string_view bytes);  ///< without padding
std::optional<std::string> from_base64(std::string_view text);
std::optional<std::string> from_base64url(std::string_view text);

}  // namespace netweave::crypto
