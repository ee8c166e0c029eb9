#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "base/log.hpp"
#include "limits/bucket.hpp"
#include "store/store.hpp"

namespace netweave::limits {

using Now = std::function<Nanos()>;

/// Keeps the buckets that are in use in step with those that the fleet shares: all in one round trip, at most one in
/// 20 ms, and in the long run no more than one in 100 requests and two a second. While the store can't be reached the
/// buckets go on by themselves, each with its share of the limit.
class Lessee {
 public:
  struct Context {
    store::Buckets& store;
    std::function<unsigned()> members;  ///< how many share the buckets, as far as is known. Must not block.
    Log log;
    Now now;
  };
  explicit Lessee(Context context);
  ~Lessee() { stop(); }
  Lessee(const Lessee&) = delete;
  Lessee& operator=(const Lessee&) = delete;

  /// Keeps in step on a thread of its own.
  void start();
  /// Gives back what is held. Blocks; idempotent.
  void stop();

  /// From now on, until the bucket is not used any more; where there are too many, it dozes on. Any thread.
  void keep(std::shared_ptr<Bucket> bucket);
  /// A request was made. Any thread.
  void count() noexcept { requests_.fetch_add(1, std::memory_order_relaxed); }
  [[nodiscard]] unsigned members() const noexcept { return members_.load(std::memory_order_relaxed); }
  /// Whether the store could not be reached the last time. Any thread.
  [[nodiscard]] bool cut_off() const noexcept { return cut_off_.load(std::memory_order_relaxed); }
  [[nodiscard]] std::uint64_t round_trips() const noexcept { return round_trips_.load(std::memory_order_relaxed); }

  /// Buckets that are kept in step at present; for tests.
  [[nodiscard]] std::size_t kept() {
    std::lock_guard lock(mutex_);
    return kept_;
  }

  /// What the thread does every 20 ms; for tests without it. Blocks on the store.
  void round();

 private:
  void work(const std::stop_token& stop);
  bool due(Nanos now);
  void exchange(std::size_t count);
  void forgive();
  void settle(const std::vector<store::Drawn>& drawn);
  void lose_touch(const Error& error);

  Context context_;
  std::atomic<std::uint64_t> requests_{0};
  std::atomic<unsigned> members_{1};
  std::atomic<bool> cut_off_{false};
  std::atomic<std::uint64_t> round_trips_{0};
  std::mutex mutex_;  // fresh_ and kept_
  std::condition_variable_any timer_;
  std::vector<std::shared_ptr<Bucket>> fresh_;
  std::size_t kept_ = 0;  // in fresh_ and awake_
  std::vector<std::shared_ptr<Bucket>> awake_;
  double budget_;  // round trips that may be made
  Nanos looked_;
  Nanos not_before_ = 0;
  std::jthread thread_;
};

}  // namespace netweave::limits
