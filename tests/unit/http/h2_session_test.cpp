#include "http/h2_session.hpp"

#include <string>

#include <doctest/doctest.h>

using namespace netweave::http;
using Kind = H2Session::Event::Kind;

namespace {

std::string frame(char kind, char flags, std::uint32_t stream, const std::string& payload = {}) {
  std::string out;
  for (int shift : {16, 8, 0}) out += static_cast<char>(payload.size() >> static_cast<unsigned>(shift));
  out += kind;
  out += flags;
  for (int shift : {24, 16, 8, 0}) out += static_cast<char>(stream >> static_cast<unsigned>(shift));
  return out + payload;
}

std::string literal(const std::string& name, const std::string& value) {
  return std::string(1, '\0') + static_cast<char>(name.size()) + name + static_cast<char>(value.size()) + value;
}

std::string header(const std::string& method, const std::string& path = "/a") {
  return literal(":method", method) + literal(":scheme", "https") + literal(":path", path) + literal(":authority", "x");
}

const std::string preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + frame(4, 0, 0);

/// Feeds, and gives the status that the request is refused with; 0 where it is not.
int refused(const std::string& bytes) {
  H2Session session({.header_bytes = 512, .uri_bytes = 64, .body_bytes = 100});
  session.feed(preface + bytes);
  for (const H2Session::Event& event : session.events())
    if (event.kind == Kind::refused) return session.refusal(event.stream).status;
  return 0;
}

std::string all(H2Session& session) {
  std::string out;
  for (auto bytes = session.pull(); !bytes.empty(); bytes = session.pull()) out += bytes;
  return out;
}

/// The error code of the last GOAWAY; -1 without.
int goaway(const std::string& bytes) {
  int code = -1;
  for (std::size_t at = 0; at + 9 <= bytes.size();) {
    auto byte = [&](std::size_t i) { return static_cast<std::size_t>(static_cast<unsigned char>(bytes[at + i])); };
    if (byte(3) == 7) code = static_cast<int>(byte(9 + 7));
    at += 9 + (byte(0) << 16U) + (byte(1) << 8U) + byte(2);
  }
  return code;
}

}  // namespace

TEST_CASE("HTTP/2 requests keep the limits that HTTP/1 requests keep") {
  CHECK(refused(frame(1, 5, 1, header("GET"))) == 0);
  CHECK(refused(frame(1, 5, 1, header("GET", "/" + std::string(64, 'u')))) == 414);
  std::string large;
  for (int i = 0; i < 5; ++i) large += literal("x-a", std::string(100, 'v'));
  CHECK(refused(frame(1, 5, 1, header("GET") + large)) == 431);
  CHECK(refused(frame(1, 4, 1, header("POST")) + frame(0, 1, 1, std::string(101, 'b'))) == 413);
  CHECK(refused(frame(1, 4, 1, header("POST")) + frame(0, 1, 1, std::string(100, 'b'))) == 0);
  CHECK(refused(frame(1, 5, 1, header("GET") + literal("host", "y"))) == 400);
  CHECK(refused(frame(1, 5, 1, header("GET", "/a#b"))) == 400);
}

TEST_CASE("a client that opens streams to break them off is sent away, and its requests reach nobody") {
  H2Session session({});
  session.feed(preface);
  int requests = 0;
  std::string out;
  for (std::uint32_t stream = 1; stream < 1001 && !session.over(); stream += 2) {
    session.feed(frame(1, 5, stream, header("GET")) + frame(3, 0, stream, std::string("\0\0\0\x08", 4)));
    for (const H2Session::Event& event : session.events()) requests += event.kind == Kind::request ? 1 : 0;
    out += all(session);
  }
  CHECK(requests == 0);
  CHECK(session.over());
  CHECK(goaway(out) == 11);  // ENHANCE_YOUR_CALM
}

TEST_CASE("a stopping server tells first, and then for good, what it will not do") {
  H2Session session({});
  session.feed(preface + frame(1, 5, 1, header("GET")));
  session.shut(false);
  CHECK(goaway(all(session)) == 0);
  session.feed(frame(1, 5, 3, header("GET")));  // was on its way
  session.shut(true);
  int requests = 0;
  for (const H2Session::Event& event : session.events()) {
    if (event.kind != Kind::request) continue;
    ++requests;
    session.respond(event.stream, Response(), "now");
  }
  CHECK(requests == 2);
  all(session);
  CHECK(session.over());
}

TEST_CASE("an answer's stream is asked for more only when the client has room") {
  struct Nothing final : BodyStream {
    void next(std::function<void(std::optional<std::string>)>) override {}
  };
  H2Session session({});
  session.feed(preface + frame(1, 5, 1, header("GET")));
  Response response;
  response.body = Body(std::make_unique<Nothing>());
  session.events();
  session.respond(1, std::move(response), "now");
  all(session);
  auto hungry = [&] {
    all(session);
    for (const H2Session::Event& event : session.events())
      if (event.kind == Kind::hungry) return true;
    return false;
  };
  CHECK(hungry());
  session.more(1, std::string(70000, 'p'));  // a window is 65,535
  CHECK_FALSE(hungry());
  CHECK(session.sent(1) == 65535);
  session.feed(frame(8, 0, 0, std::string("\0\0\xff\xff", 4)) + frame(8, 0, 1, std::string("\0\0\xff\xff", 4)));
  CHECK(hungry());
  CHECK(session.sent(1) == 70000);
}
