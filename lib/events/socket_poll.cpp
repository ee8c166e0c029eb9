#include "events/socket_poll.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <limits>
#include <system_error>

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

namespace netweave::events {

SocketPoll::SocketPoll() : poll_(epoll_create1(EPOLL_CLOEXEC)), wakes_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
  if (poll_ < 0 || wakes_ < 0) {
    int code = errno;
    if (poll_ >= 0) close(poll_);
    if (wakes_ >= 0) close(wakes_);
    throw std::system_error(code, std::generic_category(), "epoll");
  }
  watch(wakes_, true, false);
}

SocketPoll::~SocketPoll() {
  close(wakes_);
  close(poll_);
}

void SocketPoll::ask(int socket, Interest& interest, std::uint32_t events) const {
  if (events == interest.asked) return;
  epoll_event event{};
  event.events = events;
  event.data.fd = socket;
  int how = events == 0 ? EPOLL_CTL_DEL : interest.asked == 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD;
  epoll_ctl(poll_, how, socket, &event);
  interest.asked = events;
}

SocketPoll::Interest& SocketPoll::of(int socket) {
  auto place = static_cast<std::size_t>(socket);
  if (place >= interests_.size()) interests_.resize(place + 1);
  return interests_[place];
}

/// A connection that rests between two requests stays with the kernel as it was, and is taken away only when something
/// comes on it meanwhile: else each request would cost three calls.
void SocketPoll::watch(int socket, bool reads, bool writes) {
  Interest& interest = of(socket);
  interest.wanted = (reads ? std::uint32_t{EPOLLIN} : 0U) | (writes ? std::uint32_t{EPOLLOUT} : 0U);
  if (interest.wanted != 0 || !interest.retained) ask(socket, interest, interest.wanted);
}

void SocketPoll::retain(int socket) { of(socket) = {0, 0, true}; }

void SocketPoll::forget(int socket) {
  Interest& interest = of(socket);
  ask(socket, interest, 0);
  interest = {};
}

std::span<const SocketPoll::Ready> SocketPoll::wait(std::chrono::milliseconds timeout) {
  std::array<epoll_event, std::tuple_size_v<decltype(ready_)>> events;
  auto most = std::int64_t{std::numeric_limits<int>::max()};
  int count = epoll_wait(poll_, events.data(), static_cast<int>(events.size()),
                         static_cast<int>(std::clamp<std::int64_t>(timeout.count(), 0, most)));
  std::size_t given = 0;
  for (std::size_t i = 0; i < static_cast<std::size_t>(std::max(count, 0)); ++i) {
    const epoll_event& event = events.at(i);
    Interest& interest = of(event.data.fd);
    std::uint64_t wakes = 0;
    if (event.data.fd == wakes_)
      static_cast<void>(read(wakes_, &wakes, sizeof(wakes)) < 0);
    else if (interest.wanted == 0)
      ask(event.data.fd, interest, 0);
    else
      ready_.at(given++) = {event.data.fd, (event.events & (EPOLLIN | EPOLLHUP)) != 0, (event.events & EPOLLOUT) != 0,
                            (event.events & EPOLLERR) != 0};
  }
  return {ready_.data(), given};
}

void SocketPoll::wake() {
  std::uint64_t one = 1;
  static_cast<void>(write(wakes_, &one, sizeof(one)) < 0);  // full: it is awake
}

}  // namespace netweave::events
