#include "transport/retry.hpp"

#include <chrono>

#include <doctest/doctest.h>

#include "unit/transport/stub_server.hpp"

using namespace netweave;
using namespace std::chrono_literals;
using transport::CircuitBreaker;
using transport::HttpClient;
using transport::HttpRequest;
using transport::Repeat;
using transport::RetryPolicy;

namespace {

const RetryPolicy quick{4, 1ms, 4ms};

/// Answers the first requests by the given statuses (0: the connection is cut), then 200.
struct Failing {
  std::vector<int> statuses;
  std::string headers;
  std::atomic<std::size_t> at = 0;
  StubServer server{[this](const auto&, const auto& peer) {
    std::size_t now = at++;
    if (now >= statuses.size())
      peer.answer(200, "");
    else if (statuses[now] == 0)
      peer.cut();
    else
      peer.answer(statuses[now], "", headers);
  }};
};

Result<transport::HttpResponse> call(Failing& failing, const std::string& method, Repeat repeat,
                                     CircuitBreaker&& breaker = CircuitBreaker()) {
  HttpClient client;
  HttpRequest request;
  request.url = failing.server.url();
  request.method = method;
  return transport::send_with_retry(client, breaker, request, repeat, quick, {});
}

}  // namespace

TEST_CASE("a read is sent again after 429, 502, 503, 504 and a lost connection") {
  for (int status : {429, 502, 503, 504, 0}) {
    Failing failing{{status, status}, ""};
    auto answer = call(failing, "GET", Repeat::safe);
    REQUIRE(answer);
    CHECK(answer->status == 200);
    CHECK(failing.at == 3);
  }
}

TEST_CASE("a write that may have taken effect is sent once; one that was refused for its rate again") {
  for (auto [status, sent] : {std::pair{503, 1}, std::pair{0, 1}, std::pair{429, 2}}) {
    Failing failing{{status}, ""};
    static_cast<void>(call(failing, "POST", Repeat::unsafe));
    CHECK(failing.at == static_cast<std::size_t>(sent));
  }
}

TEST_CASE("other errors are not repeated, and attempts end") {
  Failing refused{{403, 403}, ""};
  CHECK(call(refused, "GET", Repeat::safe)->status == 403);
  CHECK(refused.at == 1);
  Failing failing{{503, 503, 503, 503, 503}, ""};
  CHECK(call(failing, "GET", Repeat::safe)->status == 503);
  CHECK(failing.at == 4);
}

TEST_CASE("Retry-After is waited for, but never past the deadline") {
  Failing failing{{429}, "Retry-After: 1\r\n"};
  HttpClient client;
  CircuitBreaker breaker;
  HttpRequest request;
  request.url = failing.server.url();
  auto begin = std::chrono::steady_clock::now();
  request.deadline = begin + 500ms;
  CHECK(transport::send_with_retry(client, breaker, request, Repeat::safe, quick, {})->status == 429);
  CHECK(std::chrono::steady_clock::now() - begin < 400ms);
  failing.at = 0;
  request.deadline = begin + 30s;
  CHECK(transport::send_with_retry(client, breaker, request, Repeat::safe, quick, {})->status == 200);
  CHECK(std::chrono::steady_clock::now() - begin >= 1s);
}

TEST_CASE("a stop ends the wait for the next attempt") {
  Failing failing{{429}, "Retry-After: 60\r\n"};
  HttpClient client;
  CircuitBreaker breaker;
  HttpRequest request;
  request.url = failing.server.url();
  std::stop_source stop;
  std::jthread later([&] {
    while (failing.at == 0) std::this_thread::yield();
    stop.request_stop();
  });
  auto answer = transport::send_with_retry(client, breaker, request, Repeat::safe, quick, stop.get_token());
  CHECK(answer.error().kind == ErrorKind::cancelled);
}

TEST_CASE("delays double up to their limit, with chance") {
  RetryPolicy policy{10, 100ms, 1000ms};
  for (auto [attempt, whole] : {std::pair{1U, 100ms}, std::pair{2U, 200ms}, std::pair{9U, 1000ms}}) {
    auto delay = transport::retry_delay(policy, attempt);
    CHECK(delay >= whole / 2);
    CHECK(delay <= whole);
  }
}

TEST_CASE("five failures within 30 s open the breaker; one probe each 10 s may close it") {
  auto now = std::chrono::steady_clock::time_point{} + 1h;
  CircuitBreaker breaker([&] { return now; });
  for (int i = 0; i < 4; ++i) breaker.failure();
  now += 31s;
  breaker.failure();
  CHECK(breaker.admit());  // the first four are too old to count
  for (int i = 0; i < 4; ++i) breaker.failure();
  auto refused = breaker.admit();
  REQUIRE_FALSE(refused);
  CHECK(refused.error().kind == ErrorKind::unavailable);
  CHECK(refused.error().retry_after == 10s);
  now += 10s;
  CHECK(breaker.admit());
  CHECK_FALSE(breaker.admit());
  breaker.failure();
  now += 9s;
  CHECK_FALSE(breaker.admit());
  now += 1s;
  CHECK(breaker.admit());
  breaker.success();
  CHECK(breaker.admit());
  CHECK(breaker.admit());
}

TEST_CASE("an open breaker answers without asking the backend") {
  Failing failing{{500, 500, 500, 500, 500}, ""};
  HttpClient client;
  CircuitBreaker breaker;
  HttpRequest request;
  request.url = failing.server.url();
  for (int i = 0; i < 5; ++i)
    CHECK(transport::send_with_retry(client, breaker, request, Repeat::safe, quick, {})->status == 500);
  CHECK(transport::send_with_retry(client, breaker, request, Repeat::safe, quick, {}).error().kind ==
        ErrorKind::unavailable);
  CHECK(failing.at == 5);
}
