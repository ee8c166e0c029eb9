#include <chrono>
#include <thread>

#include <doctest/doctest.h>

#include "stores.hpp"

using namespace netweave;
using namespace netweave::store;
using namespace netweave::store::test;
using namespace std::chrono_literals;

namespace {

template <class T>
ErrorKind refusal(const Result<T>& result) {
  REQUIRE_FALSE(result.has_value());
  return result.error().kind;
}

std::vector<Revision> revisions(const Result<std::vector<Entry>>& read) {
  REQUIRE(read.has_value());
  std::vector<Revision> all;
  for (const Entry& entry : *read) all.push_back(entry.revision);
  return all;
}

Commit counted(const std::string& name, std::int64_t delta, std::int64_t ceiling = INT64_MAX) {
  Commit commit;
  commit.counters = {{name, delta, ceiling}};
  return commit;
}

std::vector<Change> puts(std::size_t count) {
  std::vector<Change> changes;
  for (std::size_t i = 0; i < count; ++i) changes.push_back({object("o" + std::to_string(i)), nullptr});
  return changes;
}

}  // namespace

TEST_CASE_TEMPLATE("an empty store has nothing, and its head is 0", S, Memory, Sqlite, Redis) {
  S store;
  CHECK(load(*store).empty());
  CHECK(store->log().head() == 0);
  CHECK(store->log().oldest() == 0);
  CHECK(revisions(store->log().read(0, 10)).empty());
}

TEST_CASE_TEMPLATE("a commit gives each change the next revision, in order", S, Memory, Sqlite, Redis) {
  S store;
  put(*store, "before");
  ObjectRef a = object("a");
  ObjectRef b = object("b");
  CHECK(store->log().commit(commit_of({{a, nullptr}, {b, nullptr}})).value() == 3);
  CHECK(a->revision() == 2);
  CHECK(b->revision() == 3);
  CHECK(store->log().head() == 3);
  CHECK(revisions(store->log().read(0, 10)) == std::vector<Revision>{1, 2, 3});
}

TEST_CASE_TEMPLATE("a commit without changes gives the head", S, Memory, Sqlite, Redis) {
  S store;
  put(*store, "a");
  CHECK(store->log().commit({}).value() == 1);
  CHECK(store->log().commit(counted("n", 1)).value() == 1);
}

TEST_CASE_TEMPLATE("an object comes back with every field", S, Memory, Sqlite, Redis) {
  S store;
  model::Draft draft;
  draft.kind = Kind::resource;
  draft.id = "r1";
  draft.json =
      R"({"resourceId":"r1","resourceTypeId":"t1","resourcePoolId":"p1","x":")" + std::string(9000, 'x') + "\"}";
  draft.pool = "p1";
  draft.type = "t1";
  draft.adapter = "k8s";
  draft.reference = "node/r1";
  draft.uid = "4711";
  draft.tenant = "blue";
  draft.version = UINT64_MAX;
  ObjectRef made = model::Object::make(draft);
  REQUIRE(store->log().commit(commit_of({{made, nullptr}}, 1234)).has_value());
  std::string before = words(made);
  store.reopen();
  auto loaded = load(*store);
  REQUIRE(loaded.size() == 1);
  CHECK(words(loaded[0]) == before);
  auto entries = store->log().read(0, 10).value();
  REQUIRE(entries.size() == 1);
  CHECK(words(entries[0]) == "1 @1234 " + before + " <- -");
}

TEST_CASE_TEMPLATE("a put of what is there is refused", S, Memory, Sqlite, Redis) {
  S store;
  put(*store, "a");
  auto again = store->log().commit(commit_of({{object("a"), nullptr}}));
  CHECK(refusal(again) == ErrorKind::conflict);
  CHECK(again.error().message.find("a was changed") != std::string::npos);
}

TEST_CASE_TEMPLATE("one id of two kinds is two objects", S, Memory, Sqlite, Redis) {
  S store;
  put(*store, "a");
  CHECK(store->log().commit(commit_of({{object("a", "", Kind::resource), nullptr}})).has_value());
  CHECK(load(*store).size() == 2);
}

TEST_CASE_TEMPLATE("a put over another state than the given one is refused", S, Memory, Sqlite, Redis) {
  S store;
  ObjectRef first = put(*store, "a", "1");
  ObjectRef second = object("a", "2");
  REQUIRE(store->log().commit(commit_of({{second, first}})).has_value());
  CHECK(refusal(store->log().commit(commit_of({{object("a", "3"), first}}))) == ErrorKind::conflict);
  CHECK(words(load(*store).at(0)) == words(second));
}

