#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "netweave/http/message.hpp"
#include "netweave/result.hpp"

/// The native HTTP engine (library netweave-http): an HTTP/1.1 server (RFC 9110, RFC 9112) with strict limits, made to
/// face a network.
namespace netweave::http {

/// Each limit answers with its status and closes: 408 (header and body time-outs), 413 (body), 414 (target),
/// 431 (header), 503 with Retry-After (in flight). A connection over `max_connections` is closed at once.
struct NativeOptions {
  std::string host = "127.0.0.1";
  std::uint16_t port = 0;                           ///< 0 picks a free one
  unsigned threads = 0;                             ///< event loops; 0: one a core
  std::chrono::milliseconds header_timeout{10000};  ///< from the first byte of a request to the end of its header
  std::chrono::milliseconds read_timeout{30000};    ///< for the body
  std::chrono::milliseconds write_timeout{30000};   ///< without progress
  std::chrono::milliseconds idle_timeout{120000};   ///< between requests
  std::size_t max_header_bytes = 65536;
  std::size_t max_uri_bytes = 8192;
  std::size_t max_body_bytes = 1048576;
  std::size_t max_connections = 10000;
  std::size_t max_in_flight = 1000;
  /// One line of the log. Any thread. Empty: nothing is logged.
  std::function<void(std::string_view level, std::string_view message)> log;
};

class NativeServer {
 public:
  /// Binds and listens; the threads run when it returns. Errors: `invalid` (host), `unavailable` (the address is
  /// taken or not this machine's).
  static Result<std::unique_ptr<NativeServer>> start(NativeOptions options, Handler handler);
  /// As `stop` with no grace.
  ~NativeServer();

  [[nodiscard]] std::uint16_t port() const noexcept;
  /// "http://127.0.0.1:8080"
  [[nodiscard]] std::string url() const;

  /// Accepts no more, closes idle connections, lets what is in flight finish within `grace`, then closes the rest.
  /// Blocks; idempotent.
  void stop(std::chrono::milliseconds grace);

 private:
  struct Impl;
  explicit NativeServer(std::unique_ptr<Impl> impl) noexcept;
  std::unique_ptr<Impl> impl_;
};

}  // namespace netweave::http
