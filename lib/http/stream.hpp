#pragma once

#include <cerrno>
#include <cstddef>
#include <memory>
#include <span>
#include <utility>

#include <asio/buffer.hpp>
#include <asio/error.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/post.hpp>
#include <sys/socket.h>
#include <sys/uio.h>

#include "http/tls.hpp"

namespace netweave::http {

/// The bytes below HTTP: TCP, and TLS over it once `secure` was called. One thread at a time; stays where it is while
/// a handler is awaited.
class Stream {
 public:
  enum class Outcome { done, wait, failed };

  /// Takes the non-blocking socket `fd` over.
  Stream(asio::io_context& context, const asio::ip::tcp& protocol, int fd) : socket_(context, protocol, fd) {}

  /// From now on all goes through `session`, which is over this socket.
  void secure(std::unique_ptr<TlsSession> session) { tls_ = std::move(session); }
  [[nodiscard]] TlsSession* tls() noexcept { return tls_.get(); }
  [[nodiscard]] int descriptor() { return socket_.native_handle(); }

  /// `handler(error, count)` later, never before this returns. (strace: a request costs one sendmsg and two recv, the
  /// second in vain, as Asio tries before it waits; `async_wait` instead would cost an epoll_ctl, which is dearer.)
  template <class Handler>
  void read(char* at, std::size_t room, Handler&& handler) {
    if (!tls_) return socket_.async_read_some(asio::buffer(at, room), std::forward<Handler>(handler));
    auto decrypt = [this, at, room, handler = std::forward<Handler>(handler)](const asio::error_code& error) mutable {
      if (error || !socket_.is_open()) return handler(error ? error : asio::error::operation_aborted, 0);
      this->decrypt(at, room, std::move(handler));
    };
    if (tls_->has_input()) return asio::post(socket_.get_executor(), [decrypt]() mutable { decrypt({}); });
    wait_readable(std::move(decrypt));
  }

  /// Bytes have come that no read took.
  [[nodiscard]] bool has_input() {
    char byte = 0;
    return (tls_ && tls_->has_input()) || ::recv(socket_.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) > 0;
  }

  /// Writes what the socket takes now, in one call. After `wait` the same pieces must come again.
  Outcome write_now(std::span<iovec> pieces, std::size_t& count) {
    if (tls_) return encrypt(pieces, count);
    msghdr message{};
    message.msg_iov = pieces.data();
    message.msg_iovlen = pieces.size();
    ssize_t put = ::sendmsg(socket_.native_handle(), &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    count = put > 0 ? static_cast<std::size_t>(put) : 0;
    if (put >= 0) return Outcome::done;
    return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR ? Outcome::wait : Outcome::failed;
  }

  /// `handler(error)` when the socket takes more.
  template <class Handler>
  void wait_writable(Handler&& handler) {
    socket_.async_wait(asio::ip::tcp::socket::wait_write, std::forward<Handler>(handler));
  }
  /// `handler(error)` when the socket has more.
  template <class Handler>
  void wait_readable(Handler&& handler) {
    socket_.async_wait(asio::ip::tcp::socket::wait_read, std::forward<Handler>(handler));
  }
  /// What comes is thrown away below TLS. `handler(error, count)`.
  template <class Handler>
  void discard(char* at, std::size_t room, Handler&& handler) {
    socket_.async_read_some(asio::buffer(at, room), std::forward<Handler>(handler));
  }

  void end_writing() {
    if (tls_) tls_->end();
    asio::error_code ignored;
    socket_.shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
  }

  /// With `reset` the kernel forgets what it could not send yet.
  void close(bool reset) {
    if (tls_ && !reset) tls_->end();
    asio::error_code ignored;
    if (reset) socket_.set_option(asio::socket_base::linger(true, 0), ignored);
    socket_.close(ignored);
  }

 private:
  template <class Handler>
  void decrypt(char* at, std::size_t room, Handler&& handler) {
    std::size_t count = 0;
    switch (tls_->read(at, room, count)) {
      case TlsSession::Outcome::done:
        return handler(asio::error_code(), count);
      case TlsSession::Outcome::ended:
        return handler(asio::error::eof, 0);
      case TlsSession::Outcome::failed:
        return handler(asio::error::connection_reset, 0);
      default:
        break;
    }
    auto again = [this, at, room, handler = std::forward<Handler>(handler)](const asio::error_code& error) mutable {
      if (error || !socket_.is_open()) return handler(error ? error : asio::error::operation_aborted, 0);
      decrypt(at, room, std::move(handler));
    };
    // A read that has to write: an answer to the client's new key, which the next write would send as well.
    wait_readable(std::move(again));
  }

  Outcome encrypt(std::span<const iovec> pieces, std::size_t& count) {
    switch (tls_->write(pieces, count)) {
      case TlsSession::Outcome::done:
        return Outcome::done;
      case TlsSession::Outcome::want_write:
        return Outcome::wait;
      default:
        return Outcome::failed;
    }
  }

  asio::ip::tcp::socket socket_;
  std::unique_ptr<TlsSession> tls_;
};

}  // namespace netweave::http
