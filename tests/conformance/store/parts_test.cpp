#include <chrono>

#include <doctest/doctest.h>

#include "stores.hpp"

using namespace netweave;
using namespace netweave::store;
using namespace netweave::store::test;
using namespace std::chrono_literals;

namespace {

std::string positions_of(Store& store) {
  std::string text;
  auto all = store.positions().load().value();
  for (const Position& p : all)
    text += p.reader + ":" + std::to_string(p.revision) + ":" + std::to_string(p.sequence) + ":" + p.state + " ";
  return text;
}

std::string items_of(Store& store, const std::string& stream, std::uint64_t after = 0, std::size_t max = SIZE_MAX) {
  std::string text;
  auto items = store.streams().read(stream, after, max).value();
  for (const StreamItem& item : items)
    text += std::to_string(item.sequence) + "@" + std::to_string(item.time) + item.bytes + " ";
  return text;
}

}  // namespace

TEST_CASE_TEMPLATE("positions are kept, replaced and removed", S, Memory, Sqlite, Redis) {
  S store;
  REQUIRE(store->positions().write({{"subscription/a", 5, 2, "x"}, {"subscription/b", 6, 3, ""}}).has_value());
  REQUIRE(store->positions().write({{"subscription/a", 7, UINT64_MAX, std::string("\0y", 2)}}).has_value());
  store.reopen();
  CHECK(positions_of(*store) ==
        "subscription/a:7:18446744073709551615:" + std::string("\0y", 2) + " subscription/b:6:3: ");
  CHECK(store->positions().find("subscription/a").value()->revision == 7);
  CHECK(store->positions().find("subscription/b").value()->sequence == 3);
  CHECK_FALSE(store->positions().find("subscription/none").value().has_value());
  REQUIRE(store->positions().remove({"subscription/a", "subscription/none"}).has_value());
  CHECK_FALSE(store->positions().find("subscription/a").value().has_value());
  CHECK(positions_of(*store) == "subscription/b:6:3: ");
}

TEST_CASE_TEMPLATE("positions are no entries of the log", S, Memory, Sqlite, Redis) {
  S store;
  REQUIRE(store->positions().write({{"r", 1, 1, ""}}).has_value());
  CHECK(store->log().head() == 0);
}

TEST_CASE_TEMPLATE("positions under a lost fence are not written", S, Memory, Sqlite, Redis) {
  S store;
  auto old = store->leases().acquire("events", "gw1", 0ms).value();
  REQUIRE(store->positions().write({{"r", 1, 1, ""}}, {{"events", old}}).has_value());
  auto now = store->leases().acquire("events", "gw2", 60s).value();
  CHECK(store->positions().write({{"r", 2, 2, ""}}, {{"events", old}}).error().kind == ErrorKind::denied);
  CHECK(positions_of(*store) == "r:1:1: ");
  CHECK(store->positions().write({{"r", 3, 3, ""}}, {{"events", now}}).has_value());
}

TEST_CASE_TEMPLATE("a lease is held by one, who may renew it under the same token", S, Memory, Sqlite, Redis) {
  S store;
  auto token = store->leases().acquire("l", "gw1", 60s).value();
  CHECK(store->leases().acquire("l", "gw1", 60s).value() == token);
  auto other = store->leases().acquire("l", "gw2", 60s);
  REQUIRE_FALSE(other.has_value());
  CHECK(other.error().kind == ErrorKind::conflict);
  CHECK(other.error().message.find("gw1") != std::string::npos);
  CHECK(store->leases().acquire("another", "gw2", 60s).has_value());
}

TEST_CASE_TEMPLATE("a lease that ran out or was released is free, and its token grows", S, Memory, Sqlite, Redis) {
  S store;
  auto first = store->leases().acquire("l", "gw1", 0ms).value();
  auto second = store->leases().acquire("l", "gw2", 60s).value();
  CHECK(second > first);
  REQUIRE(store->leases().release("l", "gw2").has_value());
  CHECK(store->leases().acquire("l", "gw1", 60s).value() > second);
}

