#include <chrono>

#include <doctest/doctest.h>
#include <sqlite3.h>

#include "stores.hpp"

/// What SQLite's store promises beyond all stores: what outlives a restart, and where reads come from.
using namespace netweave;
using namespace netweave::store;
using namespace netweave::store::test;
using namespace std::chrono_literals;

namespace {

int rows_of_log(const std::string& path) {
  sqlite3* database = nullptr;
  sqlite3_open(path.c_str(), &database);
  int count = -1;
  auto take = [](void* into, int, char** values, char**) {
    *static_cast<int*>(into) = std::stoi(values[0]);
    return 0;
  };
  sqlite3_exec(database, "SELECT count(*) FROM log", take, &count, nullptr);
  sqlite3_close(database);
  return count;
}

}  // namespace

TEST_CASE("what was committed is there after a restart, and revisions go on") {
  Sqlite store;
  ObjectRef a = put(*store, "a");
  store.reopen();
  CHECK(words(load(*store).at(0)) == words(a));
  CHECK(store->log().head() == 1);
  CHECK(put(*store, "b")->revision() == 2);
}

TEST_CASE("counters outlive a restart") {
  Sqlite store;
  Commit commit;
  commit.counters = {{"n", 2, 2}};
  REQUIRE(store->log().commit(commit).has_value());
  store.reopen();
  CHECK(store->log().commit(commit).error().kind == ErrorKind::exhausted);
}

TEST_CASE("a lease is gone with the process that held it, and its token still grows") {
  Sqlite store;
  auto before = store->leases().acquire("l", "gw1", 1h).value();
  store.reopen();
  Commit commit;
  commit.fences = {{"l", before}};
  CHECK(store->log().commit(commit).error().kind == ErrorKind::denied);
  CHECK(store->leases().acquire("l", "gw2", 1h).value() > before);
}

TEST_CASE("entries older than those kept in memory come from disk, the same") {
  SqliteOptions options;
  options.recent_entries = 3;
  Sqlite store(options);
  std::vector<std::string> said;
  ObjectRef prior;
  for (int i = 0; i < 10; ++i) {
    ObjectRef next = object("a", std::to_string(i));
    REQUIRE(store->log().commit(commit_of({{next, prior}}, i)).has_value());
    said.push_back(words(Entry{next->revision(), i, next, prior}));
    prior = next;
  }
  for (Revision after = 0; after <= 10; ++after) {
    auto entries = store->log().read(after, 100).value();
    REQUIRE(entries.size() == 10 - after);
    for (std::size_t i = 0; i < entries.size(); ++i) CHECK(words(entries[i]) == said[after + i]);
  }
}

TEST_CASE("a long log is trimmed in steps, and every version that nothing needs is gone from the file") {
  Sqlite store;
  ObjectRef prior;
  for (int round = 0; round < 3; ++round) {
    std::vector<Change> changes;
    for (int i = 0; i < 900; ++i)
      changes.push_back({object("r" + std::to_string(round) + "-" + std::to_string(i)), nullptr});
    changes.push_back({object("same", std::to_string(round)), prior});
    REQUIRE(store->log().commit(commit_of(changes)).has_value());
    prior = changes.back().object;
    if (round == 2) break;
    for (Change& change : changes) change = {nullptr, change.object};
    changes.pop_back();
    REQUIRE(store->log().commit(commit_of(changes)).has_value());
  }
  REQUIRE(store->log().trim(UINT64_MAX).has_value());
  store.reopen();
  CHECK(load(*store).size() == 901);
  CHECK(store->log().oldest() == 901 * 3 + 900 * 2);
  store.close();
  CHECK(rows_of_log(store.path()) == 901);
}

TEST_CASE("a fold whose objects lie far apart in a long log is loaded whole") {
  Sqlite store;
  std::vector<std::string> said;
  for (int round = 0; round < 5; ++round) {
    said.push_back(words(put(*store, "kept" + std::to_string(round))));
    ObjectRef prior = put(*store, "busy");
    for (int i = 0; i < 40 * round; ++i) {
      ObjectRef next = object("busy", std::to_string(i));
      REQUIRE(store->log().commit(commit_of({{next, prior}})).has_value());
      prior = next;
    }
    REQUIRE(store->log().commit(commit_of({{nullptr, prior}})).has_value());
  }
  std::vector<std::string> loaded;
  for (const ObjectRef& each : load(*store)) loaded.push_back(words(each));
  CHECK(loaded == said);
}
