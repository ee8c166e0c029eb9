#include "tenancy/jwt.hpp"

#include <doctest/doctest.h>

#include "base/crypto.hpp"
#include "unit/tenancy/issuer.hpp"

using namespace netweave;
using namespace netweave::tenancy;

namespace {

JwtOptions options() {
  JwtOptions made;
  made.issuer = "https://issuer.example";
  made.audience = "netweave";
  return made;
}

const IssuerKey& key() {
  static const IssuerKey made = IssuerKey::ed25519();
  return made;
}

Value claims(std::string_view name, Value value) {
  Value made = good_claims();
  made[name] = std::move(value);
  return made;
}

Result<Claims> read(const std::string& text, const JwtOptions& with = options()) {
  auto token = read_token(text, with, test_now);
  if (!token) return token.error();
  return token->claims;
}
Result<Claims> read(const Value& body, const JwtOptions& with = options()) {
  return read(token(key(), "k", body), with);
}

/// Why a header is refused; empty where it is taken.
std::string header_fault(std::string_view name, Value value) {
  Value header = header_of(key(), "k");
  header[name] = std::move(value);
  auto token = read_token(signing_input(header, good_claims()) + ".c2ln", options(), test_now);
  return token ? "" : token.error().cause;
}

/// A token of these very texts.
std::string raw(std::string_view header, std::string_view payload) {
  return crypto::to_base64url(header) + "." + crypto::to_base64url(payload) + ".c2ln";
}

}  // namespace

TEST_CASE("claims become subject, tenant, roles and expiry") {
  auto read_claims = read(good_claims());
  REQUIRE(read_claims);
  CHECK(read_claims->subject == "smo");
  CHECK(read_claims->tenant == "blue");
  CHECK(read_claims->roles == std::vector<std::string>{"viewer", "operator"});
  CHECK(read_claims->expires_at == (test_seconds + 300) * 1000);
}

TEST_CASE("the tenant's and the roles' claims are paths, and names may hold dots") {
  Value body = good_claims();
  body["realm_access"]["roles"] = Value::Array{"admin", "admin", ""};
  body["https://example.com/org"]["id"] = "green";
  body["urn.flat"] = "flat";
  JwtOptions with = options();
  with.roles_claim = "realm_access.roles";
  with.tenant_claim = "https://example.com/org.id";
  CHECK(read(body, with)->roles == std::vector<std::string>{"admin"});
  CHECK(read(body, with)->tenant == "green");
  with.tenant_claim = "urn.flat";
  CHECK(read(body, with)->tenant == "flat");
  with.tenant_claim = "no.such";
  CHECK(read(body, with)->tenant.empty());
}

TEST_CASE("scopes separated by spaces are roles") {
  JwtOptions with = options();
  with.roles_claim = "scope";
  CHECK(read(claims("scope", " viewer  owner viewer"), with)->roles == std::vector<std::string>{"viewer", "owner"});
  CHECK(read(claims("scope", ""), with)->roles.empty());
}

TEST_CASE("a tenant or roles of another type are refused, not passed over") {
  for (const Value& bad : {Value(1), Value(Value::Array{1}), Value(Value::object()), Value(true)}) {
    CHECK_MESSAGE(!read(claims("roles", bad)), bad.to_json());
    CHECK_MESSAGE(!read(claims("tenant", bad)), bad.to_json());
  }
  CHECK(!read(claims("tenant", "a\nb")));
}

TEST_CASE("a token is good until its expiry and the skew, and from nbf less the skew") {
  CHECK(read(claims("exp", test_seconds - 59)));
  CHECK(!read(claims("exp", test_seconds - 60)));
  CHECK(read(claims("exp", double(test_seconds) - 59.5)));
  CHECK(!read(claims("exp", double(test_seconds) - 60.5)));
  CHECK(read(claims("nbf", test_seconds + 60)));
  CHECK(!read(claims("nbf", test_seconds + 61)));
  CHECK(read(claims("nbf", test_seconds + 61)).error().cause == "token refused: it is not valid yet");
  CHECK(read(claims("exp", test_seconds - 60)).error().cause == "token refused: it has expired");
  JwtOptions exact = options();
  exact.clock_skew = std::chrono::seconds(0);
  CHECK(read(claims("exp", test_seconds + 1), exact));
  CHECK(!read(claims("exp", test_seconds), exact));
}

TEST_CASE("times out of all bounds are no surprise") {
  CHECK(read(claims("exp", 1e300)));
  CHECK(!read(claims("exp", -1e300)));
  CHECK(!read(claims("exp", -1)));
  CHECK(!read(claims("nbf", 1e300)));
  CHECK(read(claims("nbf", -1)));
}

TEST_CASE("exp is required, and times are numbers") {
  Value body = good_claims();
  body.erase("exp");
  CHECK(!read(body));
  body = good_claims();
  body.erase("nbf");
  CHECK(read(body));
  for (const Value& bad : {Value("1780000300"), Value(), Value(true), Value(Value::array())}) {
    CHECK_MESSAGE(!read(claims("exp", bad)), bad.to_json());
    CHECK_MESSAGE(!read(claims("nbf", bad)), bad.to_json());
  }
}

