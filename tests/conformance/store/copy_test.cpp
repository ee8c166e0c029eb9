#include "store/copy.hpp"

#include <algorithm>
#include <atomic>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <thread>

#include <doctest/doctest.h>

#include "netweave/backup.hpp"

#include "stores.hpp"

/// Backups and restores: of either kind, into either kind.
using namespace netweave;
using namespace netweave::store;
using namespace netweave::store::test;

namespace {

Config config_of(const std::string& path) {
  Config config;
  config.store.path = path;
  config.store.sync = StoreSync::normal;
  return config;
}
Config config_of(Sqlite& store) { return config_of(store.path()); }
Config config_of(Redis& store) { return store::test::config_of(store.options()); }

/// Keys that hold nothing yet.
RedisOptions fresh_redis() {
  static int number = 0;
  RedisOptions options;
  options.redis.addresses = {shared_redis().address()};
  options.o_cloud = "restored-" + std::to_string(++number);
  return options;
}
std::string keys_of(const RedisOptions& options) {
  return shared_redis().call("keys {netweave:" + options.o_cloud + "}*");
}

std::unique_ptr<Store> open(const Config& config) {
  auto opened = config.store.backend == StoreBackend::redis ? open_redis(redis_options(config))
                                                            : open_sqlite({config.store.path, false});
  if (!opened) throw std::runtime_error(opened.error().message + " " + opened.error().cause);
  return std::move(*opened);
}

std::set<std::string> contents(Store& store) {
  std::set<std::string> all;
  for (const ObjectRef& object : load(store)) all.insert(words(object));
  return all;
}

/// Something of everything that a store can hold.
void fill(Store& store) {
  std::vector<Change> changes;
  for (int i = 0; i < 300; ++i)
    changes.push_back({object("o" + std::to_string(i), std::string(static_cast<std::size_t>(i) * 7, 'x')), nullptr});
  REQUIRE(store.log().commit(commit_of(changes, 5)).has_value());
  std::vector<Change> more;
  for (std::size_t i = 0; i < 60; ++i)
    more.push_back({i < 40 ? object("o" + std::to_string(i), "again") : nullptr, changes[i].object});
  Commit commit = commit_of(more, 6);
  commit.counters = {{"quota/t/pools", 7, 10}};
  REQUIRE(store.log().commit(commit).has_value());
  REQUIRE(store.positions().write({{"subscription/a", 350, 3, "{\"epoch\":\"x\"}"}, {"subscription/b", 0, 0, ""}}));
  for (int i = 1; i <= 5; ++i)
    REQUIRE(store.streams().append("deadletters/a", "letter " + std::to_string(i), i * 10).has_value());
  REQUIRE(store.streams().trim("deadletters/a", 2));
}

void check_parts(Store& copy, Store& original) {
  auto positions = copy.positions().load();
  REQUIRE(positions.has_value());
  REQUIRE(positions->size() == 2);
  CHECK((*positions)[0].reader == "subscription/a");
  CHECK((*positions)[0].revision == 350);
  CHECK((*positions)[0].sequence == 3);
  CHECK((*positions)[0].state == "{\"epoch\":\"x\"}");
  auto letters = copy.streams().read("deadletters/a", 0, 100);
  REQUIRE(letters.has_value());
  REQUIRE(letters->size() == 3);
  CHECK(letters->front().sequence == 3);
  CHECK(letters->front().time == 30);
  CHECK(letters->front().bytes == "letter 3");
  CHECK(copy.streams().append("deadletters/a", "next", 1).value() == 6);
  CHECK(copy.key("cursor").value() == original.key("cursor").value());
  Commit count = commit_of({});
  count.counters = {{"quota/t/pools", 3, 10}};
  CHECK(copy.log().commit(count).has_value());
  count.counters = {{"quota/t/pools", 1, 10}};
  CHECK(copy.log().commit(count).error().kind == ErrorKind::exhausted);
}

/// The copy goes on from where the original was.
void check_goes_on(Store& copy, Revision head) {
  CHECK(copy.log().head() == head);
  CHECK(copy.log().oldest() == head);
  auto objects = load(copy);
  ObjectRef one = *std::find_if(objects.begin(), objects.end(), [](const auto& o) { return o->id() == "o1"; });
  ObjectRef changed = object("o1", "after");
  REQUIRE(copy.log().commit(commit_of({{changed, one}})).value() == head + 1);
  auto entries = copy.log().read(head, 10);
  REQUIRE(entries.has_value());
  REQUIRE(entries->size() == 1);
  CHECK(words(entries->front().object) == words(changed));
  CHECK(words(entries->front().prior) == words(one));
  CHECK(copy.log().read(head - 1, 10).error().kind == ErrorKind::not_found);
}

}  // namespace

