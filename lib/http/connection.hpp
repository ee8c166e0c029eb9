#pragma once

#include <chrono>
#include <cstddef>

namespace netweave::http {

/// After its last answer a connection reads and throws away so much, for so long: a socket that is closed with bytes
/// unread resets the connection, and the client may lose the answer that says why.
inline constexpr std::size_t linger_bytes = std::size_t{4} << 20;
inline constexpr std::chrono::milliseconds linger_time{5000};

using TimePoint = std::chrono::steady_clock::time_point;

/// A socket that a loop keeps: in its handshake, or speaking a version of HTTP. The loop owns it, and its thread alone
/// touches it; a read or a wait under way keeps it alive.
class Connection {
 public:
  Connection() = default;
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  virtual ~Connection() = default;

  virtual void start() = 0;
  /// When `expire` is due.
  [[nodiscard]] TimePoint deadline() const noexcept { return deadline_; }
  virtual void expire() = 0;
  /// The server stops: see Loop::drain.
  virtual void drain() = 0;
  virtual void close(bool reset) = 0;

  std::size_t slot = 0;  ///< the loop's: where it stands in its list

 protected:
  TimePoint deadline_ = TimePoint::max();
};

}  // namespace netweave::http
