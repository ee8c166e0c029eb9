#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <stop_token>
#include <vector>

#include "store/store.hpp"

/// Where the log begins and ends, and its newest entries: readers that keep up never touch the disk or the network, nor
/// wait for a commit that does. Any thread.
namespace netweave::store {

class Recent {
 public:
  /// Keeps at most `capacity` entries.
  explicit Recent(std::size_t capacity) : capacity_(capacity) {}
  /// Forgets what it has.
  void begin(Revision oldest, Revision head);
  /// While the log's history is broken, nobody waits for its going on.
  void set_broken(bool broken);

  /// Committed entries, the block after the head.
  void append(std::vector<Entry> entries);
  void forget(Revision upto);

  /// nullopt: it is in the log, but not here. `not_found`: not in the log.
  [[nodiscard]] Result<std::optional<std::vector<Entry>>> read(Revision after, std::size_t max) const;
  Revision wait(Revision after, std::chrono::steady_clock::time_point deadline, std::stop_token stop) const;
  [[nodiscard]] Revision head() const;
  [[nodiscard]] Revision oldest() const;

 private:
  const std::size_t capacity_;
  mutable std::mutex mutex_;
  mutable std::condition_variable_any grown_;
  Revision oldest_ = 0;
  Revision head_ = 0;
  bool broken_ = false;
  std::deque<Entry> entries_;  // the last of them is head_'s
};

}  // namespace netweave::store
