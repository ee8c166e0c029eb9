#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <future>
#include <map>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <unordered_map>
#include <vector>

#include "base/log.hpp"
#include "base/time.hpp"
#include "base/trace.hpp"
#include "state/state.hpp"
#include "store/store.hpp"

namespace netweave::state {

/// What a transaction sees and stages: the newest state, its own changes, and those of the transactions that will be
/// committed along with it. For the writer's thread, inside the transaction alone.
class Transaction {
 public:
  /// The object as it will be after what is staged so far; empty where there is none.
  [[nodiscard]] ObjectRef get(Kind kind, std::string_view id) const;
  /// The same, and the commit goes through only where the store has it so too: else the step runs again on what the
  /// store has. For a decision that rests on an object which it does not change.
  [[nodiscard]] ObjectRef rely(Kind kind, std::string_view id);
  /// Stages the object's new state.
  void put(const model::Draft& draft);
  /// Stages it unless another transaction of this commit has, which is as good: for what only orders commits.
  void share(const model::Draft& draft);
  /// Stages its removal; nothing where it isn't there.
  void remove(Kind kind, std::string_view id);

  /// The commit goes through only while that lease is held under that token: else this transaction ends with `denied`.
  void require(const store::Fence& fence);

  /// Ends this run, and has the transaction run once more after what is staged was committed: for a removal and a
  /// creation under one id, which are two entries.
  void again() noexcept { again_ = true; }
  [[nodiscard]] bool runs_again() const noexcept { return again_; }

  /// The committed state beneath; without what is staged.
  [[nodiscard]] const Snapshot& base() const noexcept { return *base_; }
  /// The commit's time: what createdAt and updatedAt say.
  [[nodiscard]] Millis time() const noexcept { return time_; }
  /// What is staged in this commit, with what other transactions staged.
  [[nodiscard]] std::span<const store::Change> changes() const noexcept { return changes_; }
  [[nodiscard]] std::size_t staged() const noexcept { return changes_.size(); }

 private:
  friend class Writer;
  Transaction(SnapshotRef base, Millis time) : base_(std::move(base)), time_(time) {}
  void stage(store::Change change);
  void unstage(std::size_t at);
  void roll_back(std::size_t to);

  SnapshotRef base_;
  Millis time_;
  std::vector<store::Change> changes_;
  std::vector<store::Fence> fences_;
  std::vector<store::Expectation> expectations_;
  bool fenced_ = false;                                  // the transaction that runs asked for a fence
  std::unordered_map<std::string, std::size_t> staged_;  // key to its place in changes_
  std::size_t own_ = 0;                                  // changes_ before this belong to other transactions
  bool collided_ = false;                                // it touched what another one of this commit changes
  bool again_ = false;
};

/// Decides, from the state alone, what to change. It may run several times: another gateway may have changed what it
/// read. An error stages nothing and is handed to who submitted it; so is an exception, as `internal`.
using Step = std::function<Result<void>(Transaction&)>;
/// The revision that the change, and all before it, are folded at; on the writer's thread.
using Committed = std::function<void(Result<Revision>)>;

struct WriterOptions {
  std::chrono::milliseconds commit_delay{5};  ///< the longest that gathering one commit may take
  std::size_t max_queued = 20000;             ///< `submit` blocks, `offer` refuses, beyond it
  Clock clock;
  Log log;
};

/// The one place where anything changes: steps queue up, are run in order against the newest state, and what
/// they stage is committed in groups; their answers wait until this gateway has folded the commit.
class Writer {
 public:
  Writer(store::Log& log, const State& state, WriterOptions options);
  /// Stops: what is queued is answered with `cancelled`.
  ~Writer();

  /// Queues a step; blocks while the queue is full. Any thread; on the writer's own (a `done`) it never blocks.
  void submit(Step step, Committed done);
  /// The same without waiting: false when the queue is full or the writer has stopped.
  bool offer(Step step, Committed done);
  /// Queues a step and waits for its end. Any thread but the writer's.
  Result<Revision> run(Step step);
  void stop();

  /// Why the last commit failed; empty while commits succeed. Any thread.
  [[nodiscard]] std::string fault() const;

 private:
  struct Queued {
    Step step;
    Committed done;
    TraceContext trace{};  // of who submitted it
    bool fenced = false;   // by what its last run asked for
  };
  struct Group;
  void work(std::stop_token stop);
  void gather(Group& group);
  void commit(Group& group);
  void decide_again(Group& group, const Error& why);
  bool take(Queued& next);
  void set_fault(std::string fault);
  static Result<void> attempt(const Step& step, Transaction& transaction);

  store::Log& log_;
  const State& state_;
  WriterOptions options_;
  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  std::string fault_;
  std::deque<Queued> queue_;
  bool stopped_ = false;
  std::thread::id writing_;  // the writer's thread, under mutex_
  std::jthread thread_;
};

/// Follows the log and folds it: whatever was committed, by whomever.
class Tail {
 public:
  /// Called after each fold with what was folded; the tail's thread. Must not block for long.
  using Observer = std::function<void(std::span<const store::Entry>)>;

  Tail(store::Log& log, State& state, Log logger) : log_(log), state_(state), logger_(std::move(logger)) {}
  ~Tail() { stop(); }

  /// Before `start`.
  void observe(Observer observer) { observers_.push_back(std::move(observer)); }
  /// Before `start`. Called when the log has begun another epoch, which the state shows by then; the tail's thread.
  void observe_epochs(std::function<void()> observer) { epoch_observers_.push_back(std::move(observer)); }
  void start();
  void stop();
  /// Waits until the observers were told of all that the state shows now. Any thread but the tail's.
  void settle() const noexcept {
    std::uint32_t at = folds_.load();
    if (at % 2 == 1) folds_.wait(at);
  }

 private:
  void work(std::stop_token stop);
  void begin_epoch();

  store::Log& log_;
  State& state_;
  Log logger_;
  std::vector<Observer> observers_;
  std::vector<std::function<void()>> epoch_observers_;
  std::atomic<std::uint32_t> folds_{0};  // odd while the state may show what the observers don't know yet
  std::jthread thread_;
};

}  // namespace netweave::state
