#pragma once

#include <atomic>
#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "events/topic.hpp"

namespace netweave::events {

using TimePoint = std::chrono::steady_clock::time_point;

/// One reader of the log from a place on: what waits for it, and how far it is. It holds revisions and the texts of
/// what was not taken yet, never a snapshot. Its own mutex guards what waits; the rest is the hub's (stream_hub.hpp).
class Stream {
 public:
  using Ready = std::function<void(std::optional<std::string>)>;
  /// A piece, and who waits for it; to be handed over outside of all locks.
  struct Handover {
    Ready ready;
    std::optional<std::string> piece;
    void operator()() { ready(std::move(piece)); }
    explicit operator bool() const noexcept { return ready != nullptr; }
  };

  Stream(std::shared_ptr<const Topic> topic, std::string epoch, store::Revision after, std::size_t most_bytes);

  /// Takes what waits, or keeps `ready` until there is something. Gives false where nothing waits and none is told of
  /// the end: somebody must go on telling. Any thread.
  bool take(Ready ready, Handover& handover);
  /// Adds what is told of the entry at `revision`. False: there is too much already, and the stream was ended as slow.
  /// The first one always has room.
  bool tell(store::Revision revision, Text text);
  /// Says how far it is, unless something waits.
  void bookmark(store::Revision revision);
  /// Ends it: what waits is said before (`time`, `stopping`) or dropped (else). `reached`: up to where nothing more was
  /// to be told, where that is known. Only the first one counts.
  void end(Ending why, std::optional<store::Revision> reached, store::Revision oldest);
  /// What can be given to who waits.
  Handover hand_over();

  [[nodiscard]] bool ended() const;
  /// The reader waits for the next piece.
  [[nodiscard]] bool awaited() const;
  [[nodiscard]] std::size_t waiting_bytes() const;
  [[nodiscard]] const std::shared_ptr<const Topic>& topic() const noexcept { return topic_; }
  [[nodiscard]] const std::string& epoch() const noexcept { return epoch_; }

  // The hub's, under its mutex; `position` is the replay's while that is under way.
  std::string key;                    ///< of the group that it stands in
  std::size_t slot = 0;               ///< its place there
  std::atomic<bool> attached{false};  ///< it is told what comes, and reads no more
  std::atomic<bool> replaying{false};
  bool closed = false;               ///< its reader has gone
  bool touched = false;              ///< something was told in this round
  store::Revision position;          ///< entries up to here were told or passed over
  TimePoint due = TimePoint::max();  ///< as it stands among the deadlines
  TimePoint told_at;                 ///< something was told last
  TimePoint ends_at = TimePoint::max();
  std::function<bool()> allowed;  ///< whether its reader still may; empty: always

 private:
  struct Item {
    store::Revision revision;
    Text text;
  };
  std::string position_text(store::Revision revision) const;
  void fill(Handover& handover);

  const std::shared_ptr<const Topic> topic_;
  const std::string epoch_;
  const std::size_t most_bytes_;
  mutable std::mutex mutex_;
  std::deque<Item> items_;
  std::size_t bytes_ = 0;
  store::Revision taken_;  // what the reader got last
  Ready ready_;
  std::string last_words_;
  bool ended_ = false;
  bool all_said_ = false;
};

}  // namespace netweave::events
