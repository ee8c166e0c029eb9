#pragma once

#include <cerrno>
#include <cstddef>
#include <span>
#include <utility>

#include <asio/buffer.hpp>
#include <asio/ip/tcp.hpp>
#include <sys/socket.h>
#include <sys/uio.h>

namespace netweave::http {

/// The bytes below HTTP: plain TCP. TLS will be a second class of these same calls. One thread at a time.
class Stream {
 public:
  enum class Outcome { done, wait, failed };

  /// Takes the non-blocking socket `fd` over.
  Stream(asio::io_context& context, const asio::ip::tcp& protocol, int fd) : socket_(context, protocol, fd) {}

  /// `handler(error, count)` later, never before this returns. (strace: a request costs one sendmsg and two recv, the
  /// second in vain, as Asio tries before it waits; `async_wait` instead would cost an epoll_ctl, which is dearer.)
  template <class Handler>
  void read(char* at, std::size_t room, Handler&& handler) {
    socket_.async_read_some(asio::buffer(at, room), std::forward<Handler>(handler));
  }

  /// Bytes have come that no read took.
  [[nodiscard]] bool has_input() {
    char byte = 0;
    return ::recv(socket_.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) > 0;
  }

  /// Writes what the socket takes now, in one call.
  Outcome write_now(std::span<iovec> pieces, std::size_t& count) {
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

  void end_writing() {
    asio::error_code ignored;
    socket_.shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
  }

  /// With `reset` the kernel forgets what it could not send yet.
  void close(bool reset) {
    asio::error_code ignored;
    if (reset) socket_.set_option(asio::socket_base::linger(true, 0), ignored);
    socket_.close(ignored);
  }

 private:
  asio::ip::tcp::socket socket_;
};

}  // namespace netweave::http