TEST_CASE_TEMPLATE("a restored backup is the same store in another epoch, of whatever kind SQLite and Redis", S, Sqlite,
                   Redis) {
  Directory directory;
  S original;
  fill(*original);
  std::string key = original->key("cursor").value();
  Revision head = original->log().head();
  std::uint64_t told = 0;
  auto made = back_up(config_of(original), directory / "backup", [&](std::uint64_t done, std::uint64_t total) {
    CHECK(done <= total);
    told = total;
  });
  REQUIRE_MESSAGE(made.has_value(), made.error().message);
  CHECK(made->objects == 280);
  CHECK(told == 280);
  CHECK(made->revision == head);
  std::set<std::string> epochs{original->log().epoch(), made->epoch};
  for (const Config& target : {config_of(directory / "a.db"), config_of(directory / "b.db"), config_of(fresh_redis()),
                               config_of(fresh_redis())}) {
    auto restored = restore(target, directory / "backup");
    REQUIRE_MESSAGE(restored.has_value(), restored.error().message);
    CHECK(restored->objects == 280);
    CHECK(restored->revision == head);
    auto copy = open(target);
    CHECK(copy->log().epoch() == restored->epoch);
    CHECK(epochs.insert(restored->epoch).second);  // each history is a new one
    CHECK(contents(*copy) == contents(*original));
    check_parts(*copy, *original);
    check_goes_on(*copy, head);
  }
  auto direct = open(config_of(directory / "backup"));  // a backup is a store itself
  CHECK(contents(*direct) == contents(*original));
  CHECK(direct->log().epoch() == made->epoch);
  check_goes_on(*direct, head);
}

TEST_CASE_TEMPLATE("a backup while others commit is of one revision, counters too SQLite Redis", S, Sqlite, Redis) {
  Directory directory;
  S store;
  std::vector<Change> filling;
  for (int i = 0; i < 900; ++i) filling.push_back({object("f" + std::to_string(i)), nullptr});
  REQUIRE(store->log().commit(commit_of(filling)).has_value());
  std::atomic<int> round{0};
  std::jthread writer([&](const std::stop_token& stop) {
    ObjectRef a, b;
    while (!stop.stop_requested()) {
      std::string content = std::to_string(round + 1);
      ObjectRef next_a = object("a", content), next_b = object("b", content);
      Commit commit = commit_of({{next_a, a}, {next_b, b}});
      commit.counters = {{"n", 1}};
      if (!store->log().commit(commit)) return;
      a = next_a, b = next_b;
      ++round;
      (void)store->positions().write({{"subscription/a", store->log().head(), 0, ""}});
    }
  });
  for (int i = 0; i < 5; ++i) {
    int before = round;
    while (round < before + 20) std::this_thread::yield();
    std::string file = directory / ("backup" + std::to_string(i));
    auto made = back_up(config_of(store), file);
    REQUIRE_MESSAGE(made.has_value(), made.error().message);
    auto copy = open(config_of(file));
    std::map<std::string, std::string> jsons;
    for (const ObjectRef& object : load(*copy)) jsons[std::string(object->id())] = object->json();
    CHECK(jsons.size() == 902);
    std::string content = jsons["a"].substr(jsons["a"].find("name"));
    CHECK(content == jsons["b"].substr(jsons["b"].find("name")));
    Commit count = commit_of({});
    count.counters = {{"n", -std::stoi(content.substr(7))}};
    CHECK(copy->log().commit(count).has_value());
    count.counters = {{"n", -1}};
    CHECK(copy->log().commit(count).error().kind == ErrorKind::exhausted);
    CHECK(copy->positions().load()->at(0).revision <= made->revision);
  }
  int last = round;
  while (round < last + 5) std::this_thread::yield();  // the writer was not stopped by any of them
}