TEST_CASE_TEMPLATE("the leases of a prefix that are held are listed by name", S, Memory, Sqlite, Redis) {
  S store;
  auto token = store->leases().acquire("member/b", "gw2", 60s).value();
  REQUIRE(store->leases().acquire("member/a", "gw1", 60s).has_value());
  REQUIRE(store->leases().acquire("member/late", "gw3", 0ms).has_value());
  REQUIRE(store->leases().acquire("member/gone", "gw4", 60s).has_value());
  REQUIRE(store->leases().acquire("members", "gw1", 60s).has_value());
  REQUIRE(store->leases().release("member/gone", "gw4").has_value());
  auto held = store->leases().list("member/").value();
  REQUIRE(held.size() == 2);
  CHECK(held[0].name == "member/a");
  CHECK(held[0].holder == "gw1");
  CHECK(held[1].name == "member/b");
  CHECK(held[1].token == token);
}

TEST_CASE_TEMPLATE("only its holder releases a lease", S, Memory, Sqlite, Redis) {
  S store;
  REQUIRE(store->leases().acquire("l", "gw1", 60s).has_value());
  CHECK(store->leases().release("l", "gw2").has_value());
  CHECK(store->leases().release("never", "gw2").has_value());
  CHECK_FALSE(store->leases().acquire("l", "gw2", 60s).has_value());
}

TEST_CASE_TEMPLATE("a stream numbers its items from 1", S, Memory, Sqlite, Redis) {
  S store;
  CHECK(store->streams().append("audit", "a", 10).value() == 1);
  CHECK(store->streams().append("audit", "b", 20).value() == 2);
  CHECK(store->streams().append("dead/x", std::string("\0", 1), 30).value() == 1);
  store.reopen();
  CHECK(store->streams().append("audit", "c", 30).value() == 3);
  CHECK(items_of(*store, "audit") == "1@10a 2@20b 3@30c ");
  CHECK(items_of(*store, "audit", 1, 1) == "2@20b ");
  CHECK(items_of(*store, "audit", 3) == "");
  CHECK(items_of(*store, "audit", UINT64_MAX) == "");
  CHECK(items_of(*store, "none") == "");
  CHECK(items_of(*store, "dead/x") == "1@30" + std::string("\0 ", 2));
}

TEST_CASE_TEMPLATE("an item under a lost fence is not appended", S, Memory, Sqlite, Redis) {
  S store;
  auto& streams = store->streams();
  auto token = store->leases().acquire("deliver", "one", 1h).value();
  CHECK(streams.append("s", "mine", 1, {{"deliver", token}}).value() == 1);
  REQUIRE(store->leases().release("deliver", "one").has_value());
  auto next = store->leases().acquire("deliver", "two", 1h).value();
  auto late = streams.append("s", "late", 2, {{"deliver", token}});
  REQUIRE_FALSE(late.has_value());
  CHECK(late.error().kind == ErrorKind::denied);
  CHECK(late.error().message.find("deliver") != std::string::npos);
  CHECK(streams.append("s", "theirs", 3, {{"deliver", next}}).value() == 2);
  CHECK(streams.read("s", 0, 10).value().size() == 2);
}

TEST_CASE_TEMPLATE("a trimmed stream numbers on, a forgotten one anew", S, Memory, Sqlite, Redis) {
  S store;
  for (const char* item : {"a", "b", "c"}) REQUIRE(store->streams().append("s", item, 0).has_value());
  REQUIRE(store->streams().append("t", "x", 0).has_value());
  REQUIRE(store->streams().trim("s", 2).has_value());
  CHECK(items_of(*store, "s") == "3@0c ");
  REQUIRE(store->streams().trim("s", 3).has_value());
  store.reopen();
  CHECK(store->streams().append("s", "d", 0).value() == 4);
  REQUIRE(store->streams().trim("s", UINT64_MAX).has_value());
  REQUIRE(store->streams().trim("none", UINT64_MAX).has_value());
  CHECK(items_of(*store, "s") == "");
  CHECK(store->streams().append("s", "e", 0).value() == 1);
  CHECK(items_of(*store, "t") == "1@0x ");
}

