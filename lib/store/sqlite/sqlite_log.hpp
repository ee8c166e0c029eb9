#pragma once

#include <functional>
#include <string>
#include <vector>

#include "store/recent.hpp"
#include "store/record.hpp"
#include "store/sqlite/database.hpp"
#include "store/sqlite/fold.hpp"
#include "store/store.hpp"

namespace netweave::store::sqlite {

/// The log, its fold and the counters in SQLite. See Log for the contract, schema.cpp for the tables.
class SqliteLog final : public Log {
 public:
  SqliteLog(Database& database, std::size_t recent_entries) : database_(database), recent_(recent_entries) {}
  /// Once, before anything else.
  std::optional<Error> begin();

  Result<Revision> load(const std::function<void(ObjectRef)>& each) override;
  Result<Revision> commit(const Commit& commit) override;
  Result<std::vector<Entry>> read(Revision after, std::size_t max) override;
  Revision wait(Revision after, std::chrono::steady_clock::time_point deadline, std::stop_token stop) override;
  Revision head() const override { return recent_.head(); }
  Revision oldest() const override { return recent_.oldest(); }
  Result<void> trim(Revision upto) override;
  Result<Revision> before(Millis time) override;
  std::string epoch() const override;
  Result<std::string> begin_epoch(const std::string& from) override;

 private:
  std::optional<Error> write(const Commit& commit, Revision head);
  std::optional<Error> check(const Expectation& expectation);
  std::optional<Error> claim(const Change& change, Revision revision);
  std::optional<Error> append(const Change& change, Revision revision, Millis time);
  std::optional<Error> move(const CounterStep& step);
  Result<Entry> entry_of(const Run& row);
  Result<std::vector<Entry>> read_from_disk(Revision after, std::size_t max);
  std::optional<Error> trim_chunk(Revision after, Revision upto);
  Result<Millis> time_of(Revision revision);

  Database& database_;
  Recent recent_;
  mutable std::mutex epoch_mutex_;  // not the database's, which a commit holds while the disk works
  std::string epoch_;
  // All below: under the database's mutex.
  std::string record_;
  model::Draft scratch_;
  Fold fold_;
  Statement revision_, insert_object_, replace_object_, delete_object_, append_, read_, time_;
  Statement trim_replaced_, trim_removals_, set_oldest_, set_epoch_, counter_, set_counter_;
};

}  // namespace netweave::store::sqlite