TEST_CASE_TEMPLATE("a removal of another state, or of nothing, is refused", S, Memory, Sqlite, Redis) {
  S store;
  ObjectRef first = put(*store, "a", "1");
  ObjectRef second = object("a", "2");
  REQUIRE(store->log().commit(commit_of({{second, first}})).has_value());
  CHECK(refusal(store->log().commit(commit_of({{nullptr, first}}))) == ErrorKind::conflict);
  REQUIRE(store->log().commit(commit_of({{nullptr, second}})).has_value());
  CHECK(refusal(store->log().commit(commit_of({{nullptr, second}}))) == ErrorKind::conflict);
  CHECK(load(*store).empty());
}

TEST_CASE_TEMPLATE("what was removed can be put again, as new", S, Memory, Sqlite, Redis) {
  S store;
  ObjectRef first = put(*store, "a");
  REQUIRE(store->log().commit(commit_of({{nullptr, first}})).has_value());
  CHECK(put(*store, "a")->revision() == 3);
}

TEST_CASE_TEMPLATE("one failed precondition takes the whole commit back", S, Memory, Sqlite, Redis) {
  S store;
  ObjectRef kept = put(*store, "kept");
  ObjectRef gone = put(*store, "gone");
  ObjectRef fresh = object("fresh");
  Commit commit =
      commit_of({{fresh, nullptr}, {object("kept", "new"), kept}, {nullptr, gone}, {object("gone2"), gone}});
  commit.changes[3].object = nullptr;
  commit.changes[3].prior = object("never");
  commit.changes[3].prior.stamp(1);
  commit.counters = {{"n", 1, 1}};
  CHECK(refusal(store->log().commit(commit)) == ErrorKind::conflict);
  CHECK(store->log().head() == 2);
  CHECK(load(*store).size() == 2);
  CHECK(revisions(store->log().read(0, 10)) == std::vector<Revision>{1, 2});
  CHECK(store->log().commit(counted("n", 1, 1)).has_value());  // the counter was not moved
  commit.changes.pop_back();
  commit.counters.clear();
  CHECK(store->log().commit(commit).value() == 5);
  CHECK(fresh->revision() == 3);
}

TEST_CASE_TEMPLATE("an expectation holds a commit to what it relies on and does not change", S, Memory, Sqlite, Redis) {
  S store;
  ObjectRef pool = put(*store, "pool", "1");
  auto relying = [&](const std::string& made, Kind kind, const std::string& on, Revision revision) {
    Commit commit = commit_of({{object(made), nullptr}});
    commit.expectations = {{key_of(kind, on), revision}};
    commit.counters = {{"n", 1, 1}};
    return store->log().commit(commit);
  };
  auto absent = relying("made", Kind::resource_pool, "gone", 1);
  CHECK(refusal(absent) == ErrorKind::conflict);
  CHECK(absent.error().message.find("gone was changed") != std::string::npos);
  CHECK(refusal(relying("made", Kind::resource_pool, "pool", 0)) == ErrorKind::conflict);
  CHECK(refusal(relying("made", Kind::resource_pool, "pool", 2)) == ErrorKind::conflict);
  CHECK(refusal(relying("made", Kind::resource, "pool", 1)) == ErrorKind::conflict);
  CHECK(store->log().head() == 1);
  CHECK(relying("made", Kind::resource_pool, "pool", 1).value() == 2);  // no counter was moved before
  Commit changing = commit_of({{object("pool", "2"), pool}});
  changing.expectations = {{key_of(*pool), 1}, {key_of(Kind::resource, "pool"), 0}};
  CHECK(store->log().commit(changing).value() == 3);
  store.reopen();
  CHECK(refusal(store->log().commit(changing)) == ErrorKind::conflict);
  CHECK(load(*store).size() == 2);
}

TEST_CASE_TEMPLATE("an expectation holds for a commit without changes, and for revisions of many bytes", S, Memory,
                   Sqlite, Redis) {
  S store;
  put(*store, "early");
  REQUIRE(store->log().commit(commit_of(puts(700))).has_value());
  put(*store, "late");  // at 702
  Commit commit;
  commit.expectations = {{key_of(Kind::resource_pool, "early"), 1}, {key_of(Kind::resource_pool, "late"), 702}};
  CHECK(store->log().commit(commit).value() == 702);
  commit.expectations.back().revision = 701;
  CHECK(refusal(store->log().commit(commit)) == ErrorKind::conflict);
}

