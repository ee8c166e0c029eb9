#include "http/acceptor.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <sstream>

#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

namespace netweave::http {
namespace {

using asio::ip::tcp;

constexpr int accepts_a_turn = 64;

std::string text_of(const tcp::endpoint& endpoint) {
  std::string port = std::to_string(endpoint.port());
  std::string address = endpoint.address().to_string();
  return endpoint.address().is_v6() ? "[" + address + "]:" + port : address + ":" + port;
}

Result<tcp::endpoint> resolve(asio::io_context& context, const std::string& host, std::uint16_t port) {
  asio::error_code error;
  asio::ip::address address = asio::ip::make_address(host, error);
  if (!error) return tcp::endpoint(address, port);
  tcp::resolver resolver(context);
  auto found = resolver.resolve(host, std::to_string(port), tcp::resolver::passive, error);
  if (error || found.empty())
    return make_error(ErrorKind::invalid, "host \"" + host + "\" is neither an address nor a name: " + error.message());
  return found.begin()->endpoint();
}

void set(int fd, int level, int option) {
  int on = 1;
  ::setsockopt(fd, level, option, &on, sizeof on);
}

}  // namespace

Acceptor::Acceptor(std::shared_ptr<Shared> shared, std::vector<std::shared_ptr<Loop>> loops)
    : shared_(std::move(shared)),
      loops_(std::move(loops)),
      acceptor_(loops_.front()->context()),
      pause_(loops_.front()->context()) {}

Result<void> Acceptor::listen(const std::string& host, std::uint16_t port) {
  auto wanted = resolve(loops_.front()->context(), host, port);
  if (!wanted) return wanted.error();
  asio::error_code error;
  acceptor_.open(wanted->protocol(), error);
  if (!error) acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor_.bind(*wanted, error);
  if (!error) acceptor_.listen(tcp::acceptor::max_listen_connections, error);
  if (!error) acceptor_.non_blocking(true, error);
  if (!error) endpoint_ = acceptor_.local_endpoint(error);
  if (error) return make_error(ErrorKind::unavailable, "can't listen on " + text_of(*wanted) + ": " + error.message());
  return {};
}

void Acceptor::start() { wait(); }

void Acceptor::wait() {
  acceptor_.async_wait(tcp::acceptor::wait_read, [this](const asio::error_code& error) {
    if (error || !acceptor_.is_open()) return;
    if (take_waiting()) return wait();
    // Out of descriptors: the queue stays readable, so without a pause this loop would do nothing else.
    pause_.expires_after(std::chrono::milliseconds(100));
    pause_.async_wait([this](const asio::error_code& cancelled) {
      if (!cancelled && acceptor_.is_open()) wait();
    });
  });
}

bool Acceptor::take_waiting() {
  for (int i = 0; i < accepts_a_turn; ++i) {
    if (take_one()) continue;
    if (errno == EAGAIN || errno == EWOULDBLOCK) return true;
    if (errno == ECONNABORTED || errno == EINTR || errno == EPROTO) continue;
    shared_->log("warn", std::string("http: accept: ") + std::strerror(errno));
    return false;
  }
  return true;
}

bool Acceptor::take_one() {
  tcp::endpoint peer;
  auto size = static_cast<socklen_t>(peer.capacity());
  int fd = ::accept4(acceptor_.native_handle(), peer.data(), &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (fd < 0) return false;
  if (shared_->connections >= shared_->options.max_connections) {
    ::close(fd);
    return true;
  }
  set(fd, IPPROTO_TCP, TCP_NODELAY);
  set(fd, SOL_SOCKET, SO_KEEPALIVE);  // a stream's client that vanished is found
  auto loop = std::min_element(loops_.begin(), loops_.end(),
                               [](const auto& a, const auto& b) { return a->load() < b->load(); });
  bool v6 = peer.address().is_v6();
  if (v6 && peer.address().to_v6().is_v4_mapped())  // of a socket that takes both: the client's own form
    peer.address(asio::ip::make_address_v4(asio::ip::v4_mapped, peer.address().to_v6()));
  (*loop)->adopt(Accepted(fd, v6, text_of(peer), Admission(shared_)));
  return true;
}

void Acceptor::stop() {
  take_waiting();
  asio::error_code ignored;
  acceptor_.close(ignored);
  pause_.cancel();
}

}  // namespace netweave::http
