#include "transport/http_client.hpp"

#include <atomic>
#include <chrono>
#include <thread>

#include <doctest/doctest.h>

#include "transport/http_error.hpp"
#include "unit/transport/stub_server.hpp"

using namespace netweave;
using namespace std::chrono_literals;
using transport::HttpClient;
using transport::HttpRequest;
using transport::HttpResponse;
using transport::HttpSink;
using Clock = std::chrono::steady_clock;

namespace {

HttpRequest get(const StubServer& server, std::string_view path = "/") {
  HttpRequest request;
  request.url = server.url(path);
  return request;
}

}  // namespace

TEST_CASE("a complaint that repeats the token comes without it") {
  StubServer server([](const auto&, const auto& peer) { peer.answer(401, "secret is unknown: secret", ""); });
  HttpClient client;
  HttpRequest request = get(server, "/");
  request.bearer = "secret";
  auto answer = client.send(request);
  REQUIRE(answer);
  CHECK(answer->body == "*** is unknown: ***");
}

TEST_CASE("a request carries method, headers, bearer and body; the answer its status, headers and body") {
  StubServer server([](const auto&, const auto& peer) { peer.answer(201, "made", "X-A: b\r\n"); });
  HttpClient client;
  HttpRequest request = get(server, "/things?a=b");
  request.method = "PATCH";
  request.headers = {{"Content-Type", "application/merge-patch+json"}};
  request.bearer = "secret";
  request.body = "{}";
  auto answer = client.send(request);
  REQUIRE(answer);
  CHECK(answer->status == 201);
  CHECK(answer->body == "made");
  CHECK(*http::find_header(answer->headers, "x-a") == "b");
  auto seen = server.requests().at(0);
  CHECK(seen.head.starts_with("PATCH /things?a=b HTTP/1.1\r\n"));
  CHECK(seen.head.find("Content-Type: application/merge-patch+json") != std::string::npos);
  CHECK(seen.head.find("Authorization: Bearer secret") != std::string::npos);
  CHECK(seen.body == "{}");
}

TEST_CASE("a connection is used again, after a write and after a HEAD too") {
  StubServer server([](const auto& request, const auto& peer) {
    if (request.head.starts_with("HEAD"))
      peer.write("HTTP/1.1 200 Said\r\nContent-Length: 5\r\n\r\n");
    else
      peer.answer(200, "hello");
  });
  HttpClient client;
  HttpRequest request = get(server);
  for (const char* method : {"GET", "POST", "HEAD", "DELETE", "GET"}) {
    request.method = method;
    REQUIRE(client.send(request));
  }
  for (const auto& seen : server.requests()) CHECK(seen.connection == 1);
}

TEST_CASE("a refused connection is unavailable") {
  std::string url;
  {
    StubServer gone([](const auto&, const auto&) {});
    url = gone.url();
  }
  HttpClient client;
  HttpRequest request;
  request.url = url;
  auto answer = client.send(request);
  REQUIRE_FALSE(answer);
  CHECK(answer.error().kind == ErrorKind::unavailable);
  CHECK(answer.error().from_backend);
  CHECK(answer.error().code == "RETRYABLE");
}

TEST_CASE("a connection cut in the middle of an answer is unavailable for a read, of unknown outcome for a write") {
  StubServer server([](const auto&, const auto& peer) {
    peer.write("HTTP/1.1 200 Said\r\nContent-Length: 100\r\n\r\nhalf");
    peer.cut();
  });
  HttpClient client;
  HttpRequest request = get(server);
  CHECK(client.send(request).error().kind == ErrorKind::unavailable);
  request.method = "POST";
  CHECK(client.send(request).error().kind == ErrorKind::timeout);
}

TEST_CASE("a deadline ends a call that gets no answer") {
  StubServer server([](const auto&, const auto& peer) { peer.wait_for_end(); });
  HttpClient client;
  HttpRequest request = get(server);
  auto begin = Clock::now();
  request.deadline = begin + 100ms;
  CHECK(client.send(request).error().kind == ErrorKind::timeout);
  CHECK(Clock::now() - begin < 2s);
}

TEST_CASE("a stream without a byte for longer than its idle timeout ends") {
  StubServer server([](const auto&, const auto& peer) {
    peer.write("HTTP/1.1 200 Said\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n");
    peer.wait_for_end();
  });
  HttpClient client;
  HttpRequest request = get(server);
  request.idle_timeout = 50ms;
  std::string seen;
  HttpSink sink{{}, [&](std::string_view bytes) {
                  seen += bytes;
                  return true;
                }};
  CHECK(client.stream(request, sink).error().kind == ErrorKind::timeout);
  CHECK(seen == "ab");
}

