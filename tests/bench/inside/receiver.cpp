#include "receiver.hpp"

#include <array>
#include <chrono>
#include <cstdlib>
#include <string_view>

#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace netweave::bench {

std::int64_t now_ns() { return std::chrono::steady_clock::now().time_since_epoch().count(); }

Receiver::Receiver() {
  listener_ = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  if (::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(listener_, 1024) != 0)
    std::abort();
  ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
  port_ = ntohs(address.sin_port);
  std::thread([this] { work(); }).detach();  // the program ends by _Exit
}

std::vector<double> Receiver::wait(std::size_t count) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, std::chrono::seconds(30), [&] { return latencies_.size() >= count; });
  return latencies_;
}

void Receiver::work() {
  int poll = ::epoll_create1(0);
  auto attend = [&](int socket) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = socket;
    ::epoll_ctl(poll, EPOLL_CTL_ADD, socket, &event);
  };
  attend(listener_);
  std::array<epoll_event, 256> ready;
  for (;;) {
    int count = ::epoll_wait(poll, ready.data(), static_cast<int>(ready.size()), -1);
    for (int i = 0; i < count; ++i) {
      int socket = ready.at(static_cast<std::size_t>(i)).data.fd;
      if (socket == listener_) {
        int peer = ::accept(listener_, nullptr, nullptr);
        if (peer >= 0) attend(peer);
      } else if (!receive(socket, peers_[socket])) {
        peers_.erase(socket);
        ::close(socket);
      }
    }
  }
}

bool Receiver::receive(int socket, Peer& peer) {
  std::array<char, 65536> bytes;
  ssize_t got = ::recv(socket, bytes.data(), bytes.size(), 0);
  if (got <= 0) return false;
  if (peer.bytes.empty()) peer.arrived = now_ns();
  peer.bytes.append(bytes.data(), static_cast<std::size_t>(got));
  take(socket, peer);
  return true;
}

/// A client has one request under way on a connection.
void Receiver::take(int socket, Peer& peer) {
  constexpr std::string_view length_name = "Content-Length: ";
  constexpr std::string_view stamp_name = "stamp:";
  constexpr std::string_view answer = "HTTP/1.1 204 No Content\r\n\r\n";
  std::size_t end = peer.bytes.find("\r\n\r\n");
  std::size_t length_at = peer.bytes.find(length_name);
  if (end == std::string::npos || length_at == std::string::npos) return;
  std::size_t length = std::strtoull(peer.bytes.c_str() + length_at + length_name.size(), nullptr, 10);
  if (peer.bytes.size() < end + 4 + length) return;
  std::size_t stamp_at = peer.bytes.find(stamp_name, end);
  std::int64_t stamp =
      stamp_at == std::string::npos ? 0 : std::strtoll(peer.bytes.c_str() + stamp_at + stamp_name.size(), nullptr, 10);
  (void)::send(socket, answer.data(), answer.size(), MSG_NOSIGNAL);
  peer.bytes.clear();
  if (stamp == 0) return;
  std::lock_guard lock(mutex_);
  latencies_.push_back(static_cast<double>(peer.arrived - stamp) / 1e6);
  changed_.notify_all();
}

}  // namespace netweave::bench