TEST_CASE_TEMPLATE("a long stream is trimmed whole", S, Memory, Sqlite, Redis) {
  S store;
  for (int i = 0; i < 2500; ++i) REQUIRE(store->streams().append("s", "x", 0).has_value());
  REQUIRE(store->streams().trim("s", 2499).has_value());
  CHECK(items_of(*store, "s") == "2500@0x ");
}

TEST_CASE_TEMPLATE("a key has 32 bytes, its own for every name, and stays", S, Memory, Sqlite, Redis) {
  S store;
  std::string cursors = store->key("cursors").value();
  CHECK(cursors.size() == 32);
  CHECK(store->key("other").value() != cursors);
  store.reopen();
  CHECK(store->key("cursors").value() == cursors);
}

TEST_CASE_TEMPLATE("a bucket that nobody drew from is full, and gives whole tokens until it is empty", S, Memory,
                   Sqlite, Redis) {
  S store;
  auto draw = [&](const std::string& bucket, double spent, double want) {
    return store->buckets().draw({{bucket, 1e-6, 10, spent, want}}).value()[0];
  };
  CHECK(draw("a", 0, 4).granted == 4);
  CHECK(draw("a", 0.5, 4).granted == 4);
  Drawn rest = draw("a", 0, 4);  // 1.5 are there
  CHECK(rest.granted == 1);
  CHECK(rest.level == doctest::Approx(0.5).epsilon(0.01));
  CHECK(draw("a", 0, 1).granted == 0);
  CHECK(draw("b", 0, 1).granted == 1);
}

TEST_CASE_TEMPLATE("what was spent without asking is owed, at most a full bucket of it", S, Memory, Sqlite, Redis) {
  S store;
  auto draw = [&](double spent, double want) {
    return store->buckets().draw({{"a", 1e-6, 10, spent, want}}).value()[0];
  };
  Drawn owing = draw(13, 5);
  CHECK(owing.granted == 0);
  CHECK(owing.level == doctest::Approx(-3).epsilon(0.01));
  CHECK(draw(100, 0).level == doctest::Approx(-10).epsilon(0.01));
  CHECK(draw(-12, 5).granted == 2);     // given back
  CHECK(draw(-100, 50).granted == 10);  // no more than fits in
}

TEST_CASE_TEMPLATE("a bucket refills, and no further than it holds", S, Memory, Sqlite, Redis) {
  S store;
  auto draw = [&] { return store->buckets().draw({{"a", 1e9, 10, 0, 100}}).value()[0]; };
  CHECK(draw().granted == 10);
  CHECK(draw().granted == 10);
}

TEST_CASE_TEMPLATE("many buckets are drawn from at once, each answered in its place", S, Memory, Sqlite, Redis) {
  S store;
  std::vector<Draw> draws;
  for (int i = 0; i < 1200; ++i) draws.push_back({"b" + std::to_string(i), 1e-6, 2000, 0, static_cast<double>(i)});
  auto drawn = store->buckets().draw(draws).value();
  REQUIRE(drawn.size() == draws.size());
  for (int i = 0; i < 1200; ++i) CHECK(drawn[static_cast<std::size_t>(i)].granted == i);
  CHECK(store->buckets().draw({}).value().empty());
}

TEST_CASE_TEMPLATE("the buckets of a store that one process has alone are nobody else's", S, Memory, Sqlite) {
  CHECK_FALSE(S()->buckets().shared());
}

TEST_CASE("a bucket in Redis is shared, and goes by itself once it is full") {
  Redis store;
  CHECK(store->buckets().shared());
  std::string key = store.keys() + "bucket:a";
  REQUIRE(store->buckets().draw({{"a", 1000, 10, 0, 10}}).has_value());  // full again in 10 ms
  shared_redis().wait_until("EXISTS " + key, "0");
  REQUIRE(store->buckets().draw({{"a", 1, 10, 0, 10}}).has_value());
  CHECK(shared_redis().call("EXISTS " + key) == "1");
}
