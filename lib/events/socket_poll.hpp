#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace netweave::events {

/// Which of many sockets can be read or written, at a cost of how many are ready (epoll). One thread, but for `wake`.
class SocketPoll {
 public:
  struct Ready {
    int socket = -1;
    bool reads = false;
    bool writes = false;
    bool broken = false;
  };

  /// Throws std::system_error where the process may open no more files.
  SocketPoll();
  ~SocketPoll();
  SocketPoll(const SocketPoll&) = delete;
  SocketPoll& operator=(const SocketPoll&) = delete;

  /// From now on for reading, for writing, both or, with neither, not at all, as it must be before it is closed.
  void watch(int socket, bool reads, bool writes);
  /// Some of those that are ready, after at most the timeout, and none after `wake`. Valid until the next call.
  std::span<const Ready> wait(std::chrono::milliseconds timeout);
  /// Ends the present or the next `wait`. Any thread.
  void wake();

 private:
  int poll_ = -1;
  int wakes_ = -1;
  std::vector<std::uint32_t> asked_;  // of the kernel, by socket: 0 for none
  std::array<Ready, 256> ready_{};
};

}  // namespace netweave::events
