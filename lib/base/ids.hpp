#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace netweave {

/// A random UUID (RFC 9562 version 4) in lower case. Unique, not secret: from a generator a thread, seeded by the
/// system once. Any thread.
std::string make_uuid();
/// 64 bits of that generator.
std::uint64_t random_word();

/// The UUID version 5 of a name within a namespace, given as the 16 bytes of its UUID.
std::string make_uuid5(const std::array<std::uint8_t, 16>& space, std::string_view name);

/// netweave's own namespace for version 5, and what derives identifiers that must be equal after every restart.
extern const std::array<std::uint8_t, 16> netweave_namespace;

/// `[A-Za-z0-9][A-Za-z0-9._:-]{0,254}`
bool valid_id(std::string_view id) noexcept;

}  // namespace netweave