TEST_CASE_TEMPLATE("a commit holds 1,000 changes and no more", S, Memory, Sqlite, Redis) {
  S store;
  CHECK(refusal(store->log().commit(commit_of(puts(1001)))) == ErrorKind::invalid);
  CHECK(store->log().head() == 0);
  CHECK(store->log().commit(commit_of(puts(1000))).value() == 1000);
}

TEST_CASE_TEMPLATE("a commit with one object twice, or a change that is none, is invalid", S, Memory, Sqlite, Redis) {
  S store;
  CHECK(refusal(store->log().commit(commit_of({{object("a"), nullptr}, {object("a"), nullptr}}))) ==
        ErrorKind::invalid);
  CHECK(refusal(store->log().commit(commit_of({{nullptr, nullptr}}))) == ErrorKind::invalid);
  CHECK(refusal(store->log().commit(commit_of({{object("a"), object("a")}}))) == ErrorKind::invalid);
  ObjectRef a = put(*store, "a");
  CHECK(refusal(store->log().commit(commit_of({{object("b"), a}}))) == ErrorKind::invalid);
  CHECK(store->log().head() == 1);
}

TEST_CASE_TEMPLATE("an entry carries the object, its prior state and its time", S, Memory, Sqlite, Redis) {
  S store;
  ObjectRef first = put(*store, "a", "1", 10);
  ObjectRef second = object("a", "2");
  REQUIRE(store->log().commit(commit_of({{second, first}}, 20)).has_value());
  REQUIRE(store->log().commit(commit_of({{nullptr, second}}, 30)).has_value());
  store.reopen();
  auto entries = store->log().read(0, 10).value();
  REQUIRE(entries.size() == 3);
  CHECK(words(entries[0]) == "1 @10 " + words(first) + " <- -");
  CHECK(words(entries[1]) == "2 @20 " + words(second) + " <- " + words(first));
  CHECK(words(entries[2]) == "3 @30 - <- " + words(second));
}

TEST_CASE_TEMPLATE("read gives at most so many entries after a revision", S, Memory, Sqlite, Redis) {
  S store;
  REQUIRE(store->log().commit(commit_of(puts(10))).has_value());
  CHECK(revisions(store->log().read(3, 4)) == std::vector<Revision>{4, 5, 6, 7});
  CHECK(revisions(store->log().read(8, SIZE_MAX)) == std::vector<Revision>{9, 10});
  CHECK(revisions(store->log().read(10, 4)).empty());
  CHECK(revisions(store->log().read(0, 0)).empty());
}

TEST_CASE_TEMPLATE("read past the head is of another log", S, Memory, Sqlite, Redis) {
  S store;
  put(*store, "a");
  CHECK(store->log().read(2, 1).error().kind == ErrorKind::not_found);
  CHECK(store->log().read(UINT64_MAX, 1).error().kind == ErrorKind::not_found);
}

TEST_CASE_TEMPLATE("trim forgets entries up to and with a revision, never the fold", S, Memory, Sqlite, Redis) {
  S store;
  ObjectRef first = put(*store, "a", "1");
  ObjectRef second = object("a", "2");
  REQUIRE(store->log().commit(commit_of({{second, first}})).has_value());
  ObjectRef b = put(*store, "b");
  REQUIRE(store->log().commit(commit_of({{nullptr, b}})).has_value());
  REQUIRE(store->log().trim(1).has_value());
  CHECK(store->log().oldest() == 1);
  CHECK(store->log().read(0, 10).error().kind == ErrorKind::not_found);
  store.reopen();
  auto left = store->log().read(1, 10).value();
  CHECK(left.size() == 3);
  CHECK(words(left[0].prior) ==
        words(first));  // the trimmed entry's object, still the prior state of one that is there
  REQUIRE(store->log().trim(4).has_value());
  store.reopen();
  CHECK(store->log().head() == 4);
  CHECK(store->log().oldest() == 4);
  CHECK(revisions(store->log().read(4, 10)).empty());
  REQUIRE(load(*store).size() == 1);
  CHECK(words(load(*store)[0]) == words(second));
  CHECK(put(*store, "c")->revision() == 5);
}

TEST_CASE_TEMPLATE("trim past the head stops there, and trim backwards does nothing", S, Memory, Sqlite, Redis) {
  S store;
  REQUIRE(store->log().commit(commit_of(puts(5))).has_value());
  REQUIRE(store->log().trim(UINT64_MAX).has_value());
  CHECK(store->log().oldest() == 5);
  REQUIRE(store->log().trim(2).has_value());
  CHECK(store->log().oldest() == 5);
}

