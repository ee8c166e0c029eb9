#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "netweave/http/message.hpp"
#include "netweave/http/tls.hpp"
#include "netweave/result.hpp"

/// The native HTTP engine (library netweave-http): a server of HTTP/1.1 (RFC 9112) and, over TLS, HTTP/2 (RFC 9113)
/// with strict limits, made to face a network.
namespace netweave::http {

/// Each limit answers with its status, as application/problem+json with X-Request-ID, and closes: 408 (header and body
/// time-outs), 413 (body), 414 (target), 431 (header, trailer), 503 with Retry-After (in flight). So do requests that
/// could be read in two ways (400), other transfer codings than chunked (501), other versions than 1.0 and 1.1 (505)
/// and other expectations than 100-continue (417). HTTP/2 is held to the same, a request at a time (100 at once), what
/// breaks its own rules ends the stream or the connection as RFC 9113 says. Time-outs end at most a twentieth of the
/// shortest one late (but half a second at most), never early.
struct NativeOptions {
  std::string host = "127.0.0.1";                   ///< an address, or a name that is resolved once, blocking, at start
  std::uint16_t port = 0;                           ///< 0 picks a free one
  unsigned threads = 0;                             ///< event loops; 0: one a core
  std::chrono::milliseconds header_timeout{10000};  ///< from the first byte of a request to the end of its header; a
                                                    ///< new connection that sends nothing is closed after it, too
  std::chrono::milliseconds read_timeout{30000};    ///< from the end of the header to the end of the body
  std::chrono::milliseconds write_timeout{30000};   ///< while the client takes nothing of what is ready for it; a
                                                    ///< stream that has nothing ready may wait for ever
  std::chrono::milliseconds idle_timeout{120000};   ///< between requests: closed without an answer
  std::size_t max_header_bytes = 65536;             ///< request line, fields and blank line; about what a connection
                                                    ///< may hold in memory beside its body and its answer
  std::size_t max_uri_bytes = 8192;
  std::size_t max_body_bytes = 1048576;
  std::size_t max_connections = 10000;  ///< one over it is closed at once
  std::size_t max_in_flight = 1000;     ///< from the call of the handler to its completion; a stream's body is not
                                        ///< counted
  std::optional<TlsOptions> tls;        ///< plain HTTP without
  std::size_t max_handshakes = 256;     ///< of TLS, under way at once; more wait for their turn, each for at most
                                        ///< twice header_timeout, which is what a handshake itself has
  /// One line of the log. Any thread, must not throw. Empty: nothing is logged.
  std::function<void(std::string_view level, std::string_view message)> log;
};

/// A running server. `port` and `url` may be called from any thread, at any time.
///
/// The handler is called on the loops' threads, several at once, and must not block; what it throws is logged and
/// answered 500, as is a Completion that is dropped unused. A Completion may outlive the server: it then does nothing.
/// `Request::stop` is requested when the client ends its side or the connection breaks (what is answered nevertheless
/// is written), and when `stop` breaks the connection off. `Request::target` is the path and query: a target in
/// absolute form (RFC 9112, 3.2.2) has lost its scheme and host, which agree with Host. `Request::deadline` is not set.
///
/// A BodyStream, and what a Body owns, is destroyed on a loop's thread, when it is written or its client is gone: for a
/// stream that may be while a call of `next` is outstanding, and its `ready` then does nothing.
///
/// With TLS, `Peer::tls_subject` is the subject of a client's certificate that was verified (`ClientAuth::verify`,
/// `require_and_verify`), by this connection or by the one that it resumes. By ALPN h2 (in a build with nghttp2)
/// and http/1.1 are offered. There
/// is no renegotiation, no compression, no early data; resumption is by tickets, whose keys last 12 hours at most.
///
/// Signals are left alone; SIGPIPE does not arise.
class NativeServer {
 public:
  /// Binds and listens; the threads run when it returns. Errors: `invalid` (host: no address, nor a name that is
  /// known; TLS: a file or a cipher suite, as a fault of "tls.cert_file" and so on), `unavailable` (the address is
  /// taken or not this machine's, or a thread can't be had).
  static Result<std::unique_ptr<NativeServer>> start(NativeOptions options, Handler handler);
  /// As `stop` with no grace: the same threads may not.
  ~NativeServer();

  [[nodiscard]] std::uint16_t port() const noexcept;
  /// "http://127.0.0.1:8080", https with TLS
  [[nodiscard]] std::string url() const;

  /// Whether `start` would take these: reads the files. Errors: `start`'s for TLS.
  static Result<void> check(const TlsOptions& options);
  /// Reads the files of these options; connections from now on are held to them, those that are open go on. Tickets
  /// end with the files that they were given under. (Files that change are noticed within seconds without it; where
  /// they can't be used that is logged, and what was in force stays.) Any thread; blocks on files. Errors: `start`'s,
  /// and what was in force stays; `precondition` without TLS.
  Result<void> reload(const TlsOptions& options);

  /// Accepts no more, closes idle connections, lets what is in flight finish within `grace` (requests whose first byte
  /// had come, and streams), then closes the rest and frees the handler. Blocks until the threads have ended;
  /// idempotent. Any thread but the loops': not from the handler, a completion called there, or a stop callback.
  void stop(std::chrono::milliseconds grace);

 private:
  struct Impl;
  explicit NativeServer(std::unique_ptr<Impl> impl) noexcept;
  std::unique_ptr<Impl> impl_;
};

}  // namespace netweave::http
