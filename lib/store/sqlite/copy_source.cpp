#include "store/copy.hpp"
#include "store/sqlite/file.hpp"
#include "store/sqlite/fold.hpp"
#include "store/sqlite/schema.hpp"

namespace netweave::store {
namespace sqlite {
namespace {

constexpr std::uint64_t told_every = 1000;

/// Reads inside one transaction: what others commit meanwhile is not seen, and they do not wait.
class CopySource {
 public:
  CopySource(Connection& connection, CopySink& sink) : connection_(connection), sink_(sink) {}

  Result<Revision> copy(const CopyProgress& progress) {
    if (auto fault = connection_.execute("BEGIN")) return *fault;
    auto head = connection_.ask(
        "SELECT max((SELECT value FROM meta WHERE name='oldest'), ifnull((SELECT max(revision) FROM log), 0))");
    if (!head) return std::move(head).error();
    if (auto fault = copy_objects(progress)) return *fault;
    if (auto fault = copy_rest()) return *fault;
    return Revision{std::stoull(*head)};
  }

 private:
  std::optional<Error> copy_objects(const CopyProgress& progress) {
    Fold fold;
    if (auto fault = fold.prepare(connection_)) return fault;
    auto total = fold.begin();
    if (!total) return std::move(total).error();
    std::uint64_t done = 0;
    auto fault = fold.each([&](const ObjectRef& object) {
      auto refused = sink_.object(*object);
      if (!refused && ++done % told_every == 0 && done < *total) progress(done, *total);
      return refused;
    });
    if (!fault) progress(done, *total);
    return fault;
  }

  std::optional<Error> copy_rest() {
    auto fault = each("SELECT name, value FROM counters",
                      [&](const Run& row) { return sink_.counter(std::string(row.bytes(0)), row.number(1)); });
    if (!fault)
      fault = each("SELECT reader, revision, sequence, state FROM positions", [&](const Run& row) {
        return sink_.position(
            {std::string(row.bytes(0)), row.unsigned_number(1), row.unsigned_number(2), std::string(row.bytes(3))});
      });
    if (!fault)
      fault = each("SELECT name, token FROM leases",
                   [&](const Run& row) { return sink_.lease(std::string(row.bytes(0)), row.unsigned_number(1)); });
    if (!fault)
      fault = each("SELECT substr(name, 5), value FROM meta WHERE name LIKE 'key/%'",
                   [&](const Run& row) { return sink_.key(std::string(row.bytes(0)), std::string(row.bytes(1))); });
    if (!fault)
      fault = each("SELECT name, head FROM streams",
                   [&](const Run& row) { return sink_.stream(std::string(row.bytes(0)), row.unsigned_number(1)); });
    if (!fault)
      fault =
          each("SELECT stream, sequence, time, bytes FROM stream_items ORDER BY stream, sequence", [&](const Run& row) {
            return sink_.item(std::string(row.bytes(0)),
                              {row.unsigned_number(1), row.number(2), std::string(row.bytes(3))});
          });
    return fault;
  }

  template <class Take>
  std::optional<Error> each(const char* sql, Take take) {
    auto statement = connection_.prepare(sql);
    if (!statement) return std::move(statement).error();
    Run run(*statement);
    for (;;) {
      auto more = run.row();
      if (!more) return std::move(more).error();
      if (!*more) return std::nullopt;
      if (auto fault = take(run)) return fault;
    }
  }

  Connection& connection_;
  CopySink& sink_;
};

/// A copied file is whole: nothing was taken over from a damaged one.
std::optional<Error> check_whole(Connection& connection, const std::string& path, const std::string& what) {
  auto checked = connection.ask("PRAGMA quick_check(1)");
  if (checked && *checked == "ok") return std::nullopt;
  if (!checked && checked.error().kind != ErrorKind::internal) return std::move(checked).error();
  Error error = make_error(ErrorKind::precondition,
                           path + " is a damaged " + what + ": take another one; nothing was restored from it");
  error.cause = checked ? *checked : checked.error().cause;
  return error;
}

}  // namespace
}  // namespace sqlite

Result<Revision> copy_sqlite(const std::string& path, const std::string& what, bool whole, CopySink& sink,
                             const CopyProgress& progress) {
  std::string real = sqlite::real_path(path);
  auto connection = sqlite::open_copied(real, what);
  if (!connection) return std::move(connection).error();
  if (whole)
    if (auto fault = sqlite::check_whole(*connection, real, what)) return *fault;
  return sqlite::CopySource(*connection, sink).copy(progress);
}

}  // namespace netweave::store