TEST_CASE_TEMPLATE("the newest revision before a time", S, Memory, Sqlite, Redis) {
  S store;
  CHECK(store->log().before(100).value() == 0);
  put(*store, "a", "", 10);
  REQUIRE(store->log().commit(commit_of({{object("b"), nullptr}, {object("c"), nullptr}}, 20)).has_value());
  put(*store, "d", "", 30);
  CHECK(store->log().before(10).value() == 0);
  CHECK(store->log().before(11).value() == 1);
  CHECK(store->log().before(21).value() == 3);
  CHECK(store->log().before(100).value() == 4);
  REQUIRE(store->log().trim(3).has_value());
  CHECK(store->log().before(21).value() == 0);
  CHECK(store->log().before(31).value() == 4);
}

TEST_CASE_TEMPLATE("wait returns at once where the head is past, and at the deadline where it is not", S, Memory,
                   Sqlite, Redis) {
  S store;
  put(*store, "a");
  CHECK(store->log().wait(0, std::chrono::steady_clock::time_point::max(), {}) == 1);
  CHECK(store->log().wait(1, std::chrono::steady_clock::now() + 1ms, {}) == 1);
}

TEST_CASE_TEMPLATE("wait returns when a commit comes", S, Memory, Sqlite, Redis) {
  S store;
  std::jthread writer([&] { put(*store, "a"); });
  CHECK(store->log().wait(0, std::chrono::steady_clock::now() + 60s, {}) == 1);
}

TEST_CASE_TEMPLATE("wait returns when it is stopped", S, Memory, Sqlite, Redis) {
  S store;
  std::stop_source stop;
  std::jthread stopper([&] { stop.request_stop(); });
  CHECK(store->log().wait(0, std::chrono::steady_clock::now() + 60s, stop.get_token()) == 0);
}

TEST_CASE_TEMPLATE("a counter ends at its ceiling, not above, and not below 0", S, Memory, Sqlite, Redis) {
  S store;
  CHECK(store->log().commit(counted("n", 3, 3)).has_value());
  auto above = store->log().commit(counted("n", 1, 3));
  CHECK(refusal(above) == ErrorKind::exhausted);
  CHECK(above.error().message.find("n ") == 0);
  CHECK(store->log().commit(counted("n", -3)).has_value());
  CHECK(refusal(store->log().commit(counted("n", -1))) == ErrorKind::exhausted);
  CHECK(store->log().commit(counted("other", 1, 1)).has_value());
}

TEST_CASE_TEMPLATE("a counter above a lowered ceiling may go down", S, Memory, Sqlite, Redis) {
  S store;
  REQUIRE(store->log().commit(counted("n", 5, 5)).has_value());
  CHECK(store->log().commit(counted("n", -1, 2)).has_value());
  CHECK(refusal(store->log().commit(counted("n", 1, 2))) == ErrorKind::exhausted);
}

TEST_CASE_TEMPLATE("a counter does not wrap", S, Memory, Sqlite, Redis) {
  S store;
  REQUIRE(store->log().commit(counted("n", INT64_MAX)).has_value());
  CHECK(refusal(store->log().commit(counted("n", 1))) == ErrorKind::exhausted);
}

TEST_CASE_TEMPLATE("one commit that moves a counter twice moves it by both", S, Memory, Sqlite, Redis) {
  S store;
  Commit commit;
  commit.counters = {{"n", 1, 1}, {"n", 1, 1}};
  CHECK(refusal(store->log().commit(commit)) == ErrorKind::exhausted);
  CHECK(store->log().commit(counted("n", 1, 1)).has_value());
}

TEST_CASE_TEMPLATE("a refused counter takes the commit's changes back", S, Memory, Sqlite, Redis) {
  S store;
  Commit commit = commit_of({{object("a"), nullptr}});
  commit.counters = {{"n", 2, 1}};
  CHECK(refusal(store->log().commit(commit)) == ErrorKind::exhausted);
  CHECK(load(*store).empty());
  CHECK(put(*store, "a")->revision() == 1);
}

