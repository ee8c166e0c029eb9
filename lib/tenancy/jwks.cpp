#include "tenancy/jwks.hpp"

#include <algorithm>
#include <optional>

#include "netweave/value.hpp"

#include "base/crypto.hpp"
#include "tenancy/base64url.hpp"

namespace netweave::tenancy {
namespace {

using crypto::PublicKey;

constexpr std::size_t max_set_bytes = 256 * 1024;
constexpr std::size_t max_keys = 100;

Error invalid(std::string message) { return make_error(ErrorKind::invalid, std::move(message)); }

/// Why the key is for something else; empty where it may prove a token that names `alg`.
std::string other_purpose(const Value& jwk, std::string_view alg) {
  if (const Value* own = jwk.find("alg"); own != nullptr && own->as_text() != alg)
    return "its alg is not " + std::string(alg);
  if (const Value* use = jwk.find("use"); use != nullptr && use->as_text() != "sig") return "its use is not sig";
  if (const Value* operations = jwk.find("key_ops")) {
    const Value::Array& named = operations->as_array();
    if (std::find(named.begin(), named.end(), Value("verify")) == named.end()) return "its key_ops lack verify";
  }
  return {};
}

/// The name of the first member that has the wrong type; empty where there is none.
std::string_view wrong_type(const Value& jwk) {
  for (std::string_view name : {"kid", "alg", "use", "crv"})
    if (const Value* member = jwk.find(name); member != nullptr && !member->is_text()) return name;
  const Value* operations = jwk.find("key_ops");
  return operations != nullptr && !operations->is_array() ? "key_ops" : "";
}

/// The algorithm that a key of this type and curve is for; empty: none that is known.
std::string_view algorithm_of(const Value& jwk) {
  std::string_view type = jwk.at("kty").as_text();
  std::string_view curve = jwk.at("crv").as_text();
  if (type == "RSA") return "RS256";
  if (type == "EC" && curve == "P-256") return "ES256";
  if (type == "OKP" && curve == "Ed25519") return "EdDSA";
  return {};
}

std::optional<std::string> number_at(const Value& jwk, std::string_view name) {
  return from_strict_base64url(jwk.at(name).as_text());
}

Result<PublicKey> public_key(const Value& jwk, std::string_view alg) {
  if (alg == "RS256") {
    auto modulus = number_at(jwk, "n");
    auto exponent = number_at(jwk, "e");
    if (!modulus || !exponent) return invalid("n and e must be base64url");
    return PublicKey::rsa(*modulus, *exponent);
  }
  auto x = number_at(jwk, "x");
  if (!x) return invalid("x must be base64url");
  if (alg == "EdDSA") return PublicKey::ed25519(*x);
  auto y = number_at(jwk, "y");
  if (!y) return invalid("y must be base64url");
  return PublicKey::p256(*x, *y);
}

}  // namespace

Result<KeySet> KeySet::parse(std::string_view text) {
  if (text.size() > max_set_bytes) return invalid("a JWK Set has at most 256 KiB");
  auto document = Value::parse(text);
  if (!document) return invalid("the JWK Set is no JSON: " + document.error().message);
  const Value* listed = document->find("keys");
  if (listed == nullptr || !listed->is_array()) return invalid("a JWK Set is an object with an array \"keys\"");
  if (listed->size() > max_keys) return invalid("a JWK Set has at most 100 keys");
  KeySet set;
  for (std::size_t i = 0; i < listed->size(); ++i) {
    const Value& jwk = listed->as_array()[i];
    std::string where = "keys[" + std::to_string(i) + "]: ";
    if (!jwk.at("kty").is_text()) return invalid(where + "a JWK is an object with a kty");
    if (std::string_view name = wrong_type(jwk); !name.empty())
      return invalid(where + std::string(name) + " has the wrong type");
    std::string_view alg = algorithm_of(jwk);
    std::string why = alg.empty() ? "its type or curve is not known" : other_purpose(jwk, alg);
    Result<PublicKey> key = why.empty() ? public_key(jwk, alg) : make_error(ErrorKind::unimplemented, why);
    if (!key && key.error().kind != ErrorKind::unimplemented) return invalid(where + key.error().message);
    if (!key) {
      set.left_out_.push_back(where + key.error().message);
      continue;
    }
    std::string kid(jwk.at("kid").as_text());
    bool twice = std::any_of(set.keys_.begin(), set.keys_.end(), [&](const Key& other) {
      return !kid.empty() && other.kid == kid && other.key.scheme() == key->scheme();
    });
    if (twice) return invalid(where + "its kid stands twice");
    set.keys_.push_back({std::move(kid), std::move(*key)});
  }
  return set;
}

const crypto::PublicKey* KeySet::find(std::string_view kid, crypto::Scheme scheme) const noexcept {
  const PublicKey* found = nullptr;
  for (const Key& key : keys_) {
    if (key.key.scheme() != scheme || (!kid.empty() && key.kid != kid)) continue;
    if (found != nullptr) return nullptr;
    found = &key.key;
  }
  return found;
}

}  // namespace netweave::tenancy
