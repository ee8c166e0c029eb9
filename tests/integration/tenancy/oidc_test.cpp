#include <cstdlib>
#include <future>

#include <doctest/doctest.h>

#include "netweave/value.hpp"

#include "base/crypto.hpp"
#include "tenancy/token_verifier.hpp"
#include "transport/http_client.hpp"

using namespace netweave;
using namespace netweave::tenancy;

namespace {

std::string variable(const std::string& name) {
  const char* value = std::getenv(("NETWEAVE_TEST_OIDC_" + name).c_str());
  REQUIRE_MESSAGE(value != nullptr, "run this under tests/backends/with-oidc");
  return value;
}

/// The provider that runs beside the test.
class Provider {
 public:
  [[nodiscard]] std::string token() {
    std::string credentials = variable("CLIENT") + ":" + variable("SECRET");
    for (std::size_t at; (at = credentials.find(' ')) != std::string::npos;) credentials.replace(at, 1, "+");
    std::string body = post("/oauth/token", "grant_type=client_credentials&scope=openid",
                            {{"Authorization", "Basic " + crypto::to_base64(credentials)},
                             {"Content-Type", "application/x-www-form-urlencoded"}});
    return std::string(Value::parse(body)->at("access_token").as_text());
  }
  void claims(const std::string& json) { post("/test/claims", json); }
  void new_key(const std::string& alg, bool drop = false) {
    post("/test/keys?alg=" + alg + (drop ? "&drop=1" : ""), "");
  }

 private:
  std::string post(const std::string& path, std::string body, http::Headers headers = {}) {
    transport::HttpRequest request;
    request.method = "POST";
    request.url = variable("ISSUER") + path;
    request.body = std::move(body);
    request.headers = std::move(headers);
    auto response = client_.send(request);
    REQUIRE(response);
    REQUIRE_MESSAGE(response->status == 200, response->body);
    return response->body;
  }

  transport::HttpClient client_;
};

JwtOptions options() {
  JwtOptions made;
  made.issuer = variable("ISSUER");
  made.audience = "netweave";
  made.jwks_uri = variable("JWKS");
  made.roles_claim = "realm_access.roles";
  return made;
}

/// A gateway's side: keys from the provider's own JWKS URI, the clock of this machine.
class Gateway {
 public:
  explicit Gateway(const JwtOptions& with = options())
      : verifier_(
            with, key_source(with).value(), [] { return std::chrono::system_clock::now(); }, Log(), pace()) {}

  Result<Claims> verify(const std::string& token) {
    std::promise<Result<Claims>> answer;
    verifier_.verify(token, [&](Result<Claims> claims) { answer.set_value(std::move(claims)); });
    return answer.get_future().get();
  }

 private:
  static KeyRing::Pace pace() {
    KeyRing::Pace made;
    made.between_renewals = std::chrono::milliseconds(0);
    return made;
  }

  TokenVerifier verifier_;
};

}  // namespace

TEST_CASE("a provider's access token names its client, tenant and roles") {
  Provider provider;
  provider.claims(R"({"tenant":"blue","realm_access":{"roles":["viewer","operator"]}})");
  Gateway gateway;
  auto claims = gateway.verify(provider.token());
  REQUIRE_MESSAGE(claims, claims.error().cause);
  CHECK(claims->subject == variable("CLIENT"));
  CHECK(claims->tenant == "blue");
  CHECK(claims->roles == std::vector<std::string>{"viewer", "operator"});
}

TEST_CASE("keys rotate through all algorithms while the gateway runs; a withdrawn key's tokens end") {
  Provider provider;
  Gateway gateway;
  std::string first = provider.token();
  REQUIRE(gateway.verify(first));
  for (const char* alg : {"ES256", "EdDSA", "RS256"}) {
    CAPTURE(alg);
    provider.new_key(alg);
    auto claims = gateway.verify(provider.token());
    CHECK_MESSAGE(claims, claims.error().cause);
    CHECK(gateway.verify(first));
  }
  provider.new_key("ES256", true);
  CHECK(gateway.verify(provider.token()));
  CHECK(gateway.verify(first).error().kind == ErrorKind::unauthenticated);
}

TEST_CASE("a token for another audience is refused") {
  Provider provider;
  JwtOptions other = options();
  other.audience = "elsewhere";
  Gateway gateway(other);
  CHECK(gateway.verify(provider.token()).error().cause == "token refused: its aud does not name \"elsewhere\"");
}
