#include "store/commit_check.hpp"
#include "store/copy.hpp"
#include "store/record.hpp"
#include "store/sqlite/database.hpp"
#include "store/sqlite/schema.hpp"

namespace netweave::store {
namespace sqlite {
namespace {

/// A new file, written in one go beside its place.
class FileSink final : public CopySink {
 public:
  FileSink(FileLock lock, std::string path) : lock_(std::move(lock)), path_(std::move(path)) {}
  ~FileSink() override {
    draft_.reset();
    if (!published_) drop_draft(path_);
  }

  std::optional<Error> begin() {
    auto connection = open_draft(path_);
    if (!connection) return std::move(connection).error();
    draft_ = std::make_unique<Draft>(std::move(*connection));
    Draft& d = *draft_;
    Preparer prepare(d.connection);
    prepare.add(d.log, "INSERT INTO log(revision, time, prior, record) VALUES(?1, 0, 0, ?2)")
        .add(d.object, "INSERT INTO objects(key, revision) VALUES(?1, ?2)")
        .add(d.counter, "INSERT INTO counters(name, value) VALUES(?1, ?2)")
        .add(d.position, "INSERT INTO positions(reader, revision, sequence, state) VALUES(?1, ?2, ?3, ?4)")
        .add(d.lease, "INSERT INTO leases(name, token) VALUES(?1, ?2)")
        .add(d.meta, "INSERT OR REPLACE INTO meta(name, value) VALUES(?1, ?2)")
        .add(d.stream, "INSERT INTO streams(name, head) VALUES(?1, ?2)")
        .add(d.item, "INSERT INTO stream_items(stream, sequence, time, bytes) VALUES(?1, ?2, ?3, ?4)");
    if (prepare.fault()) return prepare.fault();
    return d.connection.execute("BEGIN");
  }

  std::optional<Error> object(const model::Object& object) override {
    encode_record(object, object.revision(), record_);
    if (auto fault = Run(draft_->log, object.revision(), Blob{record_}).finish()) return fault;
    std::string key = key_of(object);
    return Run(draft_->object, Blob{key}, object.revision()).finish();
  }
  std::optional<Error> counter(const std::string& name, std::int64_t value) override {
    return Run(draft_->counter, name, value).finish();
  }
  std::optional<Error> position(const Position& p) override {
    return Run(draft_->position, p.reader, p.revision, p.sequence, Blob{p.state}).finish();
  }
  std::optional<Error> lease(const std::string& name, std::uint64_t token) override {
    return Run(draft_->lease, name, token).finish();
  }
  std::optional<Error> key(const std::string& name, const std::string& bytes) override {
    std::string row = "key/" + name;
    return Run(draft_->meta, row, Blob{bytes}).finish();
  }
  std::optional<Error> stream(const std::string& name, std::uint64_t head) override {
    return Run(draft_->stream, name, head).finish();
  }
  std::optional<Error> item(const std::string& stream, const StreamItem& item) override {
    return Run(draft_->item, stream, item.sequence, item.time, Blob{item.bytes}).finish();
  }

  Result<std::string> finish(Revision head) override {
    if (auto fault = Run(draft_->meta, std::string_view("oldest"), head).finish()) return *fault;
    if (auto fault = draft_->connection.execute("COMMIT")) return *fault;
    auto epoch = draft_->connection.ask("SELECT value FROM meta WHERE name='epoch'");
    if (!epoch) return epoch;
    if (auto fault = draft_->connection.execute("PRAGMA journal_mode=DELETE")) return *fault;
    draft_.reset();
    if (auto published = publish_draft(path_); !published) return std::move(published).error();
    published_ = true;
    return epoch;
  }

 private:
  struct Draft {
    explicit Draft(Connection opened) : connection(std::move(opened)) {}
    Connection connection;
    Statement log, object, counter, position, lease, meta, stream, item;
  };

  FileLock lock_;
  std::string path_;
  std::unique_ptr<Draft> draft_;
  std::string record_;
  bool published_ = false;
};

Result<std::unique_ptr<CopySink>> begin_sink(FileLock lock, const std::string& path) {
  auto sink = std::make_unique<FileSink>(std::move(lock), path);
  if (auto fault = sink->begin()) return *fault;
  return std::unique_ptr<CopySink>(std::move(sink));
}

/// Under the file's lock.
std::optional<Error> refuse_used(const std::string& path) {
  auto state = inspect(path);
  if (!state) return std::move(state).error();
  if (!state->exists) return std::nullopt;
  auto connection = open_file(path);
  if (!connection) return std::move(connection).error();
  auto used = connection->ask(
      "SELECT (SELECT count(*) FROM objects) + (SELECT count(*) FROM log) + (SELECT count(*) FROM positions) +"
      " (SELECT count(*) FROM counters) + (SELECT count(*) FROM streams) + (SELECT value FROM meta WHERE "
      "name='oldest')");
  if (!used) return std::move(used).error();
  if (*used == "0") return std::nullopt;
  return make_error(ErrorKind::conflict, path +
                                             " is not empty: move it away, or give store.path another file; it was "
                                             "left as it was");
}

}  // namespace
}  // namespace sqlite

Result<std::unique_ptr<CopySink>> make_backup_file(const std::string& path) {
  std::string real = sqlite::real_path(path);
  auto lock = sqlite::FileLock::take(real);
  if (!lock) return std::move(lock).error();
  if (sqlite::file_exists(real))
    return make_error(ErrorKind::conflict, real + " is there already: give the backup another name");
  return sqlite::begin_sink(std::move(*lock), real);
}

Result<std::unique_ptr<CopySink>> fill_sqlite(const std::string& path) {
  std::string real = sqlite::real_path(path);
  auto lock = sqlite::FileLock::take(real);
  if (!lock) return std::move(lock).error();
  if (auto fault = sqlite::refuse_used(real)) return *fault;
  return sqlite::begin_sink(std::move(*lock), real);
}

}  // namespace netweave::store