TEST_CASE("a backup does not overwrite, SQLite") {
  Directory directory;
  Sqlite store;
  put(*store, "a");
  std::ofstream(directory / "backup") << "mine";
  auto refused = back_up(config_of(store), directory / "backup");
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().kind == ErrorKind::conflict);
  CHECK(refused.error().message.find("another name") != std::string::npos);
  CHECK(back_up(config_of(store), store.path()).error().kind == ErrorKind::unavailable);  // itself
  std::string word;
  std::ifstream(directory / "backup") >> word;
  CHECK(word == "mine");
  CHECK_FALSE(std::filesystem::exists(directory / "backup.lock"));
}

TEST_CASE("where there is no store there is no backup, and nothing is made, SQLite and Redis") {
  Directory directory;
  auto refused = back_up(config_of(directory / "none.db"), directory / "backup");
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().kind == ErrorKind::precondition);
  CHECK(refused.error().message.find("none.db is not there") != std::string::npos);
  RedisOptions none = fresh_redis();
  refused = back_up(config_of(none), directory / "backup");
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().kind == ErrorKind::precondition);
  CHECK(refused.error().message.find("o_cloud.id") != std::string::npos);
  CHECK(keys_of(none).empty());
  CHECK(std::filesystem::is_empty(directory / "."));
  Config memory;
  memory.store.backend = StoreBackend::memory;
  CHECK(back_up(memory, directory / "backup").error().kind == ErrorKind::invalid);
  CHECK(restore(memory, directory / "backup").error().kind == ErrorKind::invalid);
}

TEST_CASE("a store that was left by a kill is backed up whole, and left as it was, SQLite") {
  Directory directory;
  auto bytes = [](const std::string& path) {
    std::ostringstream out;
    out << std::ifstream(path, std::ios::binary).rdbuf();
    return out.str();
  };
  {
    auto live = open(config_of(directory / "live.db"));
    fill(*live);
    std::filesystem::copy_file(directory / "live.db", directory / "store.db");
    std::filesystem::copy_file(directory / "live.db-wal", directory / "store.db-wal");
  }
  std::string before = bytes(directory / "store.db");
  std::string log = bytes(directory / "store.db-wal");
  auto made = back_up(config_of(directory / "store.db"), directory / "backup");
  REQUIRE_MESSAGE(made.has_value(), made.error().message);
  CHECK(made->objects == 280);
  CHECK(bytes(directory / "store.db") == before);
  CHECK(bytes(directory / "store.db-wal") == log);
  CHECK(load(*open(config_of(directory / "store.db"))).size() == 280);
}

TEST_CASE("a restore refuses a store that is not empty, and leaves it, SQLite and Redis") {
  Directory directory;
  Sqlite sqlite;
  Redis redis;
  put(*sqlite, "a");
  put(*redis, "a");
  REQUIRE(back_up(config_of(sqlite), directory / "backup").has_value());
  auto held = restore(config_of(sqlite), directory / "backup");
  REQUIRE_FALSE(held.has_value());
  CHECK(held.error().kind == ErrorKind::unavailable);
  CHECK(held.error().message.find("is held by") != std::string::npos);
  sqlite.close();
  auto used = restore(config_of(sqlite), directory / "backup");
  REQUIRE_FALSE(used.has_value());
  CHECK(used.error().kind == ErrorKind::conflict);
  CHECK(used.error().message.find("is not empty: move it away") != std::string::npos);
  sqlite.reopen();
  CHECK(load(*sqlite).size() == 1);
  used = restore(config_of(redis), directory / "backup");
  REQUIRE_FALSE(used.has_value());
  CHECK(used.error().kind == ErrorKind::conflict);
  CHECK(used.error().message.find("are not empty") != std::string::npos);
  put(*redis, "b");
  CHECK(load(*redis).size() == 2);
}

