#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>

#include "netweave/http/message.hpp"
#include "netweave/result.hpp"

/// Outbound HTTP. Everything here blocks, and returns within a moment of its deadline or of a requested stop.
namespace netweave::transport {

/// How a server proves itself and how the client does. PEM text wins over the file of the same name; empty everywhere:
/// the system's authorities and no client certificate.
struct TlsOptions {
  std::string ca_pem;
  std::string ca_file;
  std::string certificate_pem;
  std::string certificate_file;
  std::string key_pem;
  std::string key_file;
  bool verify = true;
};

struct HttpRequest {
  std::string method = "GET";
  std::string url;  ///< absolute, http or https
  http::Headers headers;
  std::string body;
  std::string bearer;      ///< sent as `Authorization: Bearer`; empty: none
  std::string connect_to;  ///< "host:port" to connect to in place of the URL's; its name is still what TLS verifies
  std::string proxy;       ///< a proxy's URL; empty: none (the environment is not read)
  TlsOptions tls;
  std::chrono::milliseconds connect_timeout{5000};
  std::chrono::steady_clock::time_point deadline = std::chrono::steady_clock::time_point::max();
  std::chrono::milliseconds idle_timeout{0};           ///< so long without a byte is a timeout; 0: no such limit
  std::size_t max_body_bytes = std::size_t{1} << 30U;  ///< of a body that is collected; more is an error
};

struct HttpResponse {
  int status = 0;
  http::Headers headers;
  std::string body;  ///< empty where it went to a sink; of a status above 299 without the request's token
};

/// Where a body goes while it arrives, on the calling thread. Slow sinks slow the sender (that is the back-pressure).
struct HttpSink {
  /// Once, before the body, for a 2xx answer. May be empty.
  std::function<void(const HttpResponse&)> head;
  /// Each piece as it arrives; false ends the transfer, which is then a success.
  std::function<bool(std::string_view)> data;
};

/// Keeps connections open between calls and uses them again. Any thread, several at once.
class HttpClient {
 public:
  HttpClient();
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  /// Sends one request, follows no redirect and tries once. Any status is a success here (`error_of` makes errors of
  /// them). Errors, all `from_backend` but `cancelled`, `invalid`:
  /// `unavailable`: no connection, or one that broke during a GET or HEAD: sending again is safe;
  /// `timeout`: the deadline passed, or the connection broke after a write was sent: its outcome is unknown;
  /// `cancelled`: `stop` was requested; `invalid`: the URL or the TLS material can't be used;
  /// `internal`: what came is not HTTP, or more than `max_body_bytes`.
  Result<HttpResponse> send(const HttpRequest& request, const std::stop_token& stop = {});

  /// As `send`, but the body of a 2xx answer goes to `sink`; that of any other status is collected. Returns when the
  /// answer ends.
  Result<HttpResponse> stream(const HttpRequest& request, const HttpSink& sink, const std::stop_token& stop = {});

 private:
  class Pool;
  std::unique_ptr<Pool> pool_;
};

}  // namespace netweave::transport
