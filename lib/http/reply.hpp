#pragma once

#include <atomic>
#include <exception>
#include <memory>
#include <optional>
#include <utility>

#include "http/h1_connection.hpp"
#include "http/loop.hpp"

namespace netweave::http {

/// One of `in_flight`.
class InFlight {
 public:
  explicit InFlight(Shared& shared) : shared_(&shared) { ++shared_->in_flight; }
  InFlight(InFlight&& other) noexcept : shared_(std::exchange(other.shared_, nullptr)) {}
  InFlight& operator=(InFlight&&) = delete;
  ~InFlight() { release(); }
  void release() noexcept {
    if (Shared* shared = std::exchange(shared_, nullptr)) --shared->in_flight;
  }

 private:
  Shared* shared_;
};

/// What a connection waits for: a T that comes from any thread, once, perhaps before the call that asked returned,
/// perhaps when the client or the server is gone. Copies of one callback share it; when the last is dropped unused,
/// the connection is told. Keeps the loop alive, not the connection.
template <class T>
class Reply {
 public:
  Reply(Loop& loop, std::weak_ptr<H1Connection> connection, InFlight counted)
      : loop_(loop.shared_from_this()), connection_(std::move(connection)), counted_(std::move(counted)) {}
  Reply(Loop& loop, std::weak_ptr<H1Connection> connection)
      : loop_(loop.shared_from_this()), connection_(std::move(connection)) {}
  Reply(const Reply&) = delete;
  Reply& operator=(const Reply&) = delete;
  ~Reply() {
    if (settled_.load(std::memory_order_relaxed)) return;
    try {
      settle(std::nullopt);
    } catch (const std::exception& failure) {
      loop_->shared().log("error", failure.what());
    }
  }

  /// nullopt: it will never come. Only the first call counts.
  void settle(std::optional<T> value) {
    if (settled_.exchange(true)) return;
    if (counted_) counted_->release();
    if (loop_->here()) {
      auto connection = connection_.lock();
      if (!connection || connection->take_inline(this, value)) return;
    }
    loop_->post([connection = connection_, value = std::move(value)]() mutable {
      if (auto there = connection.lock()) there->arrived(std::move(value));
    });
  }

 private:
  std::shared_ptr<Loop> loop_;
  std::weak_ptr<H1Connection> connection_;
  std::optional<InFlight> counted_;
  std::atomic<bool> settled_{false};
};

}  // namespace netweave::http
