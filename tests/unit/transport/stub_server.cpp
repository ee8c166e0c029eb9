#include "unit/transport/stub_server.hpp"

#include <algorithm>
#include <cstdlib>
#include <stdexcept>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace {

/// The whole request's length once its head is complete; 0 before.
std::size_t length_of(const std::string& bytes) {
  std::size_t end = bytes.find("\r\n\r\n");
  if (end == std::string::npos) return 0;
  std::size_t field = bytes.find("Content-Length: ");
  std::size_t body = field < end ? std::strtoul(bytes.c_str() + field + 16, nullptr, 10) : 0;
  return end + 4 + body;
}

}  // namespace

bool StubServer::Peer::write(std::string_view bytes) const {
  while (!bytes.empty()) {
    ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

bool StubServer::Peer::answer(int status, std::string_view body, std::string_view extra_headers) const {
  return write("HTTP/1.1 " + std::to_string(status) + " Said\r\nContent-Length: " + std::to_string(body.size()) +
               "\r\n" + std::string(extra_headers) + "\r\n" + std::string(body));
}

void StubServer::Peer::cut() const { ::shutdown(socket_, SHUT_RDWR); }

void StubServer::Peer::wait_for_end() const {
  char byte = 0;
  while (::recv(socket_, &byte, 1, 0) > 0) {
  }
}

StubServer::StubServer(Script script) : script_(std::move(script)) {
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(listener_, 16) != 0 ||
      ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0)
    throw std::runtime_error("no port for the stub server");
  port_ = ntohs(address.sin_port);
  acceptor_ = std::thread([this] { accept_all(); });
}

StubServer::~StubServer() {
  ::shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  {
    std::lock_guard lock(mutex_);
    for (int socket : sockets_) ::shutdown(socket, SHUT_RDWR);
  }
  for (std::thread& thread : threads_) thread.join();
  for (int socket : sockets_) ::close(socket);
  ::close(listener_);
}

std::string StubServer::url(std::string_view path) const {
  return "http://127.0.0.1:" + std::to_string(port_) + std::string(path);
}

std::vector<StubServer::Request> StubServer::requests() const {
  std::lock_guard lock(mutex_);
  return requests_;
}

void StubServer::accept_all() {
  for (unsigned number = 1;; ++number) {
    int socket = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (socket < 0) return;
    std::lock_guard lock(mutex_);
    sockets_.push_back(socket);
    threads_.emplace_back([this, socket, number] { serve(socket, number); });
  }
}

void StubServer::serve(int socket, unsigned number) {
  std::string bytes;
  char buffer[4096];
  while (true) {
    ssize_t got = ::recv(socket, buffer, sizeof buffer, 0);
    if (got <= 0) return;
    bytes.append(buffer, static_cast<std::size_t>(got));
    std::size_t length = length_of(bytes);
    if (length == 0 || bytes.size() < length) continue;
    std::size_t head = bytes.find("\r\n\r\n");
    Request request{bytes.substr(0, head), bytes.substr(head + 4, length - head - 4), number};
    bytes.erase(0, length);
    {
      std::lock_guard lock(mutex_);
      requests_.push_back(request);
    }
    script_(request, Peer(socket));
  }
}
