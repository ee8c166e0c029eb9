#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "netweave/result.hpp"

#include "base/public_key.hpp"

namespace netweave::tenancy {

/// A JWK Set (RFC 7517 section 5): the public keys of a token's issuer. Immutable; any thread.
class KeySet {
 public:
  /// Takes RSA keys of 2048 bits and more for RS256, P-256 for ES256, Ed25519 (RFC 8037) for EdDSA. Keys of another
  /// type, curve, `alg`, `use` or `key_ops`, and RSA keys out of range, are left out, as section 5 asks.
  /// Errors: `invalid`, says which key: not a JWK Set, a member of the wrong type, a key of a known type that is
  /// broken, two keys of one kid and type, more than 100 keys or 256 KiB.
  static Result<KeySet> parse(std::string_view text);

  /// The key of that kid for that scheme. A token without a kid (empty) is served where the set has one key alone for
  /// the scheme (OpenID Connect Core 10.1 asks for a kid otherwise). nullptr: none.
  [[nodiscard]] const crypto::PublicKey* find(std::string_view kid, crypto::Scheme scheme) const noexcept;
  [[nodiscard]] std::size_t size() const noexcept { return keys_.size(); }
  /// Why keys were left out, a line each; for the log.
  [[nodiscard]] const std::vector<std::string>& left_out() const noexcept { return left_out_; }

 private:
  struct Key {
    std::string kid;
    crypto::PublicKey key;
  };
  std::vector<Key> keys_;
  std::vector<std::string> left_out_;
};

}  // namespace netweave::tenancy
