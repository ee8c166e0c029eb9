#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// HTTP as the gateway sees it, free of any engine (RFC 9110). An engine makes a Request, calls a Handler, and writes
/// the Response. Nothing here is shared between threads unless a comment says so.
namespace netweave::http {

using Header = std::pair<std::string, std::string>;
using Headers = std::vector<Header>;  ///< in order, repeats kept, names as received

/// The first header of that name (case-insensitive); nullptr where there is none.
const std::string* find_header(const Headers& headers, std::string_view name) noexcept;

struct Peer {
  std::string address;  ///< "192.0.2.1:4711" or "[2001:db8::1]:4711"
  bool tls = false;
  std::string tls_subject;  ///< RFC 4514 form of the verified client certificate; empty without one
};

struct Request {
  std::string method;  ///< as received; methods are case-sensitive
  std::string target;  ///< raw, as on the request line: path and query, percent-encoding untouched
  Headers headers;
  std::string body;
  Peer peer;
  std::chrono::steady_clock::time_point deadline = std::chrono::steady_clock::time_point::max();
  std::stop_token stop;  ///< requested when the client went away
};

/// A body that is made while it is written. The engine calls `next` from its own threads, one call at a time.
class BodyStream {
 public:
  virtual ~BodyStream() = default;
  /// Calls `ready` exactly once, perhaps before it returns, from any thread: with more bytes, or with nullopt at the
  /// end. The engine asks again only after the bytes were written: that is the back-pressure.
  virtual void next(std::function<void(std::optional<std::string>)> ready) = 0;
};

/// A response body: bytes, or slices of memory that something else owns, or a stream. Movable, not copyable.
class Body {
 public:
  Body() = default;
  Body(std::string bytes) : bytes_(std::move(bytes)) {}
  /// `slices` stay valid and unchanged as long as `owner` lives.
  Body(std::vector<std::string_view> slices, std::shared_ptr<const void> owner)
      : slices_(std::move(slices)), owner_(std::move(owner)) {}
  explicit Body(std::unique_ptr<BodyStream> stream) : stream_(std::move(stream)) {}
  Body(Body&&) noexcept = default;
  Body& operator=(Body&&) noexcept = default;
  Body(const Body&) = delete;
  Body& operator=(const Body&) = delete;

  /// Nullptr unless the body is a stream.
  [[nodiscard]] BodyStream* stream() const noexcept { return stream_.get(); }
  /// Bytes in all; 0 for a stream.
  [[nodiscard]] std::size_t size() const noexcept;
  /// Calls `sink` with each piece in order. Valid until the Body is moved from or destroyed.
  template <class Sink>
  void each(Sink&& sink) const {
    if (!bytes_.empty()) sink(std::string_view(bytes_));
    for (std::string_view slice : slices_) sink(slice);
  }
  /// All of it in one string; empty for a stream.
  [[nodiscard]] std::string to_string() const;

 private:
  std::string bytes_;
  std::vector<std::string_view> slices_;
  std::shared_ptr<const void> owner_;
  std::unique_ptr<BodyStream> stream_;
};

/// The engine adds Date, Content-Length (or Transfer-Encoding: chunked for a stream) and Connection; it leaves the
/// body out for HEAD, 204 and 304, while HEAD keeps the Content-Length that GET would have had.
struct Response {
  int status = 200;
  Headers headers;
  Body body;
};

/// Takes the response; must be called exactly once, from any thread, perhaps before the handler returns.
using Completion = std::function<void(Response)>;
/// Called from the engine's threads, several at once; must not block.
using Handler = std::function<void(Request, Completion)>;

}  // namespace netweave::http