TEST_CASE("issuer and audience must be ours") {
  CHECK(!read(claims("iss", "https://issuer.example/")));
  CHECK(!read(claims("iss", Value::Array{"https://issuer.example"})));
  CHECK(!read(claims("aud", "netweav")));
  CHECK(read(claims("aud", Value::Array{"other", "netweave"})));
  for (const Value& bad : {Value(), Value(Value::array()), Value(Value::Array{"other"}),
                           Value(Value::Array{"netweave", 1}), Value(Value::object())})
    CHECK_MESSAGE(!read(claims("aud", bad)), bad.to_json());
}

TEST_CASE("a subject is required") {
  for (const Value& bad : {Value(), Value(""), Value(1), Value("a\nb"), Value(std::string(256, 'a'))})
    CHECK_MESSAGE(!read(claims("sub", bad)), bad.to_json());
}

TEST_CASE("only the three algorithms are taken") {
  for (const char* alg : {"none", "None", "NONE", "nOnE", "", "HS256", "HS384", "HS512", "RS384", "RS512", "PS256",
                          "ES384", "ES256K", "rs256", "Es256", "eddsa", "EdDSA ", "RS256\n"})
    CHECK_MESSAGE(!header_fault("alg", alg).empty(), alg);
  for (const Value& bad : {Value(), Value(1), Value(Value::Array{"RS256"})}) CHECK(!header_fault("alg", bad).empty());
  for (const char* alg : {"RS256", "ES256", "EdDSA"}) CHECK(header_fault("alg", alg).empty());
}

TEST_CASE("headers that ask for more than is known are refused") {
  CHECK(!header_fault("crit", Value::Array{"exp"}).empty());
  CHECK(!header_fault("crit", Value::array()).empty());
  CHECK(!header_fault("b64", false).empty());
  CHECK(!header_fault("cty", "JWT").empty());
  for (const char* typ : {"logout+jwt", "dpop+jwt", "JOSE", ""}) CHECK_MESSAGE(!header_fault("typ", typ).empty(), typ);
  for (const char* typ : {"JWT", "jwt", "at+jwt", "application/at+jwt"})
    CHECK_MESSAGE(header_fault("typ", typ).empty(), typ);
  CHECK(!header_fault("typ", 1).empty());
  for (const Value& kid : {Value(1), Value(""), Value(std::string(513, 'k')), Value()})
    CHECK(!header_fault("kid", kid).empty());
}

TEST_CASE("what is no compact JWS is refused") {
  std::string good = token(key(), "k");
  REQUIRE(read(good));
  std::size_t first = good.find('.');
  std::size_t second = good.rfind('.');
  for (const std::string& bad :
       {std::string(), std::string("."), std::string(".."), std::string("..."), good.substr(0, second),
        good.substr(0, second + 1), good + ".", "." + good, good + "=", good + " ", " " + good,
        good.substr(0, first) + "=" + good.substr(first), good.substr(0, second) + "=" + good.substr(second),
        good.substr(0, first + 1) + "." + good.substr(second + 1), good.substr(first),
        good.substr(0, first + 2) + "\n" + good.substr(first + 2), good.substr(0, good.size() - 1) + "+",
        std::string(17000, 'a')})
    CHECK_MESSAGE(!read(bad), bad);
}

TEST_CASE("a base64url text has one spelling: bits that say nothing are zero") {
  std::string header = crypto::to_base64url(R"({"alg":"EdDSA"} )");  // 16 bytes: the last letter carries four idle bits
  std::string rest = "." + crypto::to_base64url(good_claims().to_json()) + ".c2ln";
  REQUIRE(read(header + rest));
  header.back() = static_cast<char>(header.back() + 1);
  CHECK(!read(header + rest));
}

TEST_CASE("header and payload are JSON objects with each member once, and not too deep") {
  std::string header = R"({"alg":"EdDSA"})";
  std::string payload = good_claims().to_json();
  REQUIRE(read(raw(header, payload)));
  CHECK(!read(raw(R"({"alg":"EdDSA","alg":"EdDSA"})", payload)));
  CHECK(!read(raw(header, payload.substr(0, payload.size() - 1) + R"(,"sub":"admin"})")));
  CHECK(!read(raw(header, payload.substr(0, payload.size() - 1) + R"(,"\u0073ub":"admin"})")));
  CHECK(!read(raw(header, payload.substr(0, payload.size() - 1) + ",\"x\":" + std::string(100, '[') +
                              std::string(100, ']') + "}")));
  CHECK(!read(raw("[]", payload)));
  CHECK(!read(raw(header, "[]")));
  CHECK(!read(raw(header, "\"text\"")));
  CHECK(!read(raw(header, payload + "x")));
  CHECK(!read(raw(header, "{\"sub\":\"\xff\"}")));
}

TEST_CASE("a refusal tells the log why, the caller little, and neither the token") {
  std::string text = token(key(), "k", claims("aud", "other"));
  auto refused = read(text);
  REQUIRE(!refused);
  CHECK(refused.error().kind == ErrorKind::unauthenticated);
  CHECK(refused.error().message == "The bearer token is not valid.");
  CHECK(refused.error().cause == "token refused: its aud does not name \"netweave\"");
}