TEST_CASE_TEMPLATE("a commit under a lease that another took is refused", S, Memory, Sqlite, Redis) {
  S store;
  auto mine = store->leases().acquire("adapter/k8s", "gw1", 0ms).value();
  Commit commit = commit_of({{object("a"), nullptr}});
  commit.fences = {{"adapter/k8s", mine}};
  REQUIRE(store->leases().acquire("adapter/k8s", "gw2", 60s).has_value());
  auto late = store->log().commit(commit);
  CHECK(refusal(late) == ErrorKind::denied);
  CHECK(late.error().message.find("adapter/k8s") != std::string::npos);
  CHECK(load(*store).empty());
}

TEST_CASE_TEMPLATE("a commit under a held lease, even one that ran out untaken, goes through", S, Memory, Sqlite,
                   Redis) {
  S store;
  Commit commit = commit_of({{object("a"), nullptr}});
  commit.fences = {{"l", store->leases().acquire("l", "gw1", 0ms).value()}};
  CHECK(store->log().commit(commit).has_value());
}

TEST_CASE_TEMPLATE("a commit under a released lease, or one that never was, is refused", S, Memory, Sqlite, Redis) {
  S store;
  Commit commit;
  commit.fences = {{"l", store->leases().acquire("l", "gw1", 60s).value()}};
  REQUIRE(store->leases().release("l", "gw1").has_value());
  CHECK(refusal(store->log().commit(commit)) == ErrorKind::denied);
  commit.fences = {{"never", 1}};
  CHECK(refusal(store->log().commit(commit)) == ErrorKind::denied);
}

TEST_CASE_TEMPLATE("the epoch is 8 hexadecimal digits, and stays", S, Memory, Sqlite, Redis) {
  S store;
  std::string epoch = store->log().epoch();
  CHECK(epoch.size() == 8);
  CHECK(epoch.find_first_not_of("0123456789abcdef") == std::string::npos);
  store.reopen();
  CHECK(store->log().epoch() == epoch);
  S other;
  CHECK(other->log().epoch() != epoch);
}

TEST_CASE_TEMPLATE("a commit that was decided on another history is refused", S, Memory, Sqlite, Redis) {
  S store;
  Commit commit = commit_of({{object("a"), nullptr}});
  commit.epoch = store->log().epoch();
  CHECK(store->log().commit(commit).has_value());
  Commit late = commit_of({{object("b"), nullptr}});
  late.epoch = store->log().epoch();
  REQUIRE(store->log().begin_epoch(late.epoch).has_value());
  CHECK(load(*store).size() == 1);
  CHECK(refusal(store->log().commit(late)) == ErrorKind::precondition);
  late.epoch = store->log().epoch();
  CHECK(store->log().commit(late).has_value());
}

TEST_CASE_TEMPLATE("an epoch begins once, and whoever folded the old one must load again", S, Memory, Sqlite, Redis) {
  S store;
  put(*store, "a");
  std::string old = store->log().epoch();
  std::string next = store->log().begin_epoch(old).value();
  CHECK(next != old);
  CHECK(store->log().epoch() == next);
  CHECK(store->log().begin_epoch(old).value() == next);
  CHECK(refusal(store->log().read(0, 10)) == ErrorKind::precondition);
  CHECK(refusal(store->log().commit(commit_of({{object("b"), nullptr}}))) == ErrorKind::precondition);
  CHECK(refusal(store->positions().write({{"r", 1, 1, ""}})) == ErrorKind::precondition);
  CHECK(load(*store).size() == 1);
  put(*store, "b");
  CHECK(revisions(store->log().read(0, 10)) == std::vector<Revision>{1, 2});
  store.reopen();
  CHECK(store->log().epoch() == next);
}

TEST_CASE_TEMPLATE("readers, writers and a trimmer at once see one order without gaps", S, Memory, Sqlite, Redis) {
  S store;
  constexpr int each = 100;
  auto write = [&](const std::string& name) {
    for (int i = 0; i < each; ++i) put(*store, name + std::to_string(i));
  };
  std::jthread first([&] { write("a"); });
  std::jthread second([&] { write("b"); });
  std::jthread trimmer([&](std::stop_token stop) {
    while (!stop.stop_requested()) (void)store->log().trim(store->log().head() / 2);
  });
  for (Revision at = 0; at < 2 * each;) {
    store->log().wait(at, std::chrono::steady_clock::now() + 60s, {});
    auto entries = store->log().read(at, 7);
    if (!entries) {
      CHECK(entries.error().kind == ErrorKind::not_found);
      at = store->log().oldest();
      continue;
    }
    for (const Entry& entry : *entries) CHECK(entry.revision == ++at);
  }
  CHECK(load(*store).size() == 2 * each);
}
