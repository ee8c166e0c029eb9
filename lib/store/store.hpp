#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "netweave/config.hpp"
#include "netweave/result.hpp"

#include "model/object.hpp"

/// Where the log lives. Several small interfaces, so that each user takes only what it needs; memory/, sqlite/ and
/// redis/ implement them all, and tests/conformance/store holds each to the same behaviour. docs/decisions/0001 writes
/// the format down, 0012 that of Redis. Everything here may be called from any thread and may block.
namespace netweave::store {

using model::ObjectRef;
using model::Revision;

/// A byte for the kind, then the id: unique among all objects.
std::string key_of(Kind kind, std::string_view id);
std::string key_of(const model::Object& object);

/// One change. A put has `object`, and `prior` where the object was there; a removal has `prior` alone.
/// Its precondition is always that the store's present state of the object is `prior` (its revision), or absence.
struct Change {
  ObjectRef object;
  ObjectRef prior;

  [[nodiscard]] const model::Object& subject() const noexcept { return object ? *object : *prior; }
};

/// A change at its place in the log.
struct Entry {
  Revision revision = 0;
  Millis time = 0;
  ObjectRef object;
  ObjectRef prior;

  [[nodiscard]] const model::Object& subject() const noexcept { return object ? *object : *prior; }
};

/// An object that a commit relies on and does not change: its revision must be this at present; 0: it must be absent.
struct Expectation {
  std::string key;  ///< key_of the object
  Revision revision = 0;
};

/// A counter that a commit moves, refused where it would end below 0, or where a positive `delta` would take it above
/// `ceiling`: one that stands above a ceiling lowered since may still go down.
struct CounterStep {
  std::string name;
  std::int64_t delta = 0;
  std::int64_t ceiling = INT64_MAX;
};

/// A lease that must still be held, under this token, when the commit happens. One whose time has run out counts as
/// held until another takes it or it is released.
struct Fence {
  std::string lease;
  std::uint64_t token = 0;
};

/// All or nothing: every precondition first, then counters, then the changes in order, each with a revision of its
/// own, the revisions one block. At most `max_changes` of them.
struct Commit {
  std::vector<Change> changes;
  std::vector<CounterStep> counters;
  std::vector<Fence> fences;
  Millis time = 0;
  std::vector<Expectation> expectations{};
  std::string epoch{};  ///< the history that it was decided on; of another: `precondition`. Empty: whichever
};
inline constexpr std::size_t max_changes = 1000;

/// The ordered, durable log and its fold.
class Log {
 public:
  virtual ~Log() = default;

  /// The present state, object by object in no order, as of the returned revision. `each` must not call the store.
  virtual Result<Revision> load(const std::function<void(ObjectRef)>& each) = 0;

  /// Durable when it returns; stamps the objects and gives the last revision. A commit without changes gives the
  /// head. Errors: `conflict` (a change's precondition or an expectation failed: the message names the object; nothing
  /// was written), `denied` (a fence: its lease is another's), `exhausted` (a counter), `invalid` (too many changes,
  /// one object twice, a `prior` that was never committed), `timeout` (outcome unknown), `unavailable`. The objects of
  /// a failed commit may be committed again.
  virtual Result<Revision> commit(const Commit& commit) = 0;

  /// Entries after a revision, at most `max`, in order, without gaps; empty at the head. `not_found`: trimmed (or
  /// after the head: of another log).
  virtual Result<std::vector<Entry>> read(Revision after, std::size_t max) = 0;
  /// Blocks until the head is past `after`, the deadline or the stop; gives the head.
  virtual Revision wait(Revision after, std::chrono::steady_clock::time_point deadline, std::stop_token stop) = 0;

  [[nodiscard]] virtual Revision head() const = 0;
  /// The lowest revision that `read` takes: everything after it is there.
  [[nodiscard]] virtual Revision oldest() const = 0;
  /// Forgets entries up to and with `upto`, never the fold.
  virtual Result<void> trim(Revision upto) = 0;
  /// The newest revision in the log that was committed before `time`; 0 where there is none. For trimming by age: it
  /// takes the times along the log to grow.
  virtual Result<Revision> before(Millis time) = 0;

