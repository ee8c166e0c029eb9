#include <atomic>
#include <string>

#include "client.hpp"
#include "engine.hpp"

using namespace conformance;
using namespace netweave::http;
using namespace std::string_literals;  // they keep a NUL

namespace {

/// The bytes are refused with that status, the handler never sees them, and what follows is not read as a request.
void refused(const std::string& bytes, int status) {
  CAPTURE(bytes);
  std::atomic<int> calls = 0;
  auto engine = start([&](Request, Completion done) {
    ++calls;
    done(text("let in"));
  });
  Client client(engine->port());
  auto answer = client.ask(bytes + "GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n");
  REQUIRE(answer);
  CHECK(answer->status == status);
  CHECK(answer->header("Content-Type") == "application/problem+json");
  CHECK_FALSE(answer->header("X-Request-ID").empty());
  CHECK(answer->header("Connection") == "close");
  CHECK(client.closed());
  engine->stop(Client::patience);
  CHECK(calls == 0);
}

std::string with(const std::string& fields) { return "POST / HTTP/1.1\r\nHost: x\r\n" + fields + "\r\n"; }

}  // namespace

HTTP_CASE("Content-Length twice is refused") {
  refused(with("Content-Length: 1\r\nContent-Length: 1\r\n") + "a", 400);
  refused(with("Content-Length: 1\r\nContent-Length: 2\r\n") + "a", 400);
  refused(with("Content-Length: 1, 1\r\n") + "a", 400);
}

HTTP_CASE("a Content-Length that is no number is refused") {
  for (std::string value : {"-1", "+1", "0x1", "1 1", "", "1.0", "99999999999999999999"})
    refused(with("Content-Length: " + value + "\r\n"), 400);
}

HTTP_CASE("Content-Length with Transfer-Encoding is refused in either order") {
  refused(with("Content-Length: 1\r\nTransfer-Encoding: chunked\r\n") + "0\r\n\r\n", 400);
  refused(with("Transfer-Encoding: chunked\r\nContent-Length: 1\r\n") + "0\r\n\r\n", 400);
  refused(with("Transfer-Encoding: gzip\r\nContent-Length: 1\r\n") + "0\r\n\r\n", 400);
}

HTTP_CASE("transfer codings that are not understood are refused") {
  refused(with("Transfer-Encoding: gzip\r\n"), 501);
  refused(with("Transfer-Encoding: gzip, chunked\r\n") + "0\r\n\r\n", 501);
  refused(with("Transfer-Encoding: identity\r\n"), 501);
  refused(with("Transfer-Encoding: xchunked\r\n"), 501);
}

HTTP_CASE("chunked that does not stand once and last is refused") {
  refused(with("Transfer-Encoding: chunked, identity\r\n") + "0\r\n\r\n", 400);
  refused(with("Transfer-Encoding: chunked, chunked\r\n") + "0\r\n\r\n", 400);
  refused(with("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n") + "0\r\n\r\n", 400);
  refused(with("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n") + "0\r\n\r\n", 400);
  refused(with("Transfer-Encoding:\x0b chunked\r\n") + "0\r\n\r\n", 400);
}

