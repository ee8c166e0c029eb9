#include <cstdlib>
#include <map>
#include <random>
#include <string>

#include <doctest/doctest.h>

#include "stores.hpp"

using namespace netweave;
using namespace netweave::store;
using namespace netweave::store::test;

namespace {

/// What a store should be, slow and obvious.
struct Twin {
  std::map<std::string, ObjectRef> objects;
  std::map<std::string, std::int64_t> counters;
  std::vector<std::string> log;  // log[i] is revision i + 1
  Revision oldest = 0;
};

class Play {
 public:
  explicit Play(unsigned seed) : random_(seed) {}

  template <class S>
  void run(S& store, int steps) {
    for (int step = 0; step < steps; ++step) {
      switch (pick(10)) {
        case 0:
          trim(*store);
          break;
        case 1:
          store.reopen();
          break;
        case 2:
          compare(*store);
          break;
        default:
          commit(*store);
      }
    }
    compare(*store);
  }

 private:
  unsigned pick(unsigned below) { return static_cast<unsigned>(random_() % below); }

  Change change_of(const std::string& id, bool& valid) {
    auto place = twin_.objects.find(id);
    bool there = place != twin_.objects.end();
    ObjectRef prior = there ? place->second : ObjectRef();
    if (pick(30) == 0) {  // a wrong idea of the present
      valid = false;
      if (there) return {object(id), nullptr};
      ObjectRef never = object(id);
      never.stamp(1 + pick(50));
      return {nullptr, never};
    }
    if (there && pick(3) == 0) return {nullptr, prior};
    return {object(id, std::string(pick(40) * pick(120), 'x')), prior};
  }

  void commit(Store& store) {
    Commit commit;
    bool valid = true;
    commit.time = ++time_;
    for (unsigned id = pick(5); id < 40; id += 1 + pick(12))
      commit.changes.push_back(change_of("o" + std::to_string(id), valid));
    CounterStep step{"n" + std::to_string(pick(2)), static_cast<std::int64_t>(pick(7)) - 3, 5};
    std::int64_t after = twin_.counters[step.name] + step.delta;
    bool counts = after >= 0 && (step.delta <= 0 || after <= 5);
    commit.counters = {step};
    auto done = store.log().commit(commit);
    CHECK(done.has_value() == (valid && counts));
    if (!done) {
      CHECK(done.error().kind == (valid ? ErrorKind::exhausted : ErrorKind::conflict));
      return;
    }
    twin_.counters[step.name] = after;
    for (const Change& change : commit.changes) apply(change, commit.time);
    CHECK(*done == twin_.log.size());
  }

  void apply(const Change& change, Millis time) {
    std::string id(change.subject().id());
    Revision revision = twin_.log.size() + 1;
    if (change.object) {
      CHECK(change.object->revision() == revision);
      twin_.objects[id] = change.object;
    } else {
      twin_.objects.erase(id);
    }
    twin_.log.push_back(words(Entry{revision, time, change.object, change.prior}));
  }

  void trim(Store& store) {
    auto upto = static_cast<Revision>(pick(static_cast<unsigned>(twin_.log.size()) + 1));
    REQUIRE(store.log().trim(upto).has_value());
    twin_.oldest = std::max(twin_.oldest, upto);
  }

  void compare(Store& store) {
    CHECK(store.log().head() == twin_.log.size());
    CHECK(store.log().oldest() == twin_.oldest);
    std::map<std::string, std::string> loaded;
    for (const ObjectRef& each : load(store)) loaded[std::string(each->id())] = words(each);
    CHECK(loaded.size() == twin_.objects.size());
    for (const auto& [id, each] : twin_.objects) CHECK(loaded[id] == words(each));
    Revision after = twin_.oldest + pick(static_cast<unsigned>(twin_.log.size() - twin_.oldest) + 1);
    auto entries = store.log().read(after, 100).value();
    CHECK(entries.size() == std::min<std::size_t>(100, twin_.log.size() - after));
    for (const Entry& entry : entries) CHECK(words(entry) == twin_.log[after++]);
    if (twin_.oldest > 0) CHECK_FALSE(store.log().read(twin_.oldest - 1, 1).has_value());
  }

  std::mt19937 random_;
  Twin twin_;
  Millis time_ = 0;
};

/// NETWEAVE_SEED repeats one run.
std::vector<unsigned> seeds() {
  if (const char* given = std::getenv("NETWEAVE_SEED")) return {static_cast<unsigned>(std::stoul(given))};
  std::random_device device;
  return {1, 2, 3, device(), device()};
}

}  // namespace

TEST_CASE("random commits, trims and restarts leave the memory store as its slow twin") {
  for (unsigned seed : seeds()) {
    INFO("NETWEAVE_SEED=" << seed);
    Memory store;
    Play(seed).run(store, 300);
  }
}

TEST_CASE("random commits, trims and restarts leave the SQLite store as its slow twin") {
  for (unsigned seed : seeds()) {
    INFO("NETWEAVE_SEED=" << seed);
    SqliteOptions options;
    options.recent_entries = 20;  // so that reads begin before, at and within what is kept in memory
    Sqlite store(options);
    Play(seed).run(store, 300);
  }
}

TEST_CASE("random commits, trims and restarts leave the Redis store as its slow twin") {
  for (unsigned seed : seeds()) {
    INFO("NETWEAVE_SEED=" << seed);
    RedisOptions options;
    options.recent_entries = 20;
    Redis store(options);
    Play(seed).run(store, 300);
  }
}
