#pragma once

#include <condition_variable>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "store/recent.hpp"
#include "store/redis/entry.hpp"

namespace netweave::store::redis {

/// The last entry that this process knows of, in one epoch of the log.
struct Seen {
  std::string epoch;
  Revision revision = 0;
  std::string commit;  ///< that the entry was part of; empty: none yet
};

/// What this process knows of the log: where it is, the newest entries, and whether the history that it followed has
/// ended. Any thread.
class History {
 public:
  explicit History(std::size_t recent_entries) : recent_(recent_entries) {}

  /// Begins to follow, at the start and after a load that mends a broken history.
  void begin(Seen seen, Revision oldest);
  [[nodiscard]] Seen seen() const;

  /// What was folded under `from` counts no more, and another epoch (or the same, where too much was missed) goes on.
  /// Nothing where `from` is not followed any more.
  void end(const std::string& from, const std::string& epoch);
  /// The same where too much was missed since `seen`. False: more was seen meanwhile.
  bool end_at(const Seen& seen);
  [[nodiscard]] bool ended() const;
  /// Blocks while it has ended and nobody loaded; false: stopped.
  bool wait_begun(std::stop_token stop) const;

  /// Takes entries of that epoch that follow what is seen; what is known already is passed over. False: they do not
  /// follow it.
  bool append(const std::string& epoch, std::vector<LogEntry> entries);

  /// Why nothing follows though something is there: an entry that can't be read. nullopt: it was.
  void set_fault(std::optional<Error> fault);
  [[nodiscard]] std::optional<Error> fault() const;

  [[nodiscard]] Recent& recent() noexcept { return recent_; }
  [[nodiscard]] const Recent& recent() const noexcept { return recent_; }

 private:
  mutable std::mutex mutex_;
  mutable std::condition_variable_any begun_;
  Seen seen_;
  bool ended_ = false;
  std::optional<Error> fault_;
  Recent recent_;
};

}  // namespace netweave::store::redis
