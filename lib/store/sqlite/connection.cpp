#include "store/sqlite/connection.hpp"

#include <sqlite3.h>

namespace netweave::store::sqlite {
namespace {

/// What a caller can do about a result code. A full disk, a read-only file, a failed read or write pass: the
/// transaction is rolled back and the next one may succeed.
Error fault_of(sqlite3* database, int code) {
  Error error = make_error(ErrorKind::unavailable, "the store's file can't be read or written");
  switch (code & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      error.message = "the store's file is held by another program";
      break;
    case SQLITE_FULL:
      error.message = "the store's disk is full";
      break;
    case SQLITE_READONLY:
    case SQLITE_PERM:
      error.message = "the store's file is read-only";
      break;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      error = make_error(ErrorKind::internal, "the store's file is damaged: restore it from a backup");
      break;
    case SQLITE_MISUSE:
    case SQLITE_ERROR:
    case SQLITE_RANGE:
      error = make_error(ErrorKind::internal, "a statement of the store is wrong");
      break;
    default:
      break;
  }
  error.cause = std::string(sqlite3_errstr(code)) + " (" + std::to_string(code) + "): ";
  error.cause += database != nullptr ? sqlite3_errmsg(database) : "no memory";
  return error;
}

}  // namespace

Statement::~Statement() { sqlite3_finalize(statement_); }

Run::~Run() {
  sqlite3_reset(statement_);
  sqlite3_clear_bindings(statement_);
}

Result<bool> Run::row() {
  int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return fault_of(database_, sqlite3_extended_errcode(database_));
}

std::optional<Error> Run::finish() {
  auto more = row();
  if (!more) return std::move(more).error();
  return std::nullopt;
}

std::int64_t Run::changes() const { return sqlite3_changes64(database_); }
std::int64_t Run::number(int column) const { return sqlite3_column_int64(statement_, column); }
bool Run::is_null(int column) const { return sqlite3_column_type(statement_, column) == SQLITE_NULL; }

std::string_view Run::bytes(int column) const {
  const void* data = sqlite3_column_blob(statement_, column);
  auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement_, column));
  return data == nullptr ? std::string_view() : std::string_view(static_cast<const char*>(data), size);
}

void Run::bind(int place, std::string_view text) {
  const char* data = text.data() == nullptr ? "" : text.data();  // a null pointer would be bound as NULL
  sqlite3_bind_text64(statement_, place, data, text.size(), SQLITE_STATIC, SQLITE_UTF8);
}
void Run::bind(int place, Blob blob) {
  const char* data = blob.bytes.data() == nullptr ? "" : blob.bytes.data();
  sqlite3_bind_blob64(statement_, place, data, blob.bytes.size(), SQLITE_STATIC);
}
void Run::bind(int place, std::nullptr_t) { sqlite3_bind_null(statement_, place); }
void Run::bind_number(int place, std::int64_t number) { sqlite3_bind_int64(statement_, place, number); }

Result<Connection> Connection::open(const std::string& path, Missing missing) {
  sqlite3* database = nullptr;
  // Without SQLite's own mutexes: the store has one lock for all of a connection. The path is never a URI.
  int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  if (missing == Missing::create) flags |= SQLITE_OPEN_CREATE;
  int code = sqlite3_open_v2(path.c_str(), &database, flags, nullptr);
  Connection connection(database);
  if (code != SQLITE_OK) return fault_of(database, code);
  auto begin = connection.prepare("BEGIN IMMEDIATE");
  auto commit = connection.prepare("COMMIT");
  auto rollback = connection.prepare("ROLLBACK");
  for (auto* statement : {&begin, &commit, &rollback})
    if (!*statement) return std::move(*statement).error();
  connection.begin_ = std::move(*begin);
  connection.commit_ = std::move(*commit);
  connection.rollback_ = std::move(*rollback);
  return connection;
}

Connection::Connection(Connection&& other) noexcept
    : database_(std::exchange(other.database_, nullptr)),
      sync_(other.sync_),
      begin_(std::move(other.begin_)),
      commit_(std::move(other.commit_)),
      rollback_(std::move(other.rollback_)) {}

// Statements that outlive the connection by a moment keep it half open until they go: that is what _v2 is for.
Connection::~Connection() { sqlite3_close_v2(database_); }

std::optional<Error> Connection::execute(const std::string& sql) {
  int code = sqlite3_exec(database_, sql.c_str(), nullptr, nullptr, nullptr);
  if (code == SQLITE_OK) return std::nullopt;
  return fault_of(database_, code);
}

Result<Statement> Connection::prepare(std::string_view sql) {
  sqlite3_stmt* statement = nullptr;
  int code = sqlite3_prepare_v3(database_, sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT,
                                &statement, nullptr);
  if (code != SQLITE_OK) return fault_of(database_, code);
  return Statement(database_, statement);
}

Result<std::string> Connection::ask(std::string_view sql) {
  auto statement = prepare(sql);
  if (!statement) return std::move(statement).error();
  Run run(*statement);
  auto row = run.row();
  if (!row) return std::move(row).error();
  return *row ? std::string(run.bytes(0)) : std::string();
}

bool Connection::read_only() const { return sqlite3_db_readonly(database_, "main") != 0; }

void Connection::checkpoint_on_close(bool on) {
  sqlite3_db_config(database_, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, on ? 0 : 1, nullptr);
}

std::optional<Error> Connection::begin(Sync sync) {
  if (sync != sync_) {
    if (auto fault = execute(sync == Sync::full ? "PRAGMA synchronous=FULL" : "PRAGMA synchronous=NORMAL"))
      return fault;
    sync_ = sync;
  }
  return Run(begin_).finish();
}

std::optional<Error> Connection::commit() {
  Run run(commit_);
  auto fault = run.finish();
  if (!fault) return std::nullopt;
  int code = sqlite3_extended_errcode(database_);
  // All was written, and whether it reached the disk nobody knows. The next commit takes its place in the file; a
  // crash before that may bring it back.
  if (code == SQLITE_IOERR_FSYNC || code == SQLITE_IOERR_DIR_FSYNC) {
    fault->kind = ErrorKind::timeout;
    fault->message = "the store's disk did not confirm a write: the outcome is unknown";
  }
  return fault;
}

void Connection::rollback() {
  if (sqlite3_get_autocommit(database_) != 0) return;  // committed, or SQLite rolled back by itself
  (void)Run(rollback_).finish();
}

}  // namespace netweave::store::sqlite
