#pragma once

#include <memory>
#include <string_view>

#include "netweave/result.hpp"

struct evp_pkey_st;

/// Public keys that prove signatures (libcrypto's EVP). A key proves by one scheme alone.
namespace netweave::crypto {

enum class Scheme {
  rs256,   ///< RSASSA-PKCS1-v1_5 with SHA-256 (RFC 7518 section 3.3)
  es256,   ///< ECDSA on P-256 with SHA-256, the signature as r and s of 32 bytes each (section 3.4)
  ed25519  ///< RFC 8032, pure
};

/// Immutable; copies share one key. Any thread.
class PublicKey {
 public:
  static constexpr std::size_t min_rsa_bits = 2048;
  static constexpr std::size_t max_rsa_bits = 8192;  ///< what is larger costs more than it proves

  /// Big-endian numbers without a sign. Errors of all three: `invalid`, says what is wrong with the key;
  /// `unimplemented`: an RSA key of a size that is not taken.
  static Result<PublicKey> rsa(std::string_view modulus, std::string_view exponent);
  /// The coordinates, 32 bytes each; refused where the point is not on the curve.
  static Result<PublicKey> p256(std::string_view x, std::string_view y);
  static Result<PublicKey> ed25519(std::string_view x);

  [[nodiscard]] Scheme scheme() const noexcept { return scheme_; }
  /// Whether the key's owner signed `bytes`. A signature of the wrong length proves nothing.
  [[nodiscard]] bool proves(std::string_view bytes, std::string_view signature) const;

 private:
  PublicKey(Scheme scheme, std::shared_ptr<evp_pkey_st> key) : scheme_(scheme), key_(std::move(key)) {}

  Scheme scheme_;
  std::shared_ptr<evp_pkey_st> key_;
};

}  // namespace netweave::crypto