TEST_CASE("a stop ends a call at once, before its answer and within a stream") {
  bool streaming = false;
  SUBCASE("before the answer") {}
  SUBCASE("within a stream") { streaming = true; }
  std::stop_source stop;
  StubServer server([&](const auto&, const auto& peer) {
    if (streaming) peer.write("HTTP/1.1 200 Said\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n");
    stop.request_stop();
    peer.wait_for_end();
  });
  HttpClient client;
  auto begin = Clock::now();
  HttpSink sink{{}, [](std::string_view) { return true; }};
  CHECK(client.stream(get(server), sink, stop.get_token()).error().kind == ErrorKind::cancelled);
  CHECK(Clock::now() - begin < 2s);
}

TEST_CASE("a sink sees the head, then each piece as it comes, and may end the transfer") {
  StubServer server([](const auto&, const auto& peer) {
    peer.write("HTTP/1.1 200 Said\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n");
    peer.wait_for_end();
  });
  HttpClient client;
  std::string order;
  HttpSink sink{[&](const HttpResponse& head) { order += std::to_string(head.status) + " "; },
                [&](std::string_view bytes) {
                  order += bytes;
                  return false;
                }};
  auto answer = client.stream(get(server), sink);
  REQUIRE(answer);
  CHECK(order == "200 one");
}

TEST_CASE("the body of an error status is collected, not given to the sink") {
  StubServer server([](const auto&, const auto& peer) { peer.answer(410, "gone"); });
  HttpClient client;
  bool called = false;
  HttpSink sink{[&](const HttpResponse&) { called = true; }, [&](std::string_view) { return called = true; }};
  auto answer = client.stream(get(server), sink);
  REQUIRE(answer);
  CHECK(answer->body == "gone");
  CHECK_FALSE(called);
}

TEST_CASE("an answer larger than the limit is refused") {
  StubServer server([](const auto&, const auto& peer) { peer.answer(200, std::string(100, 'x')); });
  HttpClient client;
  HttpRequest request = get(server);
  request.max_body_bytes = 99;
  CHECK(client.send(request).error().kind == ErrorKind::internal);
}

TEST_CASE("another address can stand in for the URL's, whose name is still what is sent") {
  StubServer server([](const auto&, const auto& peer) { peer.answer(200, ""); });
  HttpClient client;
  HttpRequest request;
  request.url = "http://api.invalid/";
  request.connect_to = server.url("").substr(7);
  REQUIRE(client.send(request));
  CHECK(server.requests().at(0).head.find("Host: api.invalid") != std::string::npos);
}

TEST_CASE("what is no URL, and certificates that can't be read, are invalid") {
  HttpClient client;
  HttpRequest request;
  request.url = "ftp://127.0.0.1/";
  CHECK(client.send(request).error().kind == ErrorKind::invalid);
  StubServer server([](const auto&, const auto& peer) { peer.cut(); });
  request.url = "https" + server.url().substr(4);
  request.tls.certificate_pem = "not a certificate";
  request.tls.key_pem = "not a key";
  CHECK(client.send(request).error().kind == ErrorKind::invalid);
}

TEST_CASE("many threads share one client") {
  StubServer server([](const auto& request, const auto& peer) { peer.answer(200, request.body); });
  HttpClient client;
  std::atomic<int> right = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      HttpRequest request = get(server);
      request.method = "PUT";
      for (int i = 0; i < 25; ++i) {
        request.body = std::to_string(t * 1000 + i);
        auto answer = client.send(request);
        if (answer && answer->body == request.body) ++right;
      }
    });
  for (std::thread& thread : threads) thread.join();
  CHECK(right == 100);
}

TEST_CASE("statuses become the kinds that say what to do") {
  auto kind = [](int status) {
    HttpResponse response;
    response.status = status;
    return transport::error_of(response).kind;
  };
  CHECK(kind(400) == ErrorKind::invalid);
  CHECK(kind(401) == ErrorKind::unauthenticated);
  CHECK(kind(403) == ErrorKind::denied);
  CHECK(kind(404) == ErrorKind::not_found);
  CHECK(kind(409) == ErrorKind::conflict);
  CHECK(kind(410) == ErrorKind::precondition);
  CHECK(kind(422) == ErrorKind::invalid);
  CHECK(kind(429) == ErrorKind::exhausted);
  CHECK(kind(500) == ErrorKind::unavailable);
  CHECK(kind(501) == ErrorKind::unimplemented);
  CHECK(kind(504) == ErrorKind::timeout);
  CHECK(kind(302) == ErrorKind::internal);
}

TEST_CASE("Retry-After is read as seconds and as a date") {
  auto wait = [](std::string text) {
    HttpResponse response;
    response.headers = {{"retry-after", std::move(text)}};
    return transport::retry_after(response);
  };
  CHECK(wait("3") == 3s);
  CHECK(wait("Thu, 01 Jan 1970 00:00:00 GMT") == 0s);
  CHECK(wait("99999999") == 1h);
  CHECK_FALSE(wait("soon").has_value());
  CHECK_FALSE(wait("-1").has_value());
  for (const char* date :
       {"Sun, 06 Nov 2095 08:49:37 GMT", "Sunday, 06-Nov-67 08:49:37 GMT", "Sun Nov  6 08:49:37 2095"})
    CHECK(transport::parse_retry_after(date) == 24h);
}
