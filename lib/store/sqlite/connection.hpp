#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "netweave/result.hpp"

struct sqlite3;
struct sqlite3_stmt;

/// A thin cover of SQLite's C interface: ownership, and its result codes as Errors. One thread at a time.
namespace netweave::store::sqlite {

/// Bytes to bind as a BLOB; a string_view is bound as TEXT.
struct Blob {
  std::string_view bytes;
};

/// A prepared statement, kept for many runs.
class Statement {
 public:
  Statement() = default;
  Statement(sqlite3* database, sqlite3_stmt* statement) : database_(database), statement_(statement) {}
  Statement(Statement&& other) noexcept
      : database_(other.database_), statement_(std::exchange(other.statement_, nullptr)) {}
  Statement& operator=(Statement&& other) noexcept {
    std::swap(database_, other.database_);
    std::swap(statement_, other.statement_);
    return *this;
  }
  ~Statement();

 private:
  friend class Run;
  sqlite3* database_ = nullptr;
  sqlite3_stmt* statement_ = nullptr;
};

/// One run of a statement, with its parameters in order. What is bound and what is read stays valid until the run's
/// end: bound bytes are not copied.
class Run {
 public:
  template <class... Parameters>
  explicit Run(Statement& statement, const Parameters&... parameters)
      : database_(statement.database_), statement_(statement.statement_) {
    [[maybe_unused]] int place = 0;
    (bind(++place, parameters), ...);
  }
  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;
  ~Run();

  /// The next row; false at the end.
  Result<bool> row();
  /// Runs a statement that gives no rows.
  std::optional<Error> finish();
  /// How many rows it changed.
  [[nodiscard]] std::int64_t changes() const;

  [[nodiscard]] std::int64_t number(int column) const;
  [[nodiscard]] std::uint64_t unsigned_number(int column) const { return static_cast<std::uint64_t>(number(column)); }
  /// Of TEXT or BLOB; of NULL empty.
  [[nodiscard]] std::string_view bytes(int column) const;
  [[nodiscard]] bool is_null(int column) const;

 private:
  template <std::integral Integer>
  void bind(int place, Integer number) {
    bind_number(place, static_cast<std::int64_t>(number));
  }
  void bind(int place, std::string_view text);
  void bind(int place, Blob blob);
  void bind(int place, std::nullptr_t);
  void bind_number(int place, std::int64_t number);

  sqlite3* database_;
  sqlite3_stmt* statement_;
};

/// The rows may still be lost in a power cut where this is `relaxed`, never in a kill -9; order holds in any case.
enum class Sync { full, relaxed };

class Connection {
 public:
  /// What becomes of a file that is not there.
  enum class Missing { create, refuse };
  static Result<Connection> open(const std::string& path, Missing missing = Missing::create);
  Connection(Connection&& other) noexcept;
  Connection& operator=(Connection&&) = delete;
  ~Connection();

  std::optional<Error> execute(const std::string& sql);
  Result<Statement> prepare(std::string_view sql);
  /// The first column of the first row, as text; empty where there is none.
  Result<std::string> ask(std::string_view sql);

  [[nodiscard]] bool read_only() const;
  /// Whether closing moves the write-ahead log into the file, which changes both.
  void checkpoint_on_close(bool on);

  /// Runs `body`, which gives std::optional<Error>, inside a write transaction. On a fault nothing is written.
  template <class Body>
  std::optional<Error> transact(Sync sync, Body&& body) {
    if (auto fault = begin(sync)) return fault;
    RollbackUnlessDone guard{*this};
    if (auto fault = body()) return fault;
    return commit();
  }

 private:
  struct RollbackUnlessDone {
    Connection& connection;
    ~RollbackUnlessDone() { connection.rollback(); }
  };

  explicit Connection(sqlite3* database) : database_(database) {}
  std::optional<Error> begin(Sync sync);
  std::optional<Error> commit();
  void rollback();

  sqlite3* database_;
  Sync sync_ = Sync::full;
  Statement begin_, commit_, rollback_;
};

}  // namespace netweave::store::sqlite
