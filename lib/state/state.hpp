#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "state/columns.hpp"
#include "state/snapshot.hpp"
#include "store/store.hpp"

namespace netweave::state {

/// The log folded into snapshots. One thread applies entries; any thread reads.
class State {
 public:
  /// `column_bytes`: what the columns of scans may take in all (columns.hpp).
  explicit State(std::size_t column_bytes = std::size_t{256} << 20U);
  ~State();
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  /// The whole state at once, before anything else.
  void load(std::vector<ObjectRef> objects, Revision head, std::string epoch = {});
  /// The whole state of another epoch, in place of what was folded. The thread that applies.
  void replace(std::vector<ObjectRef> objects, Revision head, std::string epoch);
  /// Entries in order, directly after the present revision; they become one snapshot. One thread. Frees what no
  /// reader can see any more.
  void apply(std::span<const store::Entry> entries);

  /// The newest snapshot. Any thread; does not wait for `apply`.
  [[nodiscard]] SnapshotRef snapshot() const;
  [[nodiscard]] Revision revision() const;
  /// Any thread.
  [[nodiscard]] ColumnBudget& column_budget() const noexcept { return column_budget_; }
  /// Blocks until `revision` is folded; false at the deadline or the stop.
  bool wait(Revision revision, std::chrono::steady_clock::time_point deadline, std::stop_token stop = {}) const;
  /// Blocks until what is folded is of that epoch; false at the deadline or the stop.
  bool wait_epoch(const std::string& epoch, std::chrono::steady_clock::time_point deadline, std::stop_token stop) const;

 private:
  /// Readers are spread over these, so that two of them seldom meet on one lock.
  struct alignas(64) Cell {
    mutable std::mutex mutex;
    SnapshotRef snapshot;
  };
  [[nodiscard]] std::unique_ptr<Snapshot> following(const Snapshot& last) const;
  void put(Snapshot& next, const Object* object, Retired& retired);
  void index(Snapshot& next, const Object* object, const Object* old, Retired& retired);
  void remove(Snapshot& next, const Object& object, Retired& retired);
  void publish(std::unique_ptr<Snapshot> next);
  void reclaim();

  mutable ColumnBudget column_budget_;
  std::vector<std::uint64_t> groups_;      // of the object that is put
  std::vector<std::uint64_t> old_groups_;  // of the one that it replaces
  static constexpr std::size_t cell_count = 16;
  std::array<Cell, cell_count> cells_;
  std::deque<std::unique_ptr<Snapshot>> live_;  // oldest first; the last is the newest
  std::uint64_t edit_ = 0;
  mutable std::mutex mutex_;
  mutable std::condition_variable_any grown_;
  Revision revision_ = 0;
  std::string epoch_;
};

}  // namespace netweave::state
