#include "transport/retry.hpp"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <random>

#include "transport/http_error.hpp"

namespace netweave::transport {
namespace {

bool worth_repeating(const Result<HttpResponse>& result, Repeat repeat) {
  if (!result) {
    const Error& error = result.error();
    if (error.kind == ErrorKind::unavailable) return error.code != "CONFIGURATION_PROBLEM";
    return error.kind == ErrorKind::timeout && repeat == Repeat::safe;
  }
  int status = result->status;
  return status == 429 || (repeat == Repeat::safe && (status == 502 || status == 503 || status == 504));
}

}  // namespace

std::chrono::milliseconds retry_delay(const RetryPolicy& policy, unsigned attempt) {
  thread_local std::minstd_rand generator(std::random_device{}());
  auto whole = policy.backoff;
  for (unsigned i = 1; i < attempt && whole < policy.max_backoff; ++i) whole *= 2;
  whole = std::min(whole, policy.max_backoff);
  std::uniform_int_distribution<std::chrono::milliseconds::rep> chance(whole.count() / 2, whole.count());
  return std::chrono::milliseconds(chance(generator));
}

bool pause(std::chrono::milliseconds time, const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any never;
  std::unique_lock lock(mutex);
  never.wait_for(lock, stop, time, [] { return false; });
  return !stop.stop_requested();
}

void report(CircuitBreaker& breaker, const Result<HttpResponse>& result) {
  if (result) {
    if (result->status >= 500 && result->status != 501)
      breaker.failure();
    else
      breaker.success();
  } else if (result.error().from_backend) {
    breaker.failure();
  }
}

Result<HttpResponse> send_with_retry(HttpClient& client, CircuitBreaker& breaker, const HttpRequest& request,
                                     Repeat repeat, const RetryPolicy& policy, const std::stop_token& stop) {
  for (unsigned attempt = 1;; ++attempt) {
    if (Result<void> admitted = breaker.admit(); !admitted) return std::move(admitted).error();
    Result<HttpResponse> result = client.send(request, stop);
    report(breaker, result);
    if (attempt >= policy.attempts || !worth_repeating(result, repeat)) return result;
    auto wait = retry_delay(policy, attempt);
    if (result)
      if (auto asked = retry_after(*result)) wait = std::max(wait, *asked);
    if (std::chrono::steady_clock::now() + wait >= request.deadline) return result;
    if (!pause(wait, stop)) return make_error(ErrorKind::cancelled, "the call was cancelled while it waited to retry");
  }
}

}  // namespace netweave::transport
