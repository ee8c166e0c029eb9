#include "client.hpp"
#include "engine.hpp"

using namespace conformance;
using namespace netweave::http;
using std::chrono::milliseconds;

namespace {

/// A GET whose header has exactly that many bytes.
std::string get_of(std::size_t bytes) {
  std::string head = "GET / HTTP/1.1\r\nHost: x\r\nX-Pad: ";
  return head + std::string(bytes - head.size() - 4, 'p') + "\r\n\r\n";
}

void refused(Engine& engine, const std::string& bytes, int status, const std::string& title) {
  Client client(engine.port());
  client.send(bytes);
  auto answer = client.answer();
  REQUIRE(answer);
  CHECK(answer->status == status);
  CHECK(answer->header("Content-Type") == "application/problem+json");
  CHECK(answer->body.find("\"title\":\"" + title + "\"") != std::string::npos);
  CHECK(answer->header("Connection") == "close");
  CHECK(client.closed());
}

void served(Engine& engine, const std::string& bytes) {
  Client client(engine.port());
  auto answer = client.ask(bytes);
  REQUIRE(answer);
  CHECK(answer->status == 200);
}

}  // namespace

HTTP_CASE("a header of max_header_bytes is read, one byte more is refused") {
  Limits limits;
  limits.max_header_bytes = 2000;
  auto engine = start(limits, echo);
  served(*engine, get_of(2000));
  refused(*engine, get_of(2001), 431, "RequestHeaderFieldsTooLarge");
  refused(*engine, get_of(500000), 431, "RequestHeaderFieldsTooLarge");
  served(*engine, "PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 9000\r\n\r\n" + std::string(9000, 'b'));
}

HTTP_CASE("a header that never ends is refused at the limit") {
  auto engine = start(echo);
  refused(*engine, "GET / HTTP/1.1\r\nHost: x\r\nX: " + std::string(70000, 'p'), 431, "RequestHeaderFieldsTooLarge");
  std::string fields = "GET / HTTP/1.1\r\nHost: x\r\n";
  while (fields.size() < 70000) fields += "X-Field: value\r\n";
  refused(*engine, fields, 431, "RequestHeaderFieldsTooLarge");
}

HTTP_CASE("a target of max_uri_bytes is read, one byte more is refused") {
  auto engine = start(echo);
  served(*engine, "GET /" + std::string(8191, 'u') + " HTTP/1.1\r\nHost: x\r\n\r\n");
  refused(*engine, "GET /" + std::string(8192, 'u') + " HTTP/1.1\r\nHost: x\r\n\r\n", 414, "URITooLong");
  refused(*engine, "GET /" + std::string(20000, 'u'), 414, "URITooLong");
}

HTTP_CASE("a body of max_body_bytes is read, one byte more is refused") {
  Limits limits;
  limits.max_body_bytes = 1000;
  auto engine = start(limits, echo);
  std::string put = "PUT / HTTP/1.1\r\nHost: x\r\n";
  served(*engine, put + "Content-Length: 1000\r\n\r\n" + std::string(1000, 'b'));
  refused(*engine, put + "Content-Length: 1001\r\n\r\n" + std::string(1001, 'b'), 413, "PayloadTooLarge");
  refused(*engine, put + "Content-Length: 1001\r\nExpect: 100-continue\r\n\r\n", 413, "PayloadTooLarge");
  refused(*engine, put + "Content-Length: 18446744073709551615\r\n\r\n", 413, "PayloadTooLarge");
  put += "Transfer-Encoding: chunked\r\n\r\n";
  served(*engine, put + "1f4\r\n" + std::string(500, 'b') + "\r\n1f4\r\n" + std::string(500, 'b') + "\r\n0\r\n\r\n");
  refused(*engine, put + "1f4\r\n" + std::string(500, 'b') + "\r\n1f5\r\n", 413, "PayloadTooLarge");
}

HTTP_CASE("a client that goes on sending a refused body reads why") {
  auto engine = start(echo);
  Client client(engine->port());
  client.send("PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 2000000\r\n\r\n");
  CHECK(client.send(std::string(2000000, 'b')));
  auto answer = client.answer();
  REQUIRE(answer);
  CHECK(answer->status == 413);
  CHECK(client.closed());
}

