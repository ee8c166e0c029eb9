#pragma once

#include <chrono>

namespace netweave::store::redis {

/// Ends whatever waits for a server, at once and for good: the store is being closed. Any thread.
class Interrupt {
 public:
  Interrupt();
  Interrupt(const Interrupt&) = delete;
  Interrupt& operator=(const Interrupt&) = delete;
  ~Interrupt();

  void raise() const;
  [[nodiscard]] bool raised() const;
  /// Readable once it was raised; for poll.
  [[nodiscard]] int descriptor() const noexcept { return descriptor_; }
  /// Sleeps; false: it was raised.
  [[nodiscard]] bool pause(std::chrono::milliseconds time) const;

 private:
  int descriptor_;
};

}  // namespace netweave::store::redis