HTTP_CASE("Transfer-Encoding in HTTP/1.0 is refused") {
  refused("POST / HTTP/1.0\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400);
}

HTTP_CASE("a Host that is absent, twice or no host is refused") {
  refused("GET / HTTP/1.1\r\n\r\n", 400);
  refused("GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", 400);
  refused("GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n", 400);
  refused("GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400);
  refused("GET / HTTP/1.1\r\nHost: a, b\r\n\r\n", 400);
  refused("GET / HTTP/1.1\r\nHost: u@b\r\n\r\n", 400);
}

HTTP_CASE("a line that ends in LF alone is refused") {
  refused("GET / HTTP/1.1\nHost: x\n\n", 400);
  refused("GET / HTTP/1.1\r\nHost: x\nX: y\r\n\r\n", 400);
  refused("GET / HTTP/1.1\r\nHost: x\r\nX: y\n\r\n\r\n", 400);
}

HTTP_CASE("a folded field is refused") {
  refused("GET / HTTP/1.1\r\nHost: x\r\nX: a\r\n b\r\n\r\n", 400);
  refused("GET / HTTP/1.1\r\nHost: x\r\nX:\r\n\tb\r\n\r\n", 400);
  refused("GET / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n", 400);
  refused("GET / HTTP/1.1\r\n Host: x\r\n\r\n", 400);
}

HTTP_CASE("white space before the colon, and what is no field, are refused") {
  refused(with("Content-Length : 1\r\n"), 400);
  refused(with("X Y: 1\r\n"), 400);
  refused(with("nonsense\r\n"), 400);
  refused(with(": empty\r\n"), 400);
  refused(with("X(: 1\r\n"), 400);
  refused(with("X\xc3\xa4: 1\r\n"), 400);
}

HTTP_CASE("control characters are refused") {
  refused("GET / HTTP/1.1\r\nHost: x\r\nX: a\0b\r\n\r\n"s, 400);
  refused("GET / HTTP/1.1\r\nHost: x\r\nX\0: a\r\n\r\n"s, 400);
  refused("GET /\0 HTTP/1.1\r\nHost: x\r\n\r\n"s, 400);
  refused("GET / HTTP/1.1\r\nHost: x\r\nX: a\rb\r\n\r\n", 400);
}

HTTP_CASE("a request line that is none is refused") {
  for (std::string line :
       {"GET  / HTTP/1.1", "GET / a HTTP/1.1", "GET /", "/ HTTP/1.1", "GET\t/ HTTP/1.1", "G@T / HTTP/1.1",
        "GET / http/1.1", "GET / HTTP/11", "GET / HTTP/1.1 ", "GET a HTTP/1.1", "GET * HTTP/1.1", "GET /a#b HTTP/1.1",
        "GET /\xc3\xa4 HTTP/1.1", "CONNECT x:1 HTTP/1.1", " GET / HTTP/1.1"})
    refused(line + "\r\nHost: x\r\n\r\n", 400);
}

HTTP_CASE("other versions of HTTP are refused") {
  refused("GET / HTTP/2.0\r\nHost: x\r\n\r\n", 505);
  refused("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505);
  refused("GET / HTTP/1.2\r\nHost: x\r\n\r\n", 505);
  refused("GET / HTTP/0.9\r\n\r\n", 505);
}

HTTP_CASE("garbage and TLS are refused") {
  refused("garbage\r\n", 400);
  refused("\x16\x03\x01\x02", 400);
}

HTTP_CASE("a malformed chunk is refused") {
  for (std::string chunk : {"x\r\n", "-1\r\n", "0x5\r\n", "5\nhello\r\n", "5 \r\nhello\r\n", "5\r\nhello!\r\n",
                            "5\r\nhelloXX", "fffffffffffffffff\r\n", "5;a\nb\r\nhello\r\n", "\r\n"})
    refused(with("Transfer-Encoding: chunked\r\n") + chunk, 400);
}

HTTP_CASE("another expectation than 100-continue is refused") { refused(with("Expect: 200-ok\r\n"), 417); }

HTTP_CASE("a problem carries the caller's request id, the path and what to change") {
  auto engine = start(echo);
  Client client(engine->port());
  auto answer = client.ask("GET /p?q=1 HTTP/1.1\r\nX-Request-ID: my-id.7\r\nHost: a\r\nHost: b\r\n\r\n");
  REQUIRE(answer);
  CHECK(answer->header("X-Request-ID") == "my-id.7");
  CHECK(answer->body == R"({"type":"about:blank","title":"BadRequest","status":400,"detail":"Host must stand once",)"
                        R"("instance":"/p","requestId":"my-id.7"})");
}

HTTP_CASE("an empty line before a request is passed over") {
  auto engine = start(echo);
  Client client(engine->port());
  auto answer = client.ask("\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n");
  REQUIRE(answer);
  CHECK(answer->status == 200);
}