TEST_CASE("an empty store is restored into, SQLite and Redis") {
  Directory directory;
  Sqlite original;
  put(*original, "a");
  REQUIRE(back_up(config_of(original), directory / "backup").has_value());
  Sqlite sqlite;
  Redis redis;
  sqlite.close();
  redis.close();
  for (const Config& target : {config_of(sqlite), config_of(redis)}) {
    auto restored = restore(target, directory / "backup");
    REQUIRE_MESSAGE(restored.has_value(), restored.error().message);
    CHECK(contents(*open(target)) == contents(*original));
  }
}

TEST_CASE("what is no backup is refused, and nothing is left of the attempt, SQLite and Redis") {
  Directory directory;
  Sqlite original;
  for (int i = 0; i < 100; ++i) put(*original, "o" + std::to_string(i), std::string(2000, 'x'));
  std::string good = directory / "good";
  REQUIRE(back_up(config_of(original), good).has_value());
  std::ofstream(directory / "text") << "these are not the bytes you are looking for";
  std::ofstream(directory / "empty") << "";
  std::filesystem::copy_file(good, directory / "cut");
  std::filesystem::resize_file(directory / "cut", std::filesystem::file_size(good) / 2);
  std::filesystem::copy_file(good, directory / "newer");
  {
    std::fstream newer(directory / "newer", std::ios::in | std::ios::out | std::ios::binary);
    newer.seekp(63);  // the last byte of the user version
    newer.put(9);
  }
  std::map<std::string, std::string> expected{{"text", "is no backup of netweave"},
                                              {"empty", "is no backup of netweave"},
                                              {"none", "is not there"},
                                              {"cut", "or it is damaged"},
                                              {"newer", "is a backup of format 9, and this program reads 1"}};
  for (const auto& [name, words] : expected) {
    RedisOptions keys = fresh_redis();
    for (const Config& target : {config_of(directory / "target.db"), config_of(keys)}) {
      auto refused = restore(target, directory / name);
      REQUIRE_FALSE(refused.has_value());
      CHECK(refused.error().kind == ErrorKind::precondition);
      CHECK_MESSAGE(refused.error().message.find(words) != std::string::npos, refused.error().message);
    }
    CHECK(keys_of(keys).empty());
    for (const char* rest : {"", ".new", ".lock", "-wal", ".new-wal"})
      CHECK_FALSE(std::filesystem::exists(directory / ("target.db" + std::string(rest))));
  }
}

TEST_CASE("a restore that was broken off keeps gateways out until it is done anew, Redis") {
  Directory directory;
  Sqlite original;
  fill(*original);
  REQUIRE(back_up(config_of(original), directory / "backup").has_value());
  RedisOptions keys = fresh_redis();
  std::string base = "{netweave:" + keys.o_cloud + "}:";
  shared_redis().call("hset " + base + "meta restoring someone");
  shared_redis().call("hset " + base + "objects half done");
  shared_redis().call("hset " + base + "streams deadletters/a 1");
  shared_redis().call("xadd " + base + "stream:deadletters/a 1-0 t 1 b x");
  auto kept_out = open_redis(keys);
  REQUIRE_FALSE(kept_out.has_value());
  CHECK(kept_out.error().kind == ErrorKind::unavailable);
  CHECK(kept_out.error().message.find("run it again") != std::string::npos);
  auto restored = restore(config_of(keys), directory / "backup");
  REQUIRE_MESSAGE(restored.has_value(), restored.error().message);
  CHECK(contents(*open(config_of(keys))) == contents(*original));
}

TEST_CASE("of two restores into the same keys the later one goes through, Redis") {
  RedisOptions keys = fresh_redis();
  auto first = fill_redis(keys);
  REQUIRE(first.has_value());
  CHECK_FALSE((*first)->counter("a", 1).has_value());
  auto second = fill_redis(keys);
  REQUIRE(second.has_value());
  CHECK_FALSE((*second)->counter("b", 2).has_value());
  auto lost = (*first)->finish(1);
  REQUIRE_FALSE(lost.has_value());
  CHECK(lost.error().message.find("another restore") != std::string::npos);
  first->reset();  // takes away nothing of the other's
  REQUIRE((*second)->finish(1).has_value());
  CHECK(shared_redis().call("hgetall {netweave:" + keys.o_cloud + "}:counters") == "b\n2");
}
