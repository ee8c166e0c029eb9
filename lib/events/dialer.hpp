#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "events/socket_poll.hpp"
#include "transport/address_guard.hpp"

namespace netweave::events {

/// Opens TCP connections, many at once: libcurl resolves names, in a thread each so that a slow one holds up no other,
/// keeps them a minute, and tries IPv6 and IPv4 side by side (RFC 8305). Every address passes the guard before it is
/// dialled, so a name that resolves differently the second time is no way around. One thread.
class Dialer {
 public:
  struct Outcome {
    std::uint64_t token = 0;  ///< the caller's name for it
    int socket = -1;          ///< not blocking, and the caller's; -1: none
    std::string error;        ///< why not
  };

  /// Both must outlive it.
  Dialer(SocketPoll& poll, const transport::AddressGuard& guard, std::chrono::milliseconds timeout);
  ~Dialer();
  Dialer(const Dialer&) = delete;
  Dialer& operator=(const Dialer&) = delete;

  /// `host`: a name, or an address, IPv6 in brackets.
  void dial(std::uint64_t token, const std::string& host, std::uint16_t port);
  /// No outcome comes.
  void cancel(std::uint64_t token);
  /// To be called with what the poll gives of sockets that are not the caller's.
  void on_ready(const SocketPoll::Ready& ready);
  /// When it wants `take` to be called anyway; `max` for never.
  [[nodiscard]] std::chrono::steady_clock::time_point due() const;
  /// What has come to its end.
  std::vector<Outcome> take();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace netweave::events
