#include "client.hpp"
#include "engine.hpp"

using namespace conformance;
using namespace netweave::http;

namespace {

/// A stream of the given pieces, each at once.
class Pieces final : public BodyStream {
 public:
  explicit Pieces(std::vector<std::string> pieces) : pieces_(std::move(pieces)) {}
  void next(std::function<void(std::optional<std::string>)> ready) override {
    if (at_ == pieces_.size()) return ready(std::nullopt);
    ready(pieces_[at_++]);
  }

 private:
  std::vector<std::string> pieces_;
  std::size_t at_ = 0;
};

Handler streaming(std::vector<std::string> pieces) {
  return [pieces = std::move(pieces)](Request, Completion done) {
    Response response;
    response.body = Body(std::make_unique<Pieces>(pieces));
    done(std::move(response));
  };
}

}  // namespace

HTTP_CASE("a GET is answered with Date, Content-Length and Connection") {
  auto engine = start(echo);
  Client client(engine->port());
  auto answer = client.ask(get);
  REQUIRE(answer);
  CHECK(answer->version == "HTTP/1.1");
  CHECK(answer->status == 200);
  CHECK(answer->body == "GET /a ");
  CHECK(answer->header("Content-Type") == "text/plain");
  CHECK(answer->count("Content-Length") == 1);
  CHECK(answer->header("Date").size() == 29);
  CHECK(answer->header("Connection") == "keep-alive");
}

HTTP_CASE("the url names the port, and the request its peer") {
  Seen seen;
  auto engine = start(seen.handler());
  CHECK(engine->url() == std::string(scheme()) + "://127.0.0.1:" + std::to_string(engine->port()));
  Client client(engine->port());
  REQUIRE(client.ask(get));
  CHECK(seen.last().peer.address == client.local_address());
}

HTTP_CASE("a connection serves one request after another") {
  auto engine = start(echo);
  Client client(engine->port());
  for (int i = 0; i < 50; ++i) {
    auto answer = client.ask("GET /" + std::to_string(i) + " HTTP/1.1\r\nHost: x\r\n\r\n");
    REQUIRE(answer);
    CHECK(answer->body == "GET /" + std::to_string(i) + " ");
  }
}

