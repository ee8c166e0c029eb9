#pragma once

#include <chrono>
#include <stop_token>

#include "netweave/result.hpp"

#include "transport/circuit_breaker.hpp"
#include "transport/http_client.hpp"

namespace netweave::transport {

/// When to send again. Waits double from `backoff` to `max_backoff`, each between half and the whole of that by chance,
/// so that many gateways don't return at the same moment.
struct RetryPolicy {
  unsigned attempts = 4;  ///< in all; 1: never again
  std::chrono::milliseconds backoff{200};
  std::chrono::milliseconds max_backoff{5000};
};

/// The wait before attempt `attempt` + 1, chance included.
std::chrono::milliseconds retry_delay(const RetryPolicy& policy, unsigned attempt);

/// Waits, or returns false at once when `stop` is requested.
bool pause(std::chrono::milliseconds time, const std::stop_token& stop);

enum class Repeat {
  safe,   ///< a read, or a write that may take effect twice without harm
  unsafe  ///< sent again only where it certainly had no effect (no connection, 429)
};

/// `HttpClient::send` with retries and a circuit breaker: sends again on 429, 502, 503, 504 and lost connections,
/// after `Retry-After` where the answer has one, never past the request's deadline. Failures (no answer, 5xx but 501)
/// count for the breaker. Errors: those of `send`, and `unavailable` while the breaker is open. Blocks.
Result<HttpResponse> send_with_retry(HttpClient& client, CircuitBreaker& breaker, const HttpRequest& request,
                                     Repeat repeat, const RetryPolicy& policy, const std::stop_token& stop);

/// Tells the breaker how a call ended; for calls that are made without `send_with_retry`.
void report(CircuitBreaker& breaker, const Result<HttpResponse>& result);

}  // namespace netweave::transport
