#include "raw_server.hpp"

#include <array>
#include <memory>
#include <stdexcept>

#include <netinet/in.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

namespace netweave::testing {
namespace {

/// The bytes of one connection, plain or by TLS.
class Stream {
 public:
  Stream(int socket, ssl_ctx_st* tls) : socket_(socket), ssl_(tls != nullptr ? SSL_new(tls) : nullptr, SSL_free) {
    if (ssl_) SSL_set_fd(ssl_.get(), socket);
  }
  bool accept() { return !ssl_ || SSL_accept(ssl_.get()) == 1; }
  bool read(std::string& into) {
    std::array<char, 16384> bytes;
    auto count = ssl_ ? SSL_read(ssl_.get(), bytes.data(), static_cast<int>(bytes.size()))
                      : static_cast<int>(::recv(socket_, bytes.data(), bytes.size(), 0));
    if (count > 0) into.append(bytes.data(), static_cast<std::size_t>(count));
    return count > 0;
  }
  bool write(const std::string& bytes) {
    if (bytes.empty()) return true;
    if (ssl_) return SSL_write(ssl_.get(), bytes.data(), static_cast<int>(bytes.size())) > 0;
    return ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size());
  }

 private:
  int socket_;
  std::unique_ptr<SSL, decltype(&SSL_free)> ssl_;
};

/// A request of the courier's, whose length always stands last in its head; empty at the connection's end.
std::string read_request(Stream& stream, std::string& buffer) {
  std::size_t end = 0;
  while ((end = buffer.find("\r\n\r\n")) == std::string::npos)
    if (!stream.read(buffer)) return {};
  std::string head = buffer.substr(0, end + 2);
  std::size_t whole = end + 4 + std::stoul(head.substr(head.rfind("Content-Length: ") + 16));
  while (buffer.size() < whole)
    if (!stream.read(buffer)) return {};
  buffer.erase(0, whole);
  return head;
}

}  // namespace

RawServer::RawServer(Script script, bool v6, ssl_ctx_st* tls, bool hasty)
    : script_(std::move(script)), secure_(tls != nullptr), hasty_(hasty), tls_(tls) {
  listener_ = ::socket(v6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in v4_address{};
  v4_address.sin_family = AF_INET;
  v4_address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  sockaddr_in6 v6_address{};
  v6_address.sin6_family = AF_INET6;
  v6_address.sin6_addr = in6addr_loopback;
  auto* address = v6 ? reinterpret_cast<sockaddr*>(&v6_address) : reinterpret_cast<sockaddr*>(&v4_address);
  socklen_t size = v6 ? sizeof v6_address : sizeof v4_address;
  if (::bind(listener_, address, size) != 0 || ::listen(listener_, 128) != 0)
    throw std::runtime_error("the server can't listen");
  ::getsockname(listener_, address, &size);
  port_ = ntohs(v6 ? v6_address.sin6_port : v4_address.sin_port);
  acceptor_ = std::thread([this] {
    for (int socket = 0; (socket = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC)) >= 0;) {
      std::lock_guard lock(mutex_);
      sockets_.push_back(socket);
      threads_.emplace_back([this, socket, number = connections_++] { serve(socket, number); });
    }
  });
}

RawServer::~RawServer() {
  ::shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  ::close(listener_);
  for (int socket : sockets_) ::shutdown(socket, SHUT_RDWR);
  for (std::thread& thread : threads_) thread.join();
  for (int socket : sockets_) ::close(socket);
}

std::string RawServer::url(const std::string& host) const {
  return (secure_ ? "https://" : "http://") + host + ":" + std::to_string(port_) + "/hook";
}

std::vector<std::string> RawServer::heads() const {
  std::lock_guard lock(mutex_);
  return heads_;
}

bool RawServer::wait_for(std::size_t requests) const {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, std::chrono::seconds(20), [&] { return heads_.size() >= requests; });
}

bool RawServer::wait_ended(std::size_t count) const {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, std::chrono::seconds(20), [&] { return ended_ >= count; });
}

void RawServer::serve(int socket, std::size_t number) {
  Stream stream(socket, tls_);
  std::string buffer;
  bool open = stream.accept();
  if (hasty_) open = stream.write(script_(number, 0).bytes);
  for (std::size_t request = 0; open; ++request) {
    std::string head = read_request(stream, buffer);
    if (head.empty()) break;
    {
      std::lock_guard lock(mutex_);
      heads_.push_back(head);
    }
    changed_.notify_all();
    RawAnswer answer = script_(number, request);
    open = stream.write(answer.bytes) && !answer.closes;
  }
  ::shutdown(socket, SHUT_RDWR);
  {
    std::lock_guard lock(mutex_);
    ++ended_;
  }
  changed_.notify_all();
}

}  // namespace netweave::testing
