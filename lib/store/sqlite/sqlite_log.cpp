#include "store/sqlite/sqlite_log.hpp"

#include <algorithm>
#include <limits>

#include "base/crypto.hpp"
#include "store/commit_check.hpp"

namespace netweave::store::sqlite {
namespace {

constexpr Revision trim_step = 250;  // the lock is free between two steps, for commits

std::int64_t as_limit(std::size_t max) {
  return static_cast<std::int64_t>(std::min<std::size_t>(max, std::numeric_limits<std::int64_t>::max()));
}

}  // namespace

std::optional<Error> SqliteLog::begin() {
  auto epoch = database_.connection.ask("SELECT value FROM meta WHERE name='epoch'");
  if (!epoch) return std::move(epoch).error();
  epoch_ = std::move(*epoch);
  Preparer prepare(database_.connection);
  prepare.add(insert_object_, "INSERT INTO objects(key, revision) VALUES(?1, ?2) ON CONFLICT DO NOTHING")
      .add(revision_, "SELECT revision FROM objects WHERE key=?1")
      .add(replace_object_, "UPDATE objects SET revision=?2 WHERE key=?1 AND revision=?3")
      .add(delete_object_, "DELETE FROM objects WHERE key=?1 AND revision=?2")
      .add(append_, "INSERT INTO log(revision, time, prior, record) VALUES(?1, ?2, ?3, ?4)")
      .add(read_,
           "SELECT e.revision, e.time, e.prior, e.record, p.record FROM log e LEFT JOIN log p ON p.revision = e.prior"
           " WHERE e.revision > ?1 ORDER BY e.revision LIMIT ?2")
      .add(time_, "SELECT time FROM log WHERE revision=?1")
      .add(trim_replaced_,
           "DELETE FROM log WHERE revision IN (SELECT prior FROM log WHERE revision > ?1 AND revision <= ?2)")
      .add(trim_removals_, "DELETE FROM log WHERE revision > ?1 AND revision <= ?2 AND record IS NULL")
      .add(set_oldest_, "UPDATE meta SET value=?1 WHERE name='oldest'")
      .add(set_epoch_, "UPDATE meta SET value=?1 WHERE name='epoch'")
      .add(counter_, "SELECT value FROM counters WHERE name=?1")
      .add(set_counter_, "INSERT OR REPLACE INTO counters(name, value) VALUES(?1, ?2)");
  if (prepare.fault()) return prepare.fault();
  if (auto fault = fold_.prepare(database_.connection)) return fault;
  auto ends = database_.connection.prepare(
      "SELECT value, max(value, ifnull((SELECT max(revision) FROM log), 0)) FROM meta WHERE name='oldest'");
  if (!ends) return std::move(ends).error();
  Run run(*ends);
  auto row = run.row();
  if (!row) return std::move(row).error();
  recent_.begin(run.unsigned_number(0), run.unsigned_number(1));
  return std::nullopt;
}

Result<Revision> SqliteLog::load(const std::function<void(ObjectRef)>& each) {
  std::lock_guard lock(database_.mutex);
  if (auto live = fold_.begin(); !live) return std::move(live).error();
  auto fault = fold_.each([&](ObjectRef object) -> std::optional<Error> {
    each(std::move(object));
    return std::nullopt;
  });
  if (fault) return *fault;
  database_.broken = false;
  recent_.set_broken(false);
  return recent_.head();
}

std::string SqliteLog::epoch() const {
  std::lock_guard lock(epoch_mutex_);
  return epoch_;
}

Result<std::string> SqliteLog::begin_epoch(const std::string& from) {
  std::lock_guard database(database_.mutex);
  std::lock_guard lock(epoch_mutex_);
  if (from != epoch_) return epoch_;
  std::string next = crypto::to_hex(crypto::random_bytes(4));
  auto fault = database_.connection.transact(Sync::full, [&] { return Run(set_epoch_, next).finish(); });
  if (fault) return *fault;
  epoch_ = std::move(next);
  database_.broken = true;
  recent_.set_broken(true);
  return epoch_;
}

Result<Revision> SqliteLog::commit(const Commit& commit) {
  if (auto fault = check_shape(commit)) return *fault;
  std::lock_guard lock(database_.mutex);
  if (std::string present = epoch(); database_.broken || (!commit.epoch.empty() && commit.epoch != present))
    return epoch_began(present);
  if (auto fault = database_.leases.check(commit.fences)) return *fault;
  Revision head = recent_.head();
  if (commit.changes.empty() && commit.counters.empty() && commit.expectations.empty()) return head;
  auto fault = database_.connection.transact(database_.durable, [&] { return write(commit, head); });
  if (fault) return *fault;
  std::vector<Entry> entries;
  entries.reserve(commit.changes.size());
  for (const Change& change : commit.changes) {
    ++head;
    if (change.object) change.object.stamp(head);
    entries.push_back({head, commit.time, change.object, change.prior});
  }
  recent_.append(std::move(entries));
  return head;
}

/// Each precondition is part of the write that it guards; the transaction takes everything back where one fails.
std::optional<Error> SqliteLog::write(const Commit& commit, Revision head) {
  for (const Expectation& expectation : commit.expectations)
    if (auto fault = check(expectation)) return fault;
  for (const Change& change : commit.changes) {
    ++head;
    if (auto fault = claim(change, head)) return fault;
    if (auto fault = append(change, head, commit.time)) return fault;
  }
  for (const CounterStep& step : commit.counters)
    if (auto fault = move(step)) return fault;
  return std::nullopt;
}

std::optional<Error> SqliteLog::check(const Expectation& expectation) {
  Run run(revision_, Blob{expectation.key});
  auto known = run.row();
  if (!known) return std::move(known).error();
  if ((*known ? run.unsigned_number(0) : 0) != expectation.revision) return changed_meanwhile(expectation);
  return std::nullopt;
}

std::optional<Error> SqliteLog::claim(const Change& change, Revision revision) {
  std::string key = key_of(change.subject());
  auto run_one = [&](Run run) -> std::optional<Error> {
    if (auto fault = run.finish()) return fault;
    if (run.changes() != 1) return changed_meanwhile(change);
    return std::nullopt;
  };
  if (!change.prior) return run_one(Run(insert_object_, Blob{key}, revision));
  if (!change.object) return run_one(Run(delete_object_, Blob{key}, change.prior->revision()));
  return run_one(Run(replace_object_, Blob{key}, revision, change.prior->revision()));
}

std::optional<Error> SqliteLog::append(const Change& change, Revision revision, Millis time) {
  Revision prior = expected_revision(change);
  if (!change.object) return Run(append_, revision, time, prior, nullptr).finish();
  encode_record(*change.object, revision, record_);
  return Run(append_, revision, time, prior, Blob{record_}).finish();
}

std::optional<Error> SqliteLog::move(const CounterStep& step) {
  std::int64_t present = 0;
  {
    Run run(counter_, step.name);
    auto known = run.row();
    if (!known) return std::move(known).error();
    if (*known) present = run.number(0);
  }
  if (auto fault = check_counter(step, present)) return fault;
  return Run(set_counter_, step.name, present + step.delta).finish();
}

Result<std::vector<Entry>> SqliteLog::read(Revision after, std::size_t max) {
  if (database_.broken) return epoch_began(epoch());
  auto entries = recent_.read(after, max);
  if (!entries) return std::move(entries).error();
  if (*entries) return std::move(**entries);
  std::lock_guard lock(database_.mutex);
  if (after < recent_.oldest()) return trimmed(after, recent_.oldest());
  return read_from_disk(after, max);
}

Result<std::vector<Entry>> SqliteLog::read_from_disk(Revision after, std::size_t max) {
  std::vector<Entry> entries;
  Run run(read_, after, as_limit(max));
  for (;;) {
    auto more = run.row();
    if (!more) return std::move(more).error();
    if (!*more) return entries;
    auto entry = entry_of(run);
    if (!entry) return std::move(entry).error();
    if (entry->revision != after + entries.size() + 1) return missing(after + entries.size() + 1);
    entries.push_back(std::move(*entry));
  }
}

Result<Entry> SqliteLog::entry_of(const Run& row) {
  Entry entry;
  entry.revision = row.unsigned_number(0);
  entry.time = row.number(1);
  Revision prior = row.unsigned_number(2);
  if (!row.is_null(3)) {
    auto object = decode_record(row.bytes(3), scratch_);
    if (!object) return std::move(object).error();
    entry.object = std::move(*object);
  }
  if (prior == 0) return entry;
  if (row.is_null(4)) return missing(prior);
  auto object = decode_record(row.bytes(4), scratch_);
  if (!object) return std::move(object).error();
  entry.prior = std::move(*object);
  return entry;
}

Revision SqliteLog::wait(Revision after, std::chrono::steady_clock::time_point deadline, std::stop_token stop) {
  return recent_.wait(after, deadline, std::move(stop));
}

Result<void> SqliteLog::trim(Revision upto) {
  upto = std::min(upto, head());
  for (;;) {
    std::lock_guard lock(database_.mutex);
    Revision from = recent_.oldest();
    if (from >= upto) return {};
    Revision to = std::min(from + trim_step, upto);
    // Relaxed: what a power cut brings back is trimmed once more.
    auto fault = database_.connection.transact(Sync::relaxed, [&] { return trim_chunk(from, to); });
    if (fault) return *fault;
    recent_.forget(to);
  }
}

std::optional<Error> SqliteLog::trim_chunk(Revision after, Revision upto) {
  if (auto fault = Run(trim_replaced_, after, upto).finish()) return fault;
  if (auto fault = Run(trim_removals_, after, upto).finish()) return fault;
  return Run(set_oldest_, upto).finish();
}

/// Times only grow along the log, so it is halved rather than scanned, and needs no index.
Result<Revision> SqliteLog::before(Millis time) {
  std::lock_guard lock(database_.mutex);
  Revision low = recent_.oldest();
  Revision begin = low;
  Revision high = recent_.head();
  while (low < high) {
    Revision middle = low + (high - low + 1) / 2;
    auto at = time_of(middle);
    if (!at) return std::move(at).error();
    if (*at < time)
      low = middle;
    else
      high = middle - 1;
  }
  return low == begin ? Revision{0} : low;
}

Result<Millis> SqliteLog::time_of(Revision revision) {
  Run run(time_, revision);
  auto found = run.row();
  if (!found) return std::move(found).error();
  if (!*found) return missing(revision);
  return run.number(0);
}

}  // namespace netweave::store::sqlite
