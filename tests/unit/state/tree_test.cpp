#include <map>
#include <random>
#include <string>
#include <thread>

#include <doctest/doctest.h>

#include "model/uuid.hpp"
#include "state/groups.hpp"
#include "state/state.hpp"

using namespace netweave;
using namespace netweave::state;

namespace {

ObjectRef resource(const std::string& id, const std::string& pool, const std::string& note = "") {
  model::Draft draft;
  draft.id = id;
  draft.pool = pool;
  draft.type = "type-" + pool;
  draft.json = R"({"resourceId":")" + id + R"(","resourcePoolId":")" + pool + R"(","resourceTypeId":"type-)" + pool +
               R"(","description":")" + note + R"("})";
  return model::Object::make(draft);
}

/// Feeds a State with the entries of random changes and keeps a plain twin of it.
class Twin {
 public:
  void put(const std::string& id, const std::string& pool) {
    ObjectRef object = resource(id, pool, std::to_string(revision_));
    object.stamp(++revision_);
    ObjectRef prior = known_.count(id) ? known_[id] : ObjectRef();
    entries_.push_back({revision_, 0, object, prior});
    known_[id] = object;
  }
  void remove(const std::string& id) {
    if (!known_.count(id)) return;
    entries_.push_back({++revision_, 0, {}, known_[id]});
    known_.erase(id);
  }
  void flush(State& state) {
    state.apply(entries_);
    entries_.clear();
  }
  [[nodiscard]] const std::map<std::string, ObjectRef>& known() const { return known_; }

 private:
  Revision revision_ = 0;
  std::map<std::string, ObjectRef> known_;
  std::vector<store::Entry> entries_;
};

void check_same(const Snapshot& snapshot, const std::map<std::string, ObjectRef>& known) {
  const Tree& table = snapshot.table(Kind::resource);
  REQUIRE(table.size() == known.size());
  std::map<std::string, std::vector<const Object*>> by_pool;
  std::size_t at = 0;
  auto cursor = table.begin();
  for (const auto& [id, object] : known) {
    REQUIRE(cursor.valid());
    REQUIRE(&*cursor == object.get());
    REQUIRE(table.rank({0, id}) == at);
    REQUIRE(&*table.select(at) == object.get());
    REQUIRE(snapshot.find(Kind::resource, id) == object.get());
    by_pool[std::string(object->pool())].push_back(object.get());
    cursor.next();
    ++at;
  }
  REQUIRE_FALSE(cursor.valid());
  const Postings& index = snapshot.index(Kind::resource);
  for (const auto& one : known) REQUIRE(find_by_uuid(index, model::uuid_of(*one.second)) == one.second.get());
  REQUIRE(index.size() == 3 * known.size());  // by UUID, by pool and by type
  for (const auto& [pool, objects] : by_pool) {
    std::uint64_t group = group_of(Kind::resource, {"resourcePoolId"}, pool).value();
    auto indexed = index.lower_bound({group, {}});
    for (const Object* object : objects) {
      REQUIRE(&*indexed == object);
      indexed.next();
    }
    REQUIRE((!indexed.valid() || indexed.group() != group));
  }
}

}  // namespace

TEST_CASE("random changes leave the same objects in the same order as a plain map") {
  for (unsigned seed = 0; seed < 6; ++seed) {
    CAPTURE(seed);
    std::mt19937 random(seed);
    State state;
    Twin twin;
    int space = seed % 2 == 0 ? 3000 : 60000;
    for (int round = 0; round < 60; ++round) {
      bool shrinking = round % 20 > 14;
      for (int i = 0; i < 500; ++i) {
        std::string id = "r-" + std::to_string(random() % static_cast<unsigned>(space));
        if (random() % 10 < (shrinking ? 8U : 3U))
          twin.remove(id);
        else
          twin.put(id, "pool-" + std::to_string(random() % 7));
      }
      twin.flush(state);
      if (round % 6 == 0) check_same(*state.snapshot(), twin.known());
    }
    check_same(*state.snapshot(), twin.known());
  }
}

