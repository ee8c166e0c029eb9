#pragma once

#include <chrono>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>

#include "netweave/adapter/ims.hpp"
#include "netweave/result.hpp"

#include "adapters/ims/kubernetes/credentials.hpp"
#include "adapters/ims/kubernetes/settings.hpp"
#include "transport/circuit_breaker.hpp"
#include "transport/http_client.hpp"
#include "transport/retry.hpp"

namespace netweave::ims::kubernetes {

/// One call of the API server.
struct ApiCall {
  std::string method = "GET";
  std::string path;  ///< with its query, already encoded
  std::string body;
  std::string content_type = "application/json";
  std::chrono::steady_clock::time_point deadline = std::chrono::steady_clock::time_point::max();
  std::stop_token stop;
  std::string request_id;   ///< sent as Audit-ID, which the server's audit log has
  std::string traceparent;  ///< W3C trace context
  std::string tracestate;
  /// Made whatever state the server was in: observation is what finds out that it is back.
  bool observing = false;
};

/// The API server as one identity sees it. Errors are those of transport's `error_of` with the words of the server's
/// Status; 401 is answered by one fresh credential first. Blocks; any thread.
class ApiClient {
 public:
  /// Keeps a reference to `settings`.
  explicit ApiClient(const Settings& settings);

  /// A call that is retried, and refused at once while the server is known to fail. The body of a 2xx answer.
  Result<std::string> call(const ApiCall& call);
  /// A stream that is tried once, whatever state the server was in. `idle` is how long it may be silent. An answer of
  /// any other status than 2xx is an error.
  Result<void> stream(const ApiCall& call, const transport::HttpSink& sink, std::chrono::milliseconds idle);

  /// How the last call went: whether the server answered at all, and why not.
  [[nodiscard]] Health health() const;
  [[nodiscard]] const std::string& server() const { return settings_.endpoint.server; }

 private:
  [[nodiscard]] transport::HttpRequest prepare(const ApiCall& call, const Credential& credential) const;
  template <class Send>
  Result<transport::HttpResponse> authenticated(const ApiCall& call, Send send);
  void note(const Result<transport::HttpResponse>& result);

  const Settings& settings_;
  Credentials credentials_;
  transport::HttpClient http_;
  transport::CircuitBreaker breaker_;
  mutable std::mutex mutex_;
  Health health_{false, "not called yet"};
};

/// Percent-encodes what may stand in one query value.
std::string encode_query(std::string_view text);

}  // namespace netweave::ims::kubernetes
