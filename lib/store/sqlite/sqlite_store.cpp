#include <algorithm>
#include <limits>

#include "base/crypto.hpp"
#include "store/bucket_table.hpp"
#include "store/sqlite/schema.hpp"
#include "store/sqlite/sqlite_log.hpp"

namespace netweave::store {
namespace sqlite {
namespace {

/// Positions move often, and one that fell back only delivers again: they never wait for the disk.
class SqlitePositions final : public Positions {
 public:
  explicit SqlitePositions(Database& database) : database_(database) {}
  std::optional<Error> begin() {
    Preparer prepare(database_.connection);
    return prepare.add(load_, "SELECT reader, revision, sequence, state FROM positions ORDER BY reader")
        .add(find_, "SELECT reader, revision, sequence, state FROM positions WHERE reader=?1")
        .add(write_, "INSERT OR REPLACE INTO positions(reader, revision, sequence, state) VALUES(?1, ?2, ?3, ?4)")
        .add(remove_, "DELETE FROM positions WHERE reader=?1")
        .fault();
  }

  Result<std::vector<Position>> load() override {
    std::lock_guard lock(database_.mutex);
    std::vector<Position> all;
    Run run(load_);
    for (;;) {
      auto more = run.row();
      if (!more) return std::move(more).error();
      if (!*more) return all;
      all.push_back(position_in(run));
    }
  }

  Result<std::optional<Position>> find(const std::string& reader) override {
    std::lock_guard lock(database_.mutex);
    Run run(find_, reader);
    auto found = run.row();
    if (!found) return std::move(found).error();
    return *found ? std::optional(position_in(run)) : std::nullopt;
  }

  Result<void> write(const std::vector<Position>& positions, const std::vector<Fence>& fences) override {
    std::lock_guard lock(database_.mutex);
    if (database_.broken) return make_error(ErrorKind::precondition, "the log began another epoch: load it again");
    if (auto fault = database_.leases.check(fences)) return *fault;
    auto fault = database_.connection.transact(Sync::relaxed, [&]() -> std::optional<Error> {
      for (const Position& p : positions)
        if (auto failed = Run(write_, p.reader, p.revision, p.sequence, Blob{p.state}).finish()) return failed;
      return std::nullopt;
    });
    if (fault) return *fault;
    return {};
  }

  Result<void> remove(const std::vector<std::string>& readers) override {
    std::lock_guard lock(database_.mutex);
    auto fault = database_.connection.transact(Sync::relaxed, [&]() -> std::optional<Error> {
      for (const std::string& reader : readers)
        if (auto failed = Run(remove_, reader).finish()) return failed;
      return std::nullopt;
    });
    if (fault) return *fault;
    return {};
  }

 private:
  static Position position_in(Run& run) {
    return {std::string(run.bytes(0)), run.unsigned_number(1), run.unsigned_number(2), std::string(run.bytes(3))};
  }

  Database& database_;
  Statement load_, find_, write_, remove_;
};

/// Who holds a lease is known in memory alone: with the process its leases are gone, and the next one on the file may
/// take them at once. The tokens are kept, because they must only grow.
class SqliteLeases final : public Leases {
 public:
  explicit SqliteLeases(Database& database) : database_(database) {}
  std::optional<Error> begin() {
    Preparer prepare(database_.connection);
    prepare.add(keep_, "INSERT OR REPLACE INTO leases(name, token) VALUES(?1, ?2)");
    if (prepare.fault()) return prepare.fault();
    auto all = database_.connection.prepare("SELECT name, token FROM leases");
    if (!all) return std::move(all).error();
    Run run(*all);
    for (;;) {
      auto more = run.row();
      if (!more) return std::move(more).error();
      if (!*more) return std::nullopt;
      database_.leases.restore(std::string(run.bytes(0)), run.unsigned_number(1));
    }
  }

  Result<std::uint64_t> acquire(const std::string& name, const std::string& holder,
                                std::chrono::milliseconds ttl) override {
    std::lock_guard lock(database_.mutex);
    auto offer = database_.leases.offer(name, holder);
    if (!offer) return std::move(offer).error();
    if (offer->fresh) {
      auto keep = [&] { return Run(keep_, name, offer->token).finish(); };
      if (auto fault = database_.connection.transact(database_.durable, keep)) return *fault;
    }
    database_.leases.grant(name, holder, offer->token, ttl);
    return offer->token;
  }

  Result<void> release(const std::string& name, const std::string& holder) override {
    std::lock_guard lock(database_.mutex);
    database_.leases.release(name, holder);
    return {};
  }

  Result<std::vector<Lease>> list(const std::string& prefix) override {
    std::lock_guard lock(database_.mutex);
    return database_.leases.list(prefix);
  }

 private:
  Database& database_;
  Statement keep_;
};

class SqliteStreams final : public Streams {
 public:
  explicit SqliteStreams(Database& database) : database_(database) {}
  std::optional<Error> begin() {
    Preparer prepare(database_.connection);
    return prepare
        .add(next_,
             "INSERT INTO streams(name, head) VALUES(?1, 1) ON CONFLICT DO UPDATE SET head = head + 1 RETURNING head")
        .add(append_, "INSERT INTO stream_items(stream, sequence, time, bytes) VALUES(?1, ?2, ?3, ?4)")
        .add(read_,
             "SELECT sequence, time, bytes FROM stream_items WHERE stream=?1 AND sequence > ?2 ORDER BY sequence"
             " LIMIT ?3")
        .add(trim_,
             "DELETE FROM stream_items WHERE stream=?1 AND sequence IN (SELECT sequence FROM stream_items"
             " WHERE stream=?1 AND sequence <= ?2 ORDER BY sequence LIMIT 1000)")
        .add(forget_, "DELETE FROM streams WHERE name=?1")
        .fault();
  }

