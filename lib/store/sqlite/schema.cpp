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

constexpr const char* list_tables =
    "SELECT group_concat(name, ' ') FROM (SELECT name FROM sqlite_schema WHERE type='table' ORDER BY name)";
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
  sql += "COMMIT;";
  return connection.execute(sql);
}

std::string draft_of(const std::string& path) { return path + ".new"; }

/// Others may read while we write (a backup), and nobody else may write: the lock file sees to that.
constexpr const char* settings =
    "PRAGMA synchronous=FULL; PRAGMA temp_store=MEMORY; PRAGMA cache_size=-16000; PRAGMA wal_autocheckpoint=2000;"
    "PRAGMA journal_size_limit=67108864;";

std::optional<Error> verify(Connection& connection, const std::string& path, bool clean) {
  auto names = connection.ask(list_tables);
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
  if (!fault) fault = connection.execute("PRAGMA journal_mode=WAL");  // a backup is put in its place without it
  if (!fault) {
    connection.checkpoint_on_close(true);
    return std::nullopt;
  }
  if (fault->kind != ErrorKind::internal) return fault;
  Error refusal = damaged(path, "SQLite can't read it");  // it met a damaged page while it looked
  refusal.cause = fault->cause;
  return refusal;
}

/// Made under another name and renamed: a crash meanwhile leaves no half store behind that would be refused.
Result<void> create(const std::string& path) {
  if (auto connection = open_draft(path); !connection) return std::move(connection).error();
  return publish_draft(path);
}

Error foreign(const std::string& path, const std::string& what) {
  return make_error(ErrorKind::precondition,
                    path + " is no " + what + " of netweave, or it is damaged: name a file that is one");
}

}  // namespace

Result<Connection> open_draft(const std::string& path) {
  std::string draft = draft_of(path);
  for (const char* rest : {"-journal", "-wal", "-shm"}) unlink((draft + rest).c_str());
  if (auto made = make_private_file(draft); !made) return std::move(made).error();
  auto connection = Connection::open(draft);
  if (!connection) return in_words(path, std::move(connection).error());
  // A draft that a crash leaves behind is made anew: nothing of it has to survive before it is published.
  auto fault = connection->execute("PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA cache_size=-256000;");
  if (!fault) fault = fill(*connection);
  if (fault) return in_words(path, *fault);
  return connection;
}

Result<void> publish_draft(const std::string& path) {
  if (auto synced = sync_file(draft_of(path)); !synced) return synced;
  return replace_file(draft_of(path), path);
}

void drop_draft(const std::string& path) { unlink(draft_of(path).c_str()); }

Result<Connection> open_copied(const std::string& path, const std::string& what) {
  if (!file_exists(path)) return make_error(ErrorKind::precondition, path + " is not there: there is no " + what);
  bool log_left = file_size(path + "-wal") > 0;
  auto connection = Connection::open(path, Connection::Missing::refuse);
  if (!connection) return in_words(path, std::move(connection).error());
  if (log_left) connection->checkpoint_on_close(false);  // of a gateway that was killed: left as it is
  auto fault = connection->execute("PRAGMA busy_timeout=5000; PRAGMA query_only=1; PRAGMA cache_size=-64000;");
  if (fault) return fault->kind == ErrorKind::internal ? foreign(path, what) : in_words(path, *fault);
  auto application = connection->ask("PRAGMA application_id");
  if (!application && application.error().kind != ErrorKind::internal) return in_words(path, application.error());
  if (!application || *application != std::to_string(application_id)) return foreign(path, what);
  auto version = connection->ask("PRAGMA user_version");
  if (!version) return in_words(path, std::move(version).error());
  if (*version != std::to_string(format_version))
    return make_error(ErrorKind::precondition, path + " is a " + what + " of format " + *version +
                                                   ", and this program reads " + std::to_string(format_version) +
                                                   ": use the netweave that wrote it");
  auto tables_there = connection->ask(list_tables);
  if (!tables_there || *tables_there != table_names) return foreign(path, what);
  return connection;
}

Result<Connection> open_file(const std::string& path) {
  auto state = inspect(path);
  if (!state) return std::move(state).error();
  if (!state->exists) {
    if (auto made = create(path); !made) return std::move(made).error();
  }
  std::string log = path + "-wal";
  std::string index = path + "-shm";
  bool log_was_there = file_exists(log);
  bool index_was_there = file_exists(index);
  std::optional<Error> fault;
  {
    auto connection = Connection::open(path);
    if (!connection) return in_words(path, std::move(connection).error());
    fault = settle(*connection, path, state->clean || !state->exists);
    if (!fault) return connection;
  }
  if (!log_was_there) unlink(log.c_str());
  if (!index_was_there) unlink(index.c_str());
  return *fault;
}

}  // namespace netweave::store::sqlite
