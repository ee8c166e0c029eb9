#include "http/parser.hpp"

#include <string>

#include <doctest/doctest.h>

using namespace netweave::http;
using State = RequestParser::State;

namespace {

const std::string get = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
const std::string chunked = "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";

}  // namespace

TEST_CASE("the parser takes one request, and leaves what follows it") {
  RequestParser parser({});
  CHECK(parser.feed(get + get) == get.size());
  CHECK(parser.state() == State::complete);
  CHECK(parser.feed(get) == 0);
  CHECK(parser.take().target == "/");
  parser.next();
  CHECK(parser.state() == State::line);
  CHECK(parser.feed(get) == get.size());
  CHECK(parser.state() == State::complete);
}

TEST_CASE("the parser says how far it has come") {
  RequestParser parser({});
  std::string bytes = "PUT /p HTTP/1.1\r\n";
  CHECK(parser.feed("PUT /p") == 0);
  CHECK(parser.state() == State::line);
  std::size_t taken = parser.feed(bytes);
  CHECK(parser.state() == State::fields);
  bytes = bytes.substr(taken) + "Host: x\r\nContent-Length: 2\r\n\r\n";
  CHECK(parser.feed(bytes) == bytes.size());
  CHECK(parser.state() == State::body);
  CHECK(parser.request().target == "/p");
  CHECK(parser.feed("ab") == 2);
  CHECK(parser.state() == State::complete);
}

TEST_CASE("a 100 is awaited in HTTP/1.1, until a byte of the body has come") {
  RequestParser parser({});
  std::string fields = "Host: x\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n";
  parser.feed("PUT / HTTP/1.1\r\n" + fields);
  CHECK(parser.awaits_continue());
  parser.feed("a");
  CHECK_FALSE(parser.awaits_continue());
  RequestParser old({});
  old.feed("PUT / HTTP/1.0\r\n" + fields);
  CHECK(old.state() == State::body);
  CHECK_FALSE(old.awaits_continue());
}

TEST_CASE("a request line that can't be one is refused before it is whole") {
  for (std::string bytes : {"\x16\x03", "(", " ", "\n", "METHODSAREWORDSOFLESSTHANTHIRTYTWOLETTERS"}) {
    RequestParser parser({});
    parser.feed(bytes);
    CHECK(parser.state() == State::refused);
    CHECK(parser.refusal().status == 400);
  }
}

TEST_CASE("whether the connection goes on") {
  auto keeps = [](const std::string& version, const std::string& connection) {
    RequestParser parser({});
    parser.feed("GET / HTTP/" + version + "\r\nHost: x\r\n" + connection + "\r\n");
    REQUIRE(parser.state() == State::complete);
    return parser.keep_alive();
  };
  CHECK(keeps("1.1", ""));
  CHECK(keeps("1.1", "Connection: upgrade\r\n"));
  CHECK_FALSE(keeps("1.1", "Connection: upgrade, Close\r\n"));
  CHECK_FALSE(keeps("1.0", ""));
  CHECK(keeps("1.0", "Connection: Keep-Alive\r\n"));
  RequestParser unfinished({});
  CHECK_FALSE(unfinished.keep_alive());
  unfinished.feed("GET / HTTP/1.1\r\nHost");
  CHECK_FALSE(unfinished.keep_alive());
}

TEST_CASE("the header's limit counts the header alone") {
  RequestParser parser({.header_bytes = 100, .uri_bytes = 50, .body_bytes = 1000});
  std::string put = "PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n" + std::string(1000, 'b');
  for (int i = 0; i < 3; ++i) {
    CHECK(parser.feed(put) == put.size());
    CHECK(parser.state() == State::complete);
    parser.take();
    parser.next();
  }
}

TEST_CASE("an empty chunked body may come byte by byte") {
  RequestParser parser({});
  parser.feed(chunked);
  std::string held;
  for (char byte : std::string("0\r\n\r\n")) {
    CHECK(parser.state() == State::body);
    held += byte;
    held.erase(0, parser.feed(held));
  }
  CHECK(parser.state() == State::complete);
  CHECK(held.empty());
}

TEST_CASE("a trailer does not become a header, nor the next request's length") {
  RequestParser parser({});
  std::string bytes = chunked + "1\r\na\r\n0\r\nX: 1\r\nHost: y\r\n\r\n" + get;
  std::size_t taken = parser.feed(bytes);
  CHECK(taken == bytes.size() - get.size());
  CHECK(parser.take().headers == Headers{{"Host", "x"}, {"Transfer-Encoding", "chunked"}});
  RequestParser length({});
  length.feed(chunked + "0\r\nContent-Length: 5\r\n\r\nhello");
  CHECK(length.state() == State::refused);
}
