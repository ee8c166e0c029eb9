#include "store/sqlite/schema.hpp"

#include <fcntl.h>
#include <unistd.h>

#include "base/crypto.hpp"
#include "store/sqlite/file.hpp"

namespace netweave::store::sqlite {
namespace {

// The log holds every version of an object once, at its place; objects (the fold) and `prior` point there. Trimming
// leaves a version where it is until the entry that replaced it is trimmed too. A removal's entry has no record.
constexpr const char* tables = R"(
CREATE TABLE meta(name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE log(revision INTEGER PRIMARY KEY, time INTEGER NOT NULL, prior INTEGER NOT NULL, record BLOB);
CREATE TABLE objects(key BLOB PRIMARY KEY, revision INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE counters(name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE positions(reader TEXT PRIMARY KEY, revision INTEGER NOT NULL, sequence INTEGER NOT NULL,
                       state BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE leases(name TEXT PRIMARY KEY, token INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE streams(name TEXT PRIMARY KEY, head INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE stream_items(stream TEXT, sequence INTEGER, time INTEGER NOT NULL, bytes BLOB NOT NULL,
                          PRIMARY KEY(stream, sequence)) WITHOUT ROWID;
CREATE TABLE buckets(name TEXT PRIMARY KEY, tokens REAL NOT NULL, time INTEGER NOT NULL) WITHOUT ROWID;
)";

constexpr const char* table_names = "buckets counters leases log meta objects positions stream_items streams";

Error in_words(const std::string& path, Error fault) {
  fault.message = path + ": " + fault.message;
  return fault;
}

/// An empty file that only its owner reads: webhook secrets may be in it, and SQLite gives the log the same mode.
Result<void> make_private_file(const std::string& path) {
  unlink(path.c_str());
  int descriptor = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (descriptor < 0) return make_error(ErrorKind::unavailable, path + " can't be created");
  close(descriptor);
  return {};
}

std::optional<Error> fill(Connection& connection) {
  std::string epoch = crypto::to_hex(crypto::random_bytes(4));
  std::string sql = "PRAGMA page_size=8192; BEGIN;";
  sql += "PRAGMA application_id=" + std::to_string(application_id) + ";";
  sql += "PRAGMA user_version=" + std::to_string(format_version) + ";";
  sql += tables;
  sql += "INSERT INTO meta VALUES('epoch', '" + epoch + "'), ('oldest', 0);";
  sql += "COMMIT; PRAGMA journal_mode=WAL;";
  return connection.execute(sql);
}

/// Made under another name and renamed: a crash meanwhile leaves no half store behind that would be refused.
Result<void> create(const std::string& path) {
  std::string draft = path + ".new";
  for (const char* rest : {"-journal", "-wal", "-shm"}) unlink((draft + rest).c_str());
  if (auto made = make_private_file(draft); !made) return made;
  {
    auto connection = Connection::open(draft);
    if (!connection) return in_words(path, std::move(connection).error());
    if (auto fault = fill(*connection)) return in_words(path, *fault);
  }
  return replace_file(draft, path);
}

/// Taken before the first read, exclusive mode keeps the index of the write-ahead log in memory: no -shm file.
constexpr const char* settings =
    "PRAGMA locking_mode=EXCLUSIVE; PRAGMA synchronous=FULL; PRAGMA temp_store=MEMORY; PRAGMA cache_size=-16000;"
    "PRAGMA wal_autocheckpoint=2000; PRAGMA journal_size_limit=67108864;";

std::optional<Error> verify(Connection& connection, const std::string& path, bool clean) {
  auto names = connection.ask(
      "SELECT group_concat(name, ' ') FROM (SELECT name FROM sqlite_schema WHERE type='table' ORDER BY name)");
  if (!names) return std::move(names).error();
  if (*names != table_names) return damaged(path, "its tables are not those of a netweave store");
  if (clean) return std::nullopt;
  auto checked = connection.ask("PRAGMA quick_check(1)");
  if (!checked) return std::move(checked).error();
  if (*checked != "ok") return damaged(path, *checked);
  return std::nullopt;
}

std::optional<Error> settle(Connection& connection, const std::string& path, bool clean) {
  if (connection.read_only()) return make_error(ErrorKind::unavailable, path + " is read-only");
  connection.checkpoint_on_close(false);  // until it is known to be ours and whole
  auto fault = connection.execute(settings);
  if (!fault) fault = verify(connection, path, clean);
  if (!fault) {
    connection.checkpoint_on_close(true);
    return std::nullopt;
  }
  if (fault->kind != ErrorKind::internal) return fault;
  Error refusal = damaged(path, "SQLite can't read it");  // it met a damaged page while it looked
  refusal.cause = fault->cause;
  return refusal;
}

}  // namespace

Result<Connection> open_file(const std::string& path) {
  auto state = inspect(path);
  if (!state) return std::move(state).error();
  if (!state->exists) {
    if (auto made = create(path); !made) return std::move(made).error();
  }
  std::string log = path + "-wal";
  bool log_was_there = file_exists(log);
  std::optional<Error> fault;
  {
    auto connection = Connection::open(path);
    if (!connection) return in_words(path, std::move(connection).error());
    fault = settle(*connection, path, state->clean || !state->exists);
    if (!fault) return connection;
  }
  if (!log_was_there) unlink(log.c_str());
  return *fault;
}

}  // namespace netweave::store::sqlite
