#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include "netweave/value.hpp"

struct evp_pkey_st;

/// A token issuer's private key, made by OpenSSL when the test runs.
class IssuerKey {
 public:
  static IssuerKey rsa(unsigned bits = 2048);
  static IssuerKey p256();
  static IssuerKey ed25519();

  /// The public key as a JWK, with its alg and use.
  [[nodiscard]] netweave::Value jwk(std::string_view kid) const;
  [[nodiscard]] std::string_view alg() const { return alg_; }
  [[nodiscard]] std::string sign(std::string_view bytes) const;
  /// The public key as anybody has it: PEM.
  [[nodiscard]] std::string public_pem() const;

 private:
  IssuerKey(std::string_view alg, evp_pkey_st* key);

  std::string_view alg_;
  std::shared_ptr<evp_pkey_st> key_;
};

/// Some minute; the tests' clock stands at it.
constexpr std::chrono::system_clock::time_point test_now{std::chrono::seconds(1'780'000'000)};
constexpr std::int64_t test_seconds = 1'780'000'000;

/// Claims that are good for `test_now`: issuer "https://issuer.example", audience "netweave", subject "smo".
netweave::Value good_claims();
/// {"alg": the key's, "kid": kid, "typ": "JWT"}
netweave::Value header_of(const IssuerKey& key, std::string_view kid);
/// header.payload
std::string signing_input(const netweave::Value& header, const netweave::Value& claims);
std::string token_with(const IssuerKey& key, const netweave::Value& header, const netweave::Value& claims);
inline std::string token(const IssuerKey& key, std::string_view kid, const netweave::Value& claims = good_claims()) {
  return token_with(key, header_of(key, kid), claims);
}
/// {"keys": [...]}
std::string jwk_set(std::initializer_list<netweave::Value> keys);
