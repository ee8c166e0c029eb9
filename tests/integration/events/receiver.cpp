#include "receiver.hpp"

#include <algorithm>
#include <stdexcept>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace netweave::testing {
namespace {

/// Reads until `buffer` holds the whole of one request; false at the connection's end.
bool read_request(int socket, std::string& buffer, Received& request) {
  auto more = [&] {
    char bytes[16384];
    ssize_t count = ::recv(socket, bytes, sizeof bytes, 0);
    if (count > 0) buffer.append(bytes, static_cast<std::size_t>(count));
    return count > 0;
  };
  std::size_t end = 0;
  while ((end = buffer.find("\r\n\r\n")) == std::string::npos)
    if (!more()) return false;
  std::string head = buffer.substr(0, end + 2);
  buffer.erase(0, end + 4);
  auto space = head.find(' ');
  request.method = head.substr(0, space);
  request.target = head.substr(space + 1, head.find(' ', space + 1) - space - 1);
  for (std::size_t at = head.find("\r\n") + 2; at < head.size();) {
    std::size_t line_end = head.find("\r\n", at);
    std::string line = head.substr(at, line_end - at);
    auto colon = line.find(':');
    std::string name = line.substr(0, colon);
    std::transform(name.begin(), name.end(), name.begin(),
                   [](unsigned char c) { return static_cast<char>(tolower(c)); });
    request.headers[name] = line.substr(line.find_first_not_of(' ', colon + 1));
    at = line_end + 2;
  }
  std::size_t length = request.headers.count("content-length") ? std::stoul(request.headers["content-length"]) : 0;
  while (buffer.size() < length)
    if (!more()) return false;
  request.body = buffer.substr(0, length);
  buffer.erase(0, length);
  return true;
}

}  // namespace

Receiver::Receiver(Script script) : script_(std::move(script)) {
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(listener_, 1024) != 0)
    throw std::runtime_error("the receiver can't listen");
  ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
  port_ = ntohs(address.sin_port);
  acceptor_ = std::thread([this] { accept_all(); });
}

Receiver::~Receiver() {
  stopping_ = true;
  ::shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  ::close(listener_);
  {
    std::lock_guard lock(mutex_);
    for (int socket : sockets_) ::shutdown(socket, SHUT_RDWR);
  }
  changed_.notify_all();
  for (std::thread& thread : threads_) thread.join();
  for (int socket : sockets_) ::close(socket);
}

std::string Receiver::url(const std::string& path) const { return "http://127.0.0.1:" + std::to_string(port_) + path; }

void Receiver::answer_with(Script script) {
  std::lock_guard lock(mutex_);
  script_ = std::move(script);
}

std::vector<Received> Receiver::all() const {
  std::lock_guard lock(mutex_);
  return received_;
}

bool Receiver::wait_for(std::size_t count, std::chrono::seconds longest) const {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, longest, [&] { return received_.size() >= count; });
}

std::size_t Receiver::most_at_once() const {
  std::lock_guard lock(mutex_);
  return most_;
}

void Receiver::accept_all() {
  while (true) {
    int socket = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (socket < 0) return;
    ++connections_;
    std::lock_guard lock(mutex_);
    sockets_.push_back(socket);
    threads_.emplace_back([this, socket] { serve(socket); });
  }
}

Answer Receiver::receive(Received request) {
  Script script;
  {
    std::lock_guard lock(mutex_);
    script = script_;
    most_ = std::max(most_, ++now_);
  }
  request.at = std::chrono::steady_clock::now();
  Answer answer = script ? script(request) : Answer();
  {
    std::lock_guard lock(mutex_);
    received_.push_back(std::move(request));
    --now_;
  }
  changed_.notify_all();
  return answer;
}

void Receiver::serve(int socket) {
  std::string buffer;
  for (Received request; read_request(socket, buffer, request); request = Received()) {
    Answer answer = receive(std::move(request));
    if (answer.hang) {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [&] { return stopping_.load(); });
      return;
    }
    std::string text = "HTTP/1.1 " + std::to_string(answer.status) + " Told\r\n" + answer.headers;
    if (answer.status != 204) text += "Content-Length: " + std::to_string(answer.body.size()) + "\r\n";
    text += "\r\n" + answer.body;
    if (::send(socket, text.data(), text.size(), MSG_NOSIGNAL) < 0) return;
  }
  // the peer closed it: so do we, once all is over (the number must not be used anew before)
  ::shutdown(socket, SHUT_RDWR);
}

}  // namespace netweave::testing