HTTP_CASE("Connection: close ends the connection behind the answer") {
  auto engine = start(echo);
  Client client(engine->port());
  auto answer = client.ask("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  REQUIRE(answer);
  CHECK(answer->header("Connection") == "close");
  CHECK(client.closed());
}

HTTP_CASE("HTTP/1.0 closes unless the client says keep-alive") {
  auto engine = start(echo);
  Client plain(engine->port());
  auto answer = plain.ask("GET / HTTP/1.0\r\n\r\n");
  REQUIRE(answer);
  CHECK(answer->header("Connection") == "close");
  CHECK(plain.closed());
  Client kept(engine->port());
  for (int i = 0; i < 2; ++i) {
    answer = kept.ask("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    REQUIRE(answer);
    CHECK(answer->header("Connection") == "keep-alive");
  }
}

HTTP_CASE("pipelined requests are answered in order") {
  auto engine = start(echo);
  Client client(engine->port());
  std::string many;
  for (int i = 0; i < 200; ++i)
    many += "POST /" + std::to_string(i) + " HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi";
  REQUIRE(client.send(many));
  for (int i = 0; i < 200; ++i) {
    auto answer = client.answer();
    REQUIRE(answer);
    CHECK(answer->body == "POST /" + std::to_string(i) + " hi");
  }
}

HTTP_CASE("pipelined requests are answered in order though their completions wait") {
  Held held;
  auto engine = start(held.handler());
  Client client(engine->port());
  client.send("GET /1 HTTP/1.1\r\nHost: x\r\n\r\nGET /2 HTTP/1.1\r\nHost: x\r\n\r\n");
  for (std::string name : {"/1", "/2"}) {
    auto item = held.take();
    CHECK(item.request.target == name);
    item.done(text(name));
    auto answer = client.answer();
    REQUIRE(answer);
    CHECK(answer->body == name);
  }
  CHECK(client.silent());
}

HTTP_CASE("a request may come byte by byte") {
  auto engine = start(echo);
  Client client(engine->port());
  for (char byte :
       std::string("POST /slow HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"))
    REQUIRE(client.send({&byte, 1}));
  auto answer = client.answer();
  REQUIRE(answer);
  CHECK(answer->body == "POST /slow abc");
}

HTTP_CASE("the target and the headers reach the handler as they were sent") {
  Seen requests;
  auto engine = start(requests.handler());
  Client client(engine->port());
  REQUIRE(
      client.ask("PATCH /a%2Fb/%7e?z=1&a[eq]=2&z=3&&e=%20 HTTP/1.1\r\nHost: x:1\r\nX-B: 2\r\nX-a:1 \r\nX-B:\r\n\r\n"));
  Request seen = requests.last();
  CHECK(seen.method == "PATCH");
  CHECK(seen.target == "/a%2Fb/%7e?z=1&a[eq]=2&z=3&&e=%20");
  CHECK(seen.headers == Headers{{"Host", "x:1"}, {"X-B", "2"}, {"X-a", "1"}, {"X-B", ""}});
}

HTTP_CASE("a target in absolute form arrives as its path, and Host must agree") {
  auto engine = start(echo);
  Client client(engine->port());
  auto answer = client.ask("GET http://x:1/a?b HTTP/1.1\r\nHost: X:1\r\n\r\n");
  REQUIRE(answer);
  CHECK(answer->body == "GET /a?b ");
  answer = client.ask("GET http://x:1/a?b HTTP/1.1\r\nHost: y\r\n\r\n");
  REQUIRE(answer);
  CHECK(answer->status == 400);
}

HTTP_CASE("any method is the handler's to judge") {
  auto engine = start(echo);
  Client client(engine->port());
  for (std::string method : {"PUT", "DELETE", "PATCH", "PURGE", "get"}) {
    auto answer = client.ask(method + " / HTTP/1.1\r\nHost: x\r\n\r\n");
    REQUIRE(answer);
    CHECK(answer->body == method + " / ");
  }
  auto answer = client.ask("OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n");
  REQUIRE(answer);
  CHECK(answer->body == "OPTIONS * ");
}

HTTP_CASE("statuses and headers are written as the handler gave them") {
  auto engine = start([](Request request, Completion done) {
    Response response = text("b", std::atoi(request.target.c_str() + 1));
    response.headers.emplace_back("Link", "</a>; rel=next");
    response.headers.emplace_back("Link", "</b>; rel=prev");
    response.headers.emplace_back("ETag", "W/\"7\"");
    response.headers.emplace_back("Content-Length", "77");
    response.headers.emplace_back("Connection", "upgrade");
    response.headers.emplace_back("X-Split", "a\r\nX-Injected: b");
    done(std::move(response));
  });
  Client client(engine->port());
  for (int status : {201, 207, 299, 409, 412, 422, 429, 500, 504}) {
    auto answer = client.ask("GET /" + std::to_string(status) + " HTTP/1.1\r\nHost: x\r\n\r\n");
    REQUIRE(answer);
    CHECK(answer->status == status);
    CHECK(answer->body == "b");
    CHECK(answer->count("Link") == 2);
    CHECK(answer->header("ETag") == "W/\"7\"");
    CHECK(answer->count("Content-Length") == 1);
    CHECK(answer->count("Connection") == 1);
    CHECK(answer->count("X-Injected") == 0);
  }
}

HTTP_CASE("HEAD has the header that GET has, and no body") {
  auto engine = start(echo);
  Client client(engine->port());
  client.send("HEAD /abc HTTP/1.1\r\nHost: x\r\n\r\n");
  auto answer = client.answer(true);
  REQUIRE(answer);
  CHECK(answer->header("Content-Length") == std::to_string(std::string("HEAD /abc ").size()));
  CHECK(client.ask(get)->body == "GET /a ");
}

HTTP_CASE("204 and 304 have no body and no Content-Length") {
  auto engine = start([](Request request, Completion done) { done(text("none", request.target == "/4" ? 204 : 304)); });
  Client client(engine->port());
  for (std::string target : {"/4", "/5", "/4"}) {
    auto answer = client.ask("GET " + target + " HTTP/1.1\r\nHost: x\r\n\r\n");
    REQUIRE(answer);
    CHECK(answer->status == (target == "/4" ? 204 : 304));
    CHECK(answer->count("Content-Length") == 0);
  }
  CHECK(client.silent());
}

HTTP_CASE("a chunked body arrives whole, its extensions and trailers ignored") {
  Seen requests;
  auto engine = start(requests.handler());
  Client client(engine->port());
  REQUIRE(
      client.ask("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: Chunked\r\n\r\n"
                 "5;a=b\r\nhello\r\n006\r\n world\r\n0\r\nX-Trailer: 1\r\nHost: evil\r\n\r\n"));
  Request seen = requests.last();
  CHECK(seen.body == "hello world");
  CHECK(find_header(seen.headers, "X-Trailer") == nullptr);
  REQUIRE(client.ask(get));
  CHECK(requests.last().target == "/a");
}

HTTP_CASE("a body of a megabyte arrives whole") {
  auto engine = start([](Request request, Completion done) { done(text(std::move(request.body))); });
  Client client(engine->port());
  std::string body(1048576, 'b');
  for (std::size_t i = 0; i < body.size(); i += 7) body[i] = static_cast<char>('a' + i % 26);
  REQUIRE(client.send("PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 1048576\r\n\r\n" + body));
  auto answer = client.answer();
  REQUIRE(answer);
  CHECK(answer->body == body);
}

HTTP_CASE("Expect: 100-continue is met before the body is sent") {
  auto engine = start(echo);
  Client client(engine->port());
  for (int i = 0; i < 2; ++i) {
    auto answer = client.ask("PUT /e HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nExpect: 100-Continue\r\n\r\n");
    REQUIRE(answer);
    CHECK(answer->status == 100);
    answer = client.ask("abc");
    REQUIRE(answer);
    CHECK(answer->body == "PUT /e abc");
  }
  auto answer = client.ask("PUT /e HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\nabc");
  REQUIRE(answer);
  CHECK(answer->status == 200);
}

HTTP_CASE("a body of shared slices is written whole, and its owner is freed") {
  auto bytes = std::make_shared<std::string>();
  for (int i = 0; i < 300000; ++i) *bytes += std::to_string(i) + ",";
  std::weak_ptr<std::string> watch = bytes;
  auto engine = start([&](Request, Completion done) {
    std::vector<std::string_view> slices;
    for (std::size_t at = 0; at < bytes->size(); at += 700) slices.push_back(std::string_view(*bytes).substr(at, 700));
    Response response;
    response.body = Body(std::move(slices), bytes);
    done(std::move(response));
  });
  Client client(engine->port());
  for (int i = 0; i < 2; ++i) {
    auto answer = client.ask(get);
    REQUIRE(answer);
    CHECK(answer->body == *bytes);
  }
  engine->stop(Client::patience);
  bytes.reset();
  CHECK(watch.expired());
}

HTTP_CASE("a stream goes out in chunks, and the connection goes on") {
  auto engine = start(streaming({"one", "", std::string(100000, 'x'), "three"}));
  Client client(engine->port());
  for (int i = 0; i < 2; ++i) {
    auto answer = client.ask(get);
    REQUIRE(answer);
    CHECK(answer->body == "one" + std::string(100000, 'x') + "three");
    CHECK(answer->chunks == 3);
  }
}

HTTP_CASE("a stream in HTTP/1.0 ends with the connection") {
  auto engine = start(streaming({"one", "two"}));
  Client client(engine->port());
  auto answer = client.ask("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  REQUIRE(answer);
  CHECK(answer->count("Transfer-Encoding") == 0);
  CHECK(answer->header("Connection") == "close");
  CHECK(answer->body == "onetwo");
}

HTTP_CASE("a HEAD of a stream has no body") {
  auto engine = start(streaming({"one"}));
  Client client(engine->port());
  client.send("HEAD / HTTP/1.1\r\nHost: x\r\n\r\n");
  REQUIRE(client.answer(true));
  auto answer = client.ask(get);
  REQUIRE(answer);
  CHECK(answer->body == "one");
}