  /// Names this history of the log: 8 hexadecimal digits, new when the history was broken.
  [[nodiscard]] virtual std::string epoch() const = 0;
  /// Breaks the history: what was given out under `from` counts no more. The new epoch's name; where another than
  /// `from` has begun already, that one's. From then on, and where the store finds by itself that its log went
  /// backwards or that another process began an epoch, `read`, `commit` and `Positions::write` answer `precondition`
  /// until `load` was called, since whoever folded the old history has to fold the new one.
  virtual Result<std::string> begin_epoch(const std::string& from) = 0;
};

/// How far a reader of the log has come. No entries of the log: they change too often. A power cut may set one back to
/// an earlier write, whatever `SqliteOptions::full_sync` says.
struct Position {
  std::string reader;  ///< "subscription/<id>"
  Revision revision = 0;
  std::uint64_t sequence = 0;
  std::string state;  ///< the reader's own, small
};

class Positions {
 public:
  virtual ~Positions() = default;
  virtual Result<std::vector<Position>> load() = 0;
  /// One reader's; nullopt: none was written.
  virtual Result<std::optional<Position>> find(const std::string& reader) = 0;
  /// All of them or none; under the fences, where some are given (`denied` when one was lost).
  virtual Result<void> write(const std::vector<Position>& positions, const std::vector<Fence>& fences = {}) = 0;
  virtual Result<void> remove(const std::vector<std::string>& readers) = 0;
};

/// A lease as it is held at present.
struct Lease {
  std::string name;
  std::string holder;
  std::uint64_t token = 0;
};

/// Who does what alone, for a time. Tokens of one lease only grow.
class Leases {
 public:
  virtual ~Leases() = default;
  /// Takes or renews the lease; its token, a new one where the lease was free or had run out. `conflict`: another
  /// holds it (the message says who).
  virtual Result<std::uint64_t> acquire(const std::string& name, const std::string& holder,
                                        std::chrono::milliseconds ttl) = 0;
  virtual Result<void> release(const std::string& name, const std::string& holder) = 0;
  /// Those that are held and whose time has not run out, by name.
  virtual Result<std::vector<Lease>> list(const std::string& prefix) = 0;
};

/// Append-only streams that nothing folds: dead letters, audit.
struct StreamItem {
  std::uint64_t sequence = 0;  ///< from 1, without gaps at append
  Millis time = 0;
  std::string bytes;
};

class Streams {
 public:
  virtual ~Streams() = default;
  /// Under the fences, where some are given (`denied` when one was lost).
  virtual Result<std::uint64_t> append(const std::string& stream, std::string bytes, Millis time,
                                       const std::vector<Fence>& fences = {}) = 0;
  virtual Result<std::vector<StreamItem>> read(const std::string& stream, std::uint64_t after, std::size_t max) = 0;
  /// Forgets items up to and with `upto`; UINT64_MAX forgets the stream, whose next item is number 1 again.
  virtual Result<void> trim(const std::string& stream, std::uint64_t upto) = 0;
};

/// What one process tells and asks of a token bucket: `rate` tokens a second flow into it, `capacity` fit in, and one
/// that nobody has drawn from is full.
struct Draw {
  std::string bucket;
  double rate = 0;
  double capacity = 0;
  double spent = 0;  ///< taken without asking since the last draw; below 0: given back
  double want = 0;   ///< whole tokens to take along
};
struct Drawn {
  double granted = 0;  ///< whole tokens, at most what was wanted and was there
  double level = 0;    ///< what is left; below 0 while more was spent than was there, at least -`capacity`
};

/// Token buckets by name. They refill by the store's own clock, outlive no restart of the store for certain, and are
/// forgotten once they are full.
class Buckets {
 public:
  virtual ~Buckets() = default;
  /// False: the store is this process's alone, so that nobody else draws.
  [[nodiscard]] virtual bool shared() const = 0;
  /// All in one round trip, one answer each. An error leaves open whether they were drawn from.
  virtual Result<std::vector<Drawn>> draw(const std::vector<Draw>& draws) = 0;
};

/// All of it in one place.
class Store {
 public:
  virtual ~Store() = default;
  virtual Log& log() = 0;
  virtual Positions& positions() = 0;
  virtual Leases& leases() = 0;
  virtual Streams& streams() = 0;
  virtual Buckets& buckets() = 0;
  /// A random 32-byte key of that name, made once and kept: for cursors' HMAC.
  virtual Result<std::string> key(const std::string& name) = 0;
};

/// Nothing outlives it.
std::unique_ptr<Store> open_memory();

struct SqliteOptions {
  std::string path = "netweave.db";
  bool full_sync = true;              ///< every commit survives a power cut; else a kill -9 of the process alone
  std::size_t recent_entries = 8192;  ///< of the log, kept in memory for readers that keep up; older ones from disk
  std::uint64_t max_bytes = 0;        ///< the file's bound, past which writes are `unavailable`; 0: the disk's
};
/// Takes the file under an exclusive lock, which `<path>.lock` names the holder of; makes it where it is not there.
/// Errors: `unavailable` (held by another process: says which; can't be opened; read-only), `precondition` (corrupt, no
/// netweave store, or of a newer version: says what to do; left untouched), `unimplemented` (a build without SQLite).
Result<std::unique_ptr<Store>> open_sqlite(const SqliteOptions& options);

struct RedisOptions {
  RedisConfig redis;
  std::string o_cloud = "ocloud-1";              ///< whose inventory: keys begin with `{<key_prefix>:<o_cloud>}:`
  unsigned wait_replicas = 0;                    ///< that must have a commit before it is acknowledged and read
  std::chrono::milliseconds wait_timeout{1000};  ///< for them; past it the commit is `timeout`
  std::size_t recent_entries = 8192;             ///< of the log, kept in memory for readers that keep up
};
/// As a configuration says.
RedisOptions redis_options(const Config& config);
/// A store that a fleet shares, any number of processes at once; lease times are the server's clock. Makes it where it
/// is not there. Errors: `unavailable` (can't be reached: says which server and why; a replica), `unauthenticated`,
/// `denied`, `invalid` (a file for TLS), `precondition` (settings that lose data, keys of something else, or a newer
/// format: says what to do; left untouched), `unimplemented` (a build without Redis).
Result<std::unique_ptr<Store>> open_redis(const RedisOptions& options);

}  // namespace netweave::store