  Result<std::uint64_t> append(const std::string& stream, std::string bytes, Millis time,
                               const std::vector<Fence>& fences) override {
    std::lock_guard lock(database_.mutex);
    if (auto fault = database_.leases.check(fences)) return *fault;
    std::uint64_t sequence = 0;
    auto fault = database_.connection.transact(database_.durable, [&]() -> std::optional<Error> {
      auto next = next_of(stream);
      if (!next) return std::move(next).error();
      sequence = *next;
      return Run(append_, stream, sequence, time, Blob{bytes}).finish();
    });
    if (fault) return *fault;
    return sequence;
  }

  Result<std::vector<StreamItem>> read(const std::string& stream, std::uint64_t after, std::size_t max) override {
    std::lock_guard lock(database_.mutex);
    std::vector<StreamItem> items;
    Run run(read_, stream, bounded(after), bounded(max));
    for (;;) {
      auto more = run.row();
      if (!more) return std::move(more).error();
      if (!*more) return items;
      items.push_back({run.unsigned_number(0), run.number(1), std::string(run.bytes(2))});
    }
  }

  Result<void> trim(const std::string& stream, std::uint64_t upto) override {
    for (;;) {
      std::lock_guard lock(database_.mutex);
      bool done = false;
      auto fault = database_.connection.transact(Sync::relaxed, [&] { return trim_chunk(stream, upto, done); });
      if (fault) return *fault;
      if (done) return {};
    }
  }

 private:
  static std::int64_t bounded(std::uint64_t number) {
    return static_cast<std::int64_t>(std::min<std::uint64_t>(number, std::numeric_limits<std::int64_t>::max()));
  }

  Result<std::uint64_t> next_of(const std::string& stream) {
    Run run(next_, stream);
    auto row = run.row();
    if (!row) return std::move(row).error();
    return run.unsigned_number(0);
  }

  std::optional<Error> trim_chunk(const std::string& stream, std::uint64_t upto, bool& done) {
    Run run(trim_, stream, bounded(upto));
    if (auto fault = run.finish()) return fault;
    done = run.changes() == 0;
    if (!done || upto != std::numeric_limits<std::uint64_t>::max()) return std::nullopt;
    return Run(forget_, stream).finish();
  }

  Database& database_;
  Statement next_, append_, read_, trim_, forget_;
};

class SqliteStore final : public Store {
 public:
  SqliteStore(FileLock lock, Connection connection, const SqliteOptions& options)
      : database_(std::move(lock), std::move(connection)), log_(database_, options.recent_entries) {
    database_.durable = options.full_sync ? Sync::full : Sync::relaxed;
  }

  std::optional<Error> begin(const SqliteOptions& options) {
    if (auto fault = limit_size(options.max_bytes)) return fault;
    if (auto fault = log_.begin()) return fault;
    if (auto fault = positions_.begin()) return fault;
    if (auto fault = leases_.begin()) return fault;
    if (auto fault = streams_.begin()) return fault;
    Preparer prepare(database_.connection);
    return prepare.add(key_, "SELECT value FROM meta WHERE name=?1")
        .add(add_key_, "INSERT INTO meta(name, value) VALUES(?1, ?2)")
        .fault();
  }

  Log& log() override { return log_; }
  Positions& positions() override { return positions_; }
  Leases& leases() override { return leases_; }
  Streams& streams() override { return streams_; }
  Buckets& buckets() override { return buckets_; }

  Result<std::string> key(const std::string& name) override {
    std::lock_guard lock(database_.mutex);
    std::string row = "key/" + name;
    {
      Run run(key_, row);
      auto known = run.row();
      if (!known) return std::move(known).error();
      if (*known) return std::string(run.bytes(0));
    }
    std::string made = crypto::random_bytes(32);
    auto add = [&] { return Run(add_key_, row, Blob{made}).finish(); };
    if (auto fault = database_.connection.transact(Sync::full, add)) return *fault;
    return made;
  }

 private:
  std::optional<Error> limit_size(std::uint64_t bytes) {
    if (bytes == 0) return std::nullopt;
    auto page_size = database_.connection.ask("PRAGMA page_size");
    if (!page_size) return std::move(page_size).error();
    std::uint64_t pages = std::max<std::uint64_t>(1, bytes / std::stoull(*page_size));
    return database_.connection.execute("PRAGMA max_page_count=" + std::to_string(pages));
  }

  Database database_;
  SqliteLog log_;
  SqlitePositions positions_{database_};
  SqliteLeases leases_{database_};
  SqliteStreams streams_{database_};
  BucketTable buckets_;
  Statement key_, add_key_;
};

}  // namespace
}  // namespace sqlite

Result<std::unique_ptr<Store>> open_sqlite(const SqliteOptions& options) {
  std::string path = sqlite::real_path(options.path);
  auto lock = sqlite::FileLock::take(path);
  if (!lock) return std::move(lock).error();
  auto connection = sqlite::open_file(path);
  if (!connection) return std::move(connection).error();
  auto store = std::make_unique<sqlite::SqliteStore>(std::move(*lock), std::move(*connection), options);
  if (auto fault = store->begin(options)) return *fault;
  return std::unique_ptr<Store>(std::move(store));
}

}  // namespace netweave::store
