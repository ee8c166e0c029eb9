#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "netweave/http/message.hpp"
#include "netweave/http/native.hpp"
#include "netweave/result.hpp"

namespace netweave::gateway {

/// The same limits as the native engine's, with the same meaning; max_connections is checked behind the accept.
using PistacheOptions = http::NativeOptions;

/// The gateway on Pistache 0.0.5: its endpoint, its accept thread, its worker threads and its transport. HTTP itself is
/// read by netweave's own parser, above Pistache's transport: Pistache's request keeps neither the order nor the
/// repeats of a query or of headers (`resource()` ends before the `?`), loses pipelined requests, hangs on a bad
/// request line and accepts two Content-Length, and none of that can be mended above `onRequest`.
///
/// Plain HTTP, to stand behind a proxy: `tls` is refused. The process must ignore SIGPIPE: Pistache writes without
/// MSG_NOSIGNAL.
class PistacheServer {
 public:
  /// Binds and listens; the threads run when it returns. Errors: `invalid` (host), `unavailable` (the address is taken
  /// or not this machine's).
  static Result<std::unique_ptr<PistacheServer>> start(PistacheOptions options, http::Handler handler);
  /// As `stop` with no grace.
  ~PistacheServer();

  [[nodiscard]] std::uint16_t port() const noexcept;
  [[nodiscard]] std::string url() const;

  /// As NativeServer::stop. Pistache goes on accepting during the grace; what comes then is closed at once.
  void stop(std::chrono::milliseconds grace);

 private:
  struct Impl;
  explicit PistacheServer(std::unique_ptr<Impl> impl) noexcept;
  std::unique_ptr<Impl> impl_;
};

}  // namespace netweave::gateway