TEST_CASE("objects added in order fill their leaves") {
  State state;
  Twin twin;
  for (int i = 0; i < 40000; ++i) {
    twin.put("r-" + std::to_string(1000000 + i), "p");
    if (i % 1000 == 0) twin.flush(state);
  }
  twin.flush(state);
  check_same(*state.snapshot(), twin.known());
}

TEST_CASE("all can be removed and added again") {
  State state;
  Twin twin;
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 5000; ++i) twin.put("r-" + std::to_string(i), "p");
    twin.flush(state);
    for (int i = 0; i < 5000; ++i) twin.remove("r-" + std::to_string(i));
    twin.flush(state);
    check_same(*state.snapshot(), {});
  }
}

TEST_CASE("a pinned snapshot stays as it was") {
  State state;
  Twin twin;
  for (int i = 0; i < 2000; ++i) twin.put("r-" + std::to_string(i), "p");
  twin.flush(state);
  SnapshotRef old = state.snapshot();
  auto known = twin.known();
  for (int i = 0; i < 2000; i += 2) twin.remove("r-" + std::to_string(i));
  twin.flush(state);
  for (int i = 1; i < 2000; i += 2) twin.put("r-" + std::to_string(i), "q");
  twin.flush(state);
  check_same(*old, known);
  check_same(*state.snapshot(), twin.known());
}

TEST_CASE("load gives the same as applying one by one") {
  State state;
  std::vector<ObjectRef> objects;
  std::map<std::string, ObjectRef> known;
  for (int i = 0; i < 3000; ++i) {
    ObjectRef object = resource("r-" + std::to_string(i * 7919 % 3000), "p");
    known[std::string(object->id())] = object;
    objects.push_back(object);
  }
  state.load(objects, 9);
  check_same(*state.snapshot(), known);
  CHECK(state.snapshot()->revision() == 9);
}

TEST_CASE("replace puts another history's state in place of what was folded") {
  State state;
  std::vector<ObjectRef> before;
  for (int i = 0; i < 500; ++i) before.push_back(resource("r-" + std::to_string(i), "p"));
  state.load(before, 100, "aaaaaaaa");
  SnapshotRef old = state.snapshot();
  std::map<std::string, ObjectRef> known;
  std::vector<ObjectRef> after;
  for (int i = 300; i < 800; ++i) {
    ObjectRef object = resource("r-" + std::to_string(i), "q");
    known[std::string(object->id())] = object;
    after.push_back(object);
  }
  state.replace(after, 97, "bbbbbbbb");
  check_same(*state.snapshot(), known);
  CHECK(state.snapshot()->revision() == 97);
  CHECK(state.snapshot()->epoch() == "bbbbbbbb");
  CHECK(old->epoch() == "aaaaaaaa");
  CHECK(old->table(Kind::resource).size() == 500);
}

TEST_CASE("readers see whole commits while the state changes") {
  State state;
  std::atomic<bool> done = false;
  std::vector<std::jthread> readers;
  std::atomic<int> torn = 0;
  for (int i = 0; i < 3; ++i)
    readers.emplace_back([&] {
      while (!done) {
        SnapshotRef snapshot = state.snapshot();
        std::size_t a = 0;
        for (auto cursor = snapshot->table(Kind::resource).begin(); cursor.valid(); cursor.next())
          a += cursor->id().size();
        if (snapshot->table(Kind::resource).size() % 10 != 0 || a == 1) ++torn;
      }
    });
  Twin twin;
  for (int round = 0; round < 200; ++round) {
    for (int i = 0; i < 10; ++i) twin.put("r-" + std::to_string(round * 10 + i), "p");
    twin.flush(state);
  }
  done = true;
  readers.clear();
  CHECK(torn == 0);
}

TEST_CASE("waiting for a revision ends when it is folded, or at the deadline") {
  State state;
  CHECK_FALSE(state.wait(1, std::chrono::steady_clock::now()));
  std::jthread writer([&] {
    Twin twin;
    twin.put("a", "p");
    twin.flush(state);
  });
  CHECK(state.wait(1, std::chrono::steady_clock::now() + std::chrono::seconds(30)));
}
