#include "tenancy/key_source.hpp"

#include <atomic>

#include <doctest/doctest.h>

#include "unit/tenancy/issuer.hpp"
#include "unit/transport/stub_server.hpp"

using namespace netweave;
using namespace netweave::tenancy;
using namespace std::chrono_literals;

namespace {

/// What a fetch gives where the server answers so.
Result<KeyText> fetched(int status, std::string_view body, std::string_view headers = {}) {
  StubServer server(
      [&](const StubServer::Request&, const StubServer::Peer& peer) { peer.answer(status, body, headers); });
  return uri_source(server.url("/keys")).value()({});
}

}  // namespace

TEST_CASE("keys come by GET, fresh as long as the answer says, within bounds") {
  CHECK(fetched(200, "{}")->text == "{}");
  CHECK(fetched(200, "{}")->fresh_for == 5min);
  CHECK(fetched(200, "{}", "Cache-Control: public, max-age=600, must-revalidate\r\n")->fresh_for == 10min);
  CHECK(fetched(200, "{}", "cache-control: max-age=0\r\n")->fresh_for == 1min);
  CHECK(fetched(200, "{}", "Cache-Control: max-age=-5\r\n")->fresh_for == 1min);
  CHECK(fetched(200, "{}", "Cache-Control: max-age=99999999999999999999\r\n")->fresh_for == 1h);
  CHECK(fetched(200, "{}", "Cache-Control: max-age=soon\r\n")->fresh_for == 5min);
  CHECK(fetched(200, "{}", "Cache-Control: no-store\r\n")->fresh_for == 5min);
}

TEST_CASE("an answer that is no set of keys is an error") {
  CHECK(fetched(404, "{}").error().kind == ErrorKind::not_found);
  CHECK(fetched(503, "{}").error().kind == ErrorKind::unavailable);
  CHECK(!fetched(302, "", "Location: http://127.0.0.1:1/\r\n"));
  CHECK(!fetched(200, std::string(300000, ' ')));
}

TEST_CASE("the options name one source") {
  JwtOptions options;
  CHECK(!key_source(options));
  options.jwks_file = "/nowhere";
  CHECK(key_source(options));
  options.jwks_uri = "http://127.0.0.1:1/";
  CHECK(!key_source(options));
  options.jwks_file.clear();
  CHECK(key_source(options));
}
