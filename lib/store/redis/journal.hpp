#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "store/redis/history.hpp"
#include "store/redis/server.hpp"

namespace netweave::store::redis {

/// Of the keys and what they hold. A store of another one is refused.
inline constexpr std::string_view format = "1";
std::string new_epoch();

/// How many entries of the log are asked for at once.
inline constexpr std::size_t page_entries = 1000;

/// Where the log stands at the server.
struct Where {
  Revision head = 0;
  Revision oldest = 0;
  Revision acked = 0;  ///< up to which readers may read
};

/// Entries of the log after a revision, without gaps, and where the log stood after they were read. What is not
/// acknowledged yet may be among them.
struct Page {
  std::vector<LogEntry> entries;
  Where where;
};

/// The log at the server beside what this process knows of it (History): whatever finds that the two do not fit ends
/// the history. Any thread; blocks.
class Journal {
 public:
  Journal(Server& server, std::size_t recent_entries) : server_(server), history_(recent_entries) {}

  [[nodiscard]] Server& server() noexcept { return server_; }
  [[nodiscard]] History& history() noexcept { return history_; }

  /// The epoch of the log, which is made where it is not there. Errors: `precondition` (a newer format, or keys of
  /// something else).
  Result<std::string> open();
  /// Where the log stands under an epoch: what was acknowledged, and its beginning. nullopt: another epoch began.
  Result<std::optional<std::pair<Seen, Revision>>> standing(const std::string& epoch);

  /// A call of a script that begins by comparing what was seen: its first arguments.
  [[nodiscard]] static ScriptCall guarded(const Script& script, std::vector<std::string> keys, const Seen& seen);
  static void add_fences(ScriptCall& call, const std::vector<Fence>& fences);
  /// Runs what `make` writes for the last entry that was seen; `precondition` where the history has ended.
  Result<Reply> run(const std::function<ScriptCall(const Seen& seen)>& make);
  /// The error, where a script answered that the history has ended, or says `outrun`.
  std::optional<Error> ended(View reply, const Seen& seen);

  /// True where nothing is wrong but that more was seen, and trimmed, since `seen` was asked for: once more.
  [[nodiscard]] static bool outrun(const Error& error);

  /// At most `count` entries after `after`, which the commit `seen.commit` ends with where it is `seen.revision`.
  /// Errors: `precondition` (the history ended), `not_found` (trimmed), `internal` (can't be read).
  Result<Page> page(const Seen& seen, Revision after, std::size_t count);

  /// Fetches what the log had more than this process knew when this was called: writers may be faster than we read.
  std::optional<Error> catch_up();
  /// True where the last catch_up left entries that no replica acknowledged yet.
  [[nodiscard]] bool unacknowledged() const noexcept { return unacknowledged_; }
  /// Waits until the replicas have all that is in the log at present, then lets readers read it. `timeout`: they have
  /// not.
  std::optional<Error> acknowledge(const std::string& epoch);
  /// The same on a connection that did the write which is waited for.
  std::optional<Error> acknowledge(Connection& connection, const std::string& epoch, Revision revision);

  /// See Log.
  Result<std::string> begin_epoch(const std::string& from);

 private:
  Error end(const Seen& seen, std::string_view what, const std::string& epoch);
  std::optional<Error> compare(const Seen& seen, View known, const std::vector<LogEntry>& entries, Revision after);

  Server& server_;
  History history_;
  std::mutex catching_up_;
  std::atomic<bool> unacknowledged_{false};
};

}  // namespace netweave::store::redis
