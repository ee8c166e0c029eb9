#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <thread>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "netweave/http/message.hpp"

#include "base/executor.hpp"
#include "events/stream.hpp"

namespace netweave::events {

struct StreamLimits {
  std::size_t max_streams = 5000;
  std::size_t buffer_bytes = std::size_t{1} << 20U;
  std::chrono::milliseconds bookmark_interval{15000};
  std::size_t max_inbox = 20000;  ///< entries that wait to be told before all read on from the log
};

/// What a stream is asked for with. Streams of one key are told the same, which is worked out once for all of them.
struct StreamRequest {
  std::string key;
  std::shared_ptr<const Topic> topic;
  std::string epoch;  ///< the history that `after` is a place in
  store::Revision after = 0;
  std::chrono::milliseconds timeout{0};  ///< 0: none
  /// Whether the reader still may: asked when a user, a role or a tenant changed. Must not block, nor call the hub.
  std::function<bool()> allowed = {};
};

/// The streams that are open, and one thread that tells them what the tail folds. A stream that begins in the past is
/// told from the log, by two more threads, as fast as its reader takes it, until it has caught up. A stream that has
/// nothing to say costs nothing but its bookmarks.
///
/// What is told follows from the log and the stream's place in it alone, so another gateway goes on with the next word.
class StreamHub : public std::enable_shared_from_this<StreamHub> {
 public:
  /// `folded`: up to where the state knows the log. `log` must outlive `stop`, not the hub: bodies keep that.
  static std::shared_ptr<StreamHub> make(store::Log& log, store::Revision folded, StreamLimits limits);
  ~StreamHub();

  /// The tail's thread, after each fold.
  void on_entries(std::span<const store::Entry> entries);
  /// The log has begun another epoch, folded up to there: streams of the one before end as gone. The tail's thread.
  void on_epoch(const std::string& epoch, store::Revision folded);

  /// A body that tells what comes after a revision, which the log must hold. Any thread. Errors: `exhausted` (too
  /// many), `unavailable` (stopping; another epoch has begun), `denied`.
  Result<http::Body> open(StreamRequest request);
  /// Runs what has to wait for the log; false where there is too much of it.
  bool later(std::function<void()> job) { return readers_.offer(std::move(job)); }

  /// Ends every stream with its last words, and opens no more. Any thread.
  void drain();
  /// The same, and waits for the threads.
  void stop();

  [[nodiscard]] std::size_t open_streams() const noexcept { return count_.load(); }
  [[nodiscard]] std::size_t ended(Ending why) const noexcept { return ended_.at(static_cast<std::size_t>(why)).load(); }

 private:
  using StreamRef = std::shared_ptr<Stream>;
  using Handovers = std::vector<Stream::Handover>;
  class Reading;
  struct Group {
    std::shared_ptr<const Topic> topic;
    std::vector<StreamRef> members;
  };

  StreamHub(store::Log& log, store::Revision folded, StreamLimits limits);
  void work();
  void tell(std::span<const store::Entry> entries, Handovers& out);
  void tell_group(Group& group, const Telling& telling, std::vector<StreamRef>& touched);
  void send_back(store::Revision told, std::vector<StreamRef>& behind);
  void check_deadlines(Handovers& out);
  void next(const StreamRef& stream, Stream::Ready ready);
  void replay(const StreamRef& stream);
  bool read_on(const StreamRef& stream);
  void schedule(const StreamRef& stream);
  bool attach(const StreamRef& stream);
  void detach(const StreamRef& stream);
  void set_due(const StreamRef& stream, TimePoint due);
  template <class Which>
  void end_where(Ending why, Which which, Handovers& out);
  void end_denied(Handovers& out);
  void end(const StreamRef& stream, Ending why, std::optional<store::Revision> reached);
  void remove(const StreamRef& stream);
  store::Revision told() const;
  static void deliver(Handovers& handovers);

  store::Log& log_;
  const StreamLimits limits_;
  std::atomic<std::size_t> count_{0};
  std::array<std::atomic<std::size_t>, endings.size()> ended_{};

  std::mutex mutex_;  // before inbox_mutex_, before a stream's
  std::unordered_map<std::string, Group> groups_;
  std::unordered_set<StreamRef> all_;
  std::set<std::pair<TimePoint, StreamRef>> deadlines_;
  bool draining_ = false;
  std::string epoch_;

  mutable std::mutex inbox_mutex_;
  std::condition_variable woken_;
  std::deque<store::Entry> inbox_;
  std::size_t listeners_ = 0;  // streams that are attached
  store::Revision told_;       // entries up to here were told to who is attached
  store::Revision folded_;     // the newest that the tail gave
  bool skipped_ = false;       // the inbox was too full: it was emptied
  bool poked_ = false;         // there is an earlier deadline
  bool rights_ = false;        // a user, a role or a tenant changed
  bool stopping_ = false;

  Executor readers_;
  std::thread thread_;
};

}  // namespace netweave::events
