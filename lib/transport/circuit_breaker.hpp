#pragma once

#include <chrono>
#include <deque>
#include <functional>
#include <mutex>

#include "netweave/result.hpp"

namespace netweave::transport {

/// Spares a backend that fails, and its callers the wait: five failures within 30 s open it, then one call each 10 s is
/// let through as a probe, and the first success closes it. Any thread.
class CircuitBreaker {
 public:
  using Clock = std::function<std::chrono::steady_clock::time_point()>;

  static constexpr std::size_t failures_to_open = 5;
  static constexpr std::chrono::seconds window{30};
  static constexpr std::chrono::seconds probe_interval{10};

  explicit CircuitBreaker(Clock clock = [] { return std::chrono::steady_clock::now(); });

  /// Asks before a call. Errors: `unavailable` while it is open, with `retry_after` at the next probe.
  Result<void> admit();
  /// Tells of a call's end, admitted or not. A call that was cancelled tells nothing.
  void success();
  void failure();
  [[nodiscard]] bool open() const;

 private:
  Clock clock_;
  mutable std::mutex mutex_;
  std::deque<std::chrono::steady_clock::time_point> failures_;  // the last ones, within the window
  bool open_ = false;
  std::chrono::steady_clock::time_point next_probe_;
};

}  // namespace netweave::transport
