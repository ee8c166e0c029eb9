#include "tenancy/jwks.hpp"

#include <doctest/doctest.h>

#include "base/crypto.hpp"
#include "unit/tenancy/issuer.hpp"

using namespace netweave;
using namespace netweave::tenancy;
using crypto::Scheme;

namespace {

Value with(Value jwk, std::string_view name, Value value) {
  jwk[name] = std::move(value);
  return jwk;
}
Value without(Value jwk, std::string_view name) {
  jwk.erase(name);
  return jwk;
}

std::string refusal(const std::string& text) {
  auto set = KeySet::parse(text);
  return set ? "" : set.error().message;
}

}  // namespace

TEST_CASE("a set holds the keys of the three algorithms, found by kid and algorithm") {
  auto set =
      KeySet::parse(jwk_set({IssuerKey::rsa().jwk("a"), IssuerKey::p256().jwk("b"), IssuerKey::ed25519().jwk("a")}));
  REQUIRE(set);
  CHECK(set->size() == 3);
  CHECK(set->find("a", Scheme::rs256) != nullptr);
  CHECK(set->find("a", Scheme::ed25519) != nullptr);
  CHECK(set->find("b", Scheme::es256) != nullptr);
  CHECK(set->find("b", Scheme::rs256) == nullptr);
  CHECK(set->find("c", Scheme::rs256) == nullptr);
}

TEST_CASE("without a kid, one key alone is found, and none of several") {
  auto one = KeySet::parse(jwk_set({IssuerKey::p256().jwk("b"), IssuerKey::ed25519().jwk("c")}));
  CHECK(one->find("", Scheme::es256) != nullptr);
  auto two = KeySet::parse(jwk_set({IssuerKey::p256().jwk("b"), IssuerKey::p256().jwk("c")}));
  CHECK(two->find("", Scheme::es256) == nullptr);
}

TEST_CASE("what is for something else is left out, and told") {
  Value key = IssuerKey::p256().jwk("k");
  Value secret = Value::object();
  secret["kty"] = "oct";
  secret["k"] = "AAAA";
  auto set =
      KeySet::parse(jwk_set({secret, with(key, "use", "enc"), with(key, "alg", "ES384"), with(key, "crv", "P-384"),
                             with(key, "crv", "secp256k1"), with(key, "key_ops", Value::Array{"sign"}),
                             with(key, "kty", "new"), IssuerKey::rsa(1024).jwk("weak"), key}));
  REQUIRE(set);
  CHECK(set->size() == 1);
  CHECK(set->left_out().size() == 8);
  CHECK(set->left_out()[1] == "keys[1]: its use is not sig");
}

TEST_CASE("members that nobody knows, and missing alg, use and kid, do no harm") {
  Value key = without(without(without(IssuerKey::rsa().jwk("k"), "alg"), "use"), "kid");
  auto set = KeySet::parse(jwk_set({with(with(key, "x5t", 1), "key_ops", Value::Array{"verify"})}));
  REQUIRE(set);
  CHECK(set->find("", Scheme::rs256) != nullptr);
  CHECK(KeySet::parse(R"({"keys":[],"more":1})")->size() == 0);
}

TEST_CASE("what is no JWK Set is refused") {
  for (const char* text : {"", "[]", "{}", R"({"keys":{}})", R"({"keys":null})", R"({"keys":[1]})", R"({"keys":[{}]})",
                           R"({"keys":[{"kty":1}]})", R"({"keys":[]}x)", R"({"keys":[],"keys":[]})", "<html>"})
    CHECK_MESSAGE(!refusal(text).empty(), text);
  CHECK(!refusal(std::string(300000, ' ') + R"({"keys":[]})").empty());
  Value set = Value::object();
  set["keys"] = Value::Array(101, IssuerKey::p256().jwk(""));
  CHECK(!refusal(set.to_json()).empty());
}

TEST_CASE("a broken key of a known type refuses the set") {
  Value rsa = IssuerKey::rsa().jwk("k");
  Value ec = IssuerKey::p256().jwk("k");
  Value okp = IssuerKey::ed25519().jwk("k");
  std::string even = crypto::from_base64url(rsa.at("n").as_text()).value();
  even.back() = static_cast<char>(even.back() & ~1);
  for (const Value& bad :
       {without(rsa, "n"), without(rsa, "e"), with(rsa, "n", 5), with(rsa, "n", "a b"), with(rsa, "e", "AQ"),
        with(rsa, "e", "Ag"), with(rsa, "e", "AQAB="), with(rsa, "e", ""), with(rsa, "n", crypto::to_base64url(even)),
        without(ec, "y"), with(ec, "x", okp.at("x")), with(ec, "x", "AAAA"), without(okp, "x"), with(okp, "x", "AAAA"),
        with(okp, "kid", 1), with(okp, "alg", Value::Array{}), with(okp, "use", true), with(okp, "key_ops", "verify")})
    CHECK_MESSAGE(refusal(jwk_set({bad})).starts_with("keys[0]: "), bad.to_json());
  CHECK(refusal(jwk_set({ec, IssuerKey::p256().jwk("k")})) == "keys[1]: its kid stands twice");
}
