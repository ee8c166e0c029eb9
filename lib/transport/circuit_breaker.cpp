#include "transport/circuit_breaker.hpp"

#include <utility>

namespace netweave::transport {

CircuitBreaker::CircuitBreaker(Clock clock) : clock_(std::move(clock)) {}

Result<void> CircuitBreaker::admit() {
  std::lock_guard lock(mutex_);
  if (!open_) return {};
  auto now = clock_();
  if (now >= next_probe_) {
    next_probe_ = now + probe_interval;  // one that is never heard of again does not block the next
    return {};
  }
  Error error =
      make_error(ErrorKind::unavailable, "the backend failed several times in a row and is left alone for now");
  error.from_backend = true;
  error.code = "RETRYABLE";
  error.retry_after = std::chrono::ceil<std::chrono::milliseconds>(next_probe_ - now);
  return error;
}

void CircuitBreaker::success() {
  std::lock_guard lock(mutex_);
  failures_.clear();
  open_ = false;
}

void CircuitBreaker::failure() {
  std::lock_guard lock(mutex_);
  auto now = clock_();
  while (!failures_.empty() && now - failures_.front() > window) failures_.pop_front();
  failures_.push_back(now);
  if (failures_.size() > failures_to_open) failures_.pop_front();
  if (open_ || failures_.size() < failures_to_open) return;
  open_ = true;
  next_probe_ = now + probe_interval;
}

bool CircuitBreaker::open() const {
  std::lock_guard lock(mutex_);
  return open_;
}

}  // namespace netweave::transport