HTTP_CASE("endless trailers and chunk extensions are refused") {
  auto engine = start(echo);
  std::string put = "PUT / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";
  refused(*engine, put + "0\r\nX: " + std::string(80000, 't'), 431, "RequestHeaderFieldsTooLarge");
  std::string chunks;
  for (int i = 0; i < 80; ++i) chunks += "1;" + std::string(1000, 'e') + "\r\nb\r\n";
  refused(*engine, put + chunks, 400, "BadRequest");
}

HTTP_CASE("a header that does not come in time is answered 408, and others are served meanwhile") {
  Limits limits;
  limits.header_timeout = milliseconds(200);
  auto engine = start(limits, echo);
  Client slow(engine->port());
  slow.send("GET / HTTP/1.1\r\nHo");
  served(*engine, std::string(get));
  auto answer = slow.answer();
  REQUIRE(answer);
  CHECK(answer->status == 408);
  CHECK(slow.closed());
}

HTTP_CASE("a header that trickles does not move its deadline") {
  Limits limits;
  limits.header_timeout = milliseconds(100);
  auto engine = start(limits, echo);
  Client slow(engine->port());
  slow.send("GET / HTTP/1.1\r\n");
  while (slow.silent() && slow.send("X: y\r\n")) {
    Client other(engine->port());
    REQUIRE(other.ask(get));
  }
  auto answer = slow.answer();
  REQUIRE(answer);
  bool late = answer->status == 408 || answer->status == 431;
  CHECK(late);
}

HTTP_CASE("a body that does not come in time is answered 408") {
  Limits limits;
  limits.read_timeout = milliseconds(200);
  auto engine = start(limits, echo);
  Client slow(engine->port());
  slow.send("PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\na");
  served(*engine, std::string(get));
  auto answer = slow.answer();
  REQUIRE(answer);
  CHECK(answer->status == 408);
  CHECK(slow.closed());
}

HTTP_CASE("a client that does not read its answer is cut off, and others are served meanwhile") {
  Limits limits;
  limits.write_timeout = milliseconds(200);
  auto engine = start(limits, [](Request request, Completion done) {
    done(text(std::string(request.target == "/big" ? 64U << 20U : 1U, 'x')));
  });
  Client slow(engine->port(), 4096);
  slow.send("GET /big HTTP/1.1\r\nHost: x\r\n\r\n");
  served(*engine, std::string(get));
  CHECK(slow.torn());
}

HTTP_CASE("a client that reads slowly is not cut off while it reads") {
  Limits limits;
  limits.write_timeout = milliseconds(1000);
  auto engine = start(limits, [](Request, Completion done) { done(text(std::string(16U << 20U, 'x'))); });
  Client client(engine->port(), 65536);
  auto answer = client.ask(get);
  REQUIRE(answer);
  CHECK(answer->body.size() == 16U << 20U);
}

HTTP_CASE("an idle connection is closed without an answer") {
  Limits limits;
  limits.idle_timeout = milliseconds(100);
  auto engine = start(limits, echo);
  Client fresh(engine->port());
  CHECK(fresh.closed());
  Client used(engine->port());
  REQUIRE(used.ask(get));
  CHECK(used.closed());
}

HTTP_CASE("a connection over max_connections is closed at once, and there is room again when one goes") {
  Limits limits;
  limits.max_connections = 2;
  auto engine = start(limits, echo);
  Client one(engine->port());
  REQUIRE(one.ask(get));
  {
    Client two(engine->port());
    REQUIRE(two.ask(get));
    Client three(engine->port());
    CHECK(three.closed());
    REQUIRE(two.ask(get));
  }
  bool again = false;
  for (int i = 0; i < 1000 && !again; ++i) {  // until the server has seen `two` go
    Client next(engine->port());
    again = next.send(get) && next.answer().has_value();
  }
  CHECK(again);
}

HTTP_CASE("a request over max_in_flight is answered 503 with Retry-After") {
  Limits limits;
  limits.max_in_flight = 1;
  Held held;
  auto engine = start(limits, held.handler());
  Client one(engine->port());
  one.send(get);
  auto item = held.take();
  Client two(engine->port());
  auto answer = two.ask(get);
  REQUIRE(answer);
  CHECK(answer->status == 503);
  CHECK(answer->header("Retry-After") == "1");
  item.done(text("first"));
  answer = one.answer();
  REQUIRE(answer);
  CHECK(answer->body == "first");
  Client three(engine->port());
  three.send(get);
  held.take().done(text("third"));
  REQUIRE(three.answer());
}
