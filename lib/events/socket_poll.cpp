#include "events/socket_poll.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <limits>
#include <system_error>
#include <utility>

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

void SocketPoll::watch(int socket, bool reads, bool writes) {
  auto place = static_cast<std::size_t>(socket);
  if (place >= asked_.size()) asked_.resize(place + 1);
  std::uint32_t events = (reads ? std::uint32_t{EPOLLIN} : 0U) | (writes ? std::uint32_t{EPOLLOUT} : 0U);
  std::uint32_t before = std::exchange(asked_[place], events);
  if (events == before) return;
  epoll_event event{};
  event.events = events;
  event.data.fd = socket;
  epoll_ctl(poll_, events == 0 ? EPOLL_CTL_DEL : before == 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, socket, &event);
}

std::span<const SocketPoll::Ready> SocketPoll::wait(std::chrono::milliseconds timeout) {
  std::array<epoll_event, std::tuple_size_v<decltype(ready_)>> events;
  auto most = std::int64_t{std::numeric_limits<int>::max()};
  int count = epoll_wait(poll_, events.data(), static_cast<int>(events.size()),
                         static_cast<int>(std::clamp<std::int64_t>(timeout.count(), 0, most)));
  std::size_t given = 0;
  for (std::size_t i = 0; i < static_cast<std::size_t>(std::max(count, 0)); ++i) {
    const epoll_event& event = events.at(i);
    std::uint64_t wakes = 0;
    if (event.data.fd == wakes_)
      static_cast<void>(read(wakes_, &wakes, sizeof(wakes)) < 0);
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
