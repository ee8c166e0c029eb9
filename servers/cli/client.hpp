#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "netweave/result.hpp"
#include "netweave/value.hpp"

#include "context.hpp"
#include "transport/http_client.hpp"

namespace netweave::cli {

struct Call {
  std::string method = "GET";
  std::string path;  ///< from the server's root, percent-encoded, with its query
  std::string body;
  http::Headers headers;
};

/// One gateway, over connections that are kept. One thread.
class Client {
 public:
  /// `context` as `resolve` gave it. Errors: `invalid` (the token's file can't be read).
  static Result<Client> make(const Context& context);

  /// Sends once. An answer of 400 or more is an error with `from_backend`, its title as `code` and its invalidParams as
  /// faults; one of 300 to 399, but 304, is `internal`. No answer: `unavailable` or `timeout`, without `from_backend`.
  Result<transport::HttpResponse> send(const Call& call);
  /// The same without the judgement: any status is a success.
  Result<transport::HttpResponse> send_raw(const Call& call);
  /// As `send`, without an end: a body of 2xx goes to `sink` as it comes, and a minute without a byte is a `timeout`.
  Result<transport::HttpResponse> stream(const Call& call, const transport::HttpSink& sink);
  /// The JSON of a GET.
  Result<Value> get(const std::string& path);

  /// The version of the API to use: what the context says, else the newest that both sides know, but v3 only where
  /// `least` asks for it or there is no v2. Asks the gateway once. Errors: those of `get`, `unimplemented` where the
  /// gateway has none of that age.
  Result<int> version(int least = 1);
  /// "/o2ims/v2/resourcePools"
  Result<std::string> path_of(std::string_view path, int least = 1);

  /// Of one request, from now on.
  void set_timeout(std::chrono::milliseconds timeout) { timeout_ = timeout; }
  [[nodiscard]] std::chrono::milliseconds timeout() const { return timeout_; }
  [[nodiscard]] const std::string& server() const { return context_.server; }
  /// The token is about to cross a network in clear text.
  [[nodiscard]] bool exposes_token() const;

 private:
  explicit Client(Context context);
  Result<void> discover();
  [[nodiscard]] transport::HttpRequest request_of(const Call& call) const;

  Context context_;
  std::string origin_;      ///< scheme and authority that requests name
  std::string prefix_;      ///< the path of the server's address
  std::string connect_to_;  ///< where they go, if that is another
  std::string token_;
  std::chrono::milliseconds timeout_{30000};
  std::unique_ptr<transport::HttpClient> http_;
  std::vector<int> versions_;  ///< what the gateway serves; empty: not asked yet
};

/// What an answer of 300 or more means.
Error error_of(const transport::HttpResponse& response, const Call& call);

/// The JSON of an answer. Errors: `internal`, where it is none.
Result<Value> json_of(const transport::HttpResponse& response, const Call& call);

/// Percent-encodes one segment of a path.
std::string path_segment(std::string_view text);

}  // namespace netweave::cli
