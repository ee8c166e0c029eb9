#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <utility>

namespace netweave::http {

/// The places of TLS handshakes, over all loops. Any thread.
class HandshakeGate {
 public:
  explicit HandshakeGate(std::size_t places) : left_(places) {}

  /// True: there was a place. False: `turn` is called when there is one, which is then the caller's, whether it still
  /// wants it or not; oldest first, from any thread; it must not call back.
  bool enter(std::function<void()> turn) {
    std::lock_guard lock(mutex_);
    if (left_ == 0) {
      waiting_.push_back(std::move(turn));
      return false;
    }
    --left_;
    return true;
  }

  /// Gives a place back.
  void leave() {
    std::function<void()> turn;
    {
      std::lock_guard lock(mutex_);
      if (waiting_.empty()) {
        ++left_;
        return;
      }
      turn = std::move(waiting_.front());
      waiting_.pop_front();
    }
    turn();
  }

 private:
  std::mutex mutex_;
  std::size_t left_;
  std::deque<std::function<void()>> waiting_;
};

}  // namespace netweave::http
