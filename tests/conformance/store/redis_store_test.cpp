#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <map>
#include <thread>

#include <doctest/doctest.h>

#include "stores.hpp"

/// What Redis alone has: several processes on one log, a server that dies, forgets, refuses or is another one.
using namespace netweave;
using namespace netweave::store;
using namespace netweave::store::test;
using namespace std::chrono_literals;

namespace {

RedisOptions on(const RedisServer& server, const std::string& o_cloud = "test") {
  RedisOptions options;
  options.redis.addresses = {server.address()};
  options.o_cloud = o_cloud;
  return options;
}

Error refusal(const RedisOptions& options) {
  auto opened = open_redis(options);
  REQUIRE_FALSE(opened.has_value());
  return opened.error();
}

void check_says(const Error& error, ErrorKind kind, const std::string& words) {
  CHECK_MESSAGE(error.kind == kind, to_string(error.kind), " ", error.message);
  CHECK_MESSAGE(error.message.find(words) != std::string::npos, error.message, " ", error.cause);
}

template <class T>
ErrorKind kind_of(const Result<T>& result) {
  REQUIRE_FALSE(result.has_value());
  return result.error().kind;
}

/// Until the store has found out: the follower looks at least each second.
void wait_for_broken(Store& store) {
  auto end = std::chrono::steady_clock::now() + 60s;
  while (std::chrono::steady_clock::now() < end) {
    auto read = store.log().read(store.log().head(), 1);
    if (!read && read.error().kind == ErrorKind::precondition) return;
    store.log().wait(store.log().head(), std::chrono::steady_clock::now() + 10ms, {});
  }
  FAIL("the store did not find that its history ended");
}

}  // namespace

TEST_CASE("two processes on one Redis see each other's commits, the same entries and one epoch") {
  Redis first;
  Redis second(first.options());
  CHECK(first->log().epoch() == second->log().epoch());
  ObjectRef a = put(*first, "a", "1", 10);
  CHECK(second->log().wait(0, std::chrono::steady_clock::now() + 60s, {}) == 1);
  ObjectRef b = object("a", "2");
  REQUIRE(second->log().commit(commit_of({{b, a}}, 20)).value() == 2);
  CHECK(first->log().wait(1, std::chrono::steady_clock::now() + 60s, {}) == 2);
  auto theirs = first->log().read(0, 10).value();
  auto ours = second->log().read(0, 10).value();
  REQUIRE(theirs.size() == 2);
  for (std::size_t i = 0; i < 2; ++i) CHECK(words(theirs[i]) == words(ours[i]));
}

TEST_CASE("a commit that meets another process' change on Redis sees it at once") {
  Redis first;
  Redis second(first.options());
  put(*first, "a");
  CHECK(kind_of(second->log().commit(commit_of({{object("a"), nullptr}}))) == ErrorKind::conflict);
  CHECK(second->log().head() == 1);
}

TEST_CASE("two processes that commit to Redis at once make one log without gaps") {
  Redis first;
  Redis second(first.options());
  auto write = [](Store& store, const std::string& name) {
    for (int i = 0; i < 200; ++i) put(store, name + std::to_string(i));
  };
  {
    std::jthread one([&] { write(*first, "a"); });
    std::jthread two([&] { write(*second, "b"); });
  }
  for (Redis* each : {&first, &second}) {
    Revision at = 0;
    while (at < 400) {
      (*each)->log().wait(at, std::chrono::steady_clock::now() + 60s, {});
      auto entries = (*each)->log().read(at, 1000).value();
      for (const Entry& entry : entries) CHECK(entry.revision == ++at);
    }
    CHECK(load(**each).size() == 400);
  }
}

TEST_CASE("a load from Redis beside a busy writer is the state at its revision") {
  Redis store;
  Redis other(store.options());
  std::vector<Change> changes;
  for (int i = 0; i < 1000; ++i) changes.push_back({object("o" + std::to_string(i)), nullptr});
  for (int i = 0; i < 1000; ++i) put(*store, "single" + std::to_string(i));
  REQUIRE(store->log().commit(commit_of(changes)).has_value());
  std::jthread writer([&](const std::stop_token& stop) {
    for (int i = 0; !stop.stop_requested(); i = (i + 1) % 1000) {
      auto at = static_cast<std::size_t>(i);
      ObjectRef prior = changes[at].object;
      changes[at].object = prior ? nullptr : object("o" + std::to_string(i), "again");
      REQUIRE(store->log().commit(commit_of({{changes[at].object, prior}})).has_value());
    }
  });
  for (int round = 0; round < 5; ++round) {
    std::map<std::string, std::string> fold;
    Revision at =
        other->log().load([&](const ObjectRef& each) { fold[std::string(each->id())] = words(each); }).value();
    std::map<std::string, std::string> expected;
    for (Revision after = 0; after < at;) {
      auto entries = other->log().read(after, std::min<std::size_t>(1000, at - after)).value();
      for (const Entry& entry : entries) {
        after = entry.revision;
        expected.erase(std::string(entry.subject().id()));
        if (entry.object) expected[std::string(entry.object->id())] = words(entry.object);
      }
    }
    CHECK(fold == expected);
  }
}

TEST_CASE("an epoch that one process begins on Redis ends the history of the other") {
  Redis first;
  Redis second(first.options());
  put(*first, "a");
  std::string next = first->log().begin_epoch(first->log().epoch()).value();
  CHECK(kind_of(second->positions().write({{"r", 1, 1, ""}})) == ErrorKind::precondition);
  CHECK(kind_of(second->log().commit(commit_of({{object("b"), nullptr}}))) == ErrorKind::precondition);
  CHECK(second->log().epoch() == next);
  CHECK(load(*second).size() == 1);
  put(*second, "b");
}

TEST_CASE("a process that only reads finds the epoch of another on Redis by itself") {
  Redis first;
  Redis second(first.options());
  put(*first, "a");
  std::string next = first->log().begin_epoch(first->log().epoch()).value();
  wait_for_broken(*second);
  CHECK(second->log().epoch() == next);
}

TEST_CASE("after kill -9 of a Redis that syncs, everything acknowledged is there") {
  RedisServer server({.durable = true});
  Redis store(on(server));
  std::string epoch = store->log().epoch();
  for (int round = 0; round < 3; ++round) {
    std::atomic<Revision> acknowledged{0};
    std::jthread writer([&](const std::stop_token& stop) {
      for (int i = 0; !stop.stop_requested(); ++i) {
        ObjectRef made = object(std::to_string(round) + "-" + std::to_string(i));
        auto done = store->log().commit(commit_of({{made, nullptr}}));
        if (!done) return;
        acknowledged = *done;
      }
    });
    while (acknowledged < store->log().oldest() + 100) std::this_thread::yield();
    server.kill();
    Revision last = acknowledged;
    writer.request_stop();
    server.start();
    writer.join();
    CHECK(store->log().begin_epoch("none").value() == epoch);  // nothing went backwards
    CHECK(load(*store).size() >= last);
  }
}

TEST_CASE("a Redis that lost the last commits has another history, and its readers and writers are told") {
  RedisServer primary;
  RedisServer replica;
  replica.call("replicaof 127.0.0.1 " + std::to_string(primary.port()));
  auto store = std::make_unique<Redis>(on(primary));
  Redis reader(on(primary));
  put(**store, "kept");
  replica.wait_until("xlen {netweave:test}:log:" + (*store)->log().epoch(), "1");
  replica.call("replicaof no one");
  ObjectRef lost = put(**store, "lost");
  reader->log().wait(1, std::chrono::steady_clock::now() + 60s, {});
  std::string old = reader->log().epoch();
  primary.kill();
  replica.kill();
  RedisServer promoted({.directory = replica.directory(), .port = primary.port()});
  SUBCASE("a reader, before anything is written") { wait_for_broken(*reader); }
  SUBCASE("a writer") {
    CHECK(kind_of((*store)->log().commit(commit_of({{object("lost", "again"), lost}}))) == ErrorKind::precondition);
  }
  SUBCASE("though somebody who saw less has written at the same place") {
    Redis late(on(promoted));
    put(*late, "other");
    put(*late, "another");
    CHECK(kind_of((*store)->log().commit(commit_of({{object("x"), nullptr}}))) == ErrorKind::precondition);
  }
  SUBCASE("positions") { CHECK(kind_of((*store)->positions().write({{"r", 2, 2, ""}})) == ErrorKind::precondition); }
  wait_for_broken(*reader);
  wait_for_broken(**store);
  CHECK(reader->log().epoch() != old);
  CHECK(reader->log().epoch() == (*store)->log().epoch());
  auto left = load(*reader);
  CHECK(std::none_of(left.begin(), left.end(), [](const ObjectRef& each) { return each->id() == "lost"; }));
  CHECK(load(**store).size() == left.size());
  ObjectRef again = put(**store, "lost");
  CHECK(words((*store)->log().read(again->revision() - 1, 1).value().at(0).object) == words(again));
}

TEST_CASE("a Redis that was emptied begins a new epoch for who had folded it") {
  RedisServer server;
  Redis store(on(server));
  put(*store, "a");
  std::string old = store->log().epoch();
  server.call("flushall");
  CHECK(kind_of(store->log().commit(commit_of({{object("b"), nullptr}}))) == ErrorKind::precondition);
  CHECK(store->log().epoch() != old);
  CHECK(load(*store).empty());
  CHECK(put(*store, "b")->revision() == 1);
}

TEST_CASE("what was trimmed past what a process on Redis has read is to be loaded again") {
  RedisServer server;
  Redis store(on(server));
  Redis frozen(on(server));
  put(*store, "a");
  REQUIRE(frozen->log().wait(0, std::chrono::steady_clock::now() + 60s, {}) == 1);
  // as if this process had not been running for a while
  server.call("eval \"redis.call('hset', KEYS[1], 'head', '9', 'oldest', '8', 'acked', '9')\" 1 {netweave:test}:meta");
  wait_for_broken(*frozen);
}

TEST_CASE("a lease on Redis runs out by the server's clock, and who took it fences the one before") {
  Redis first;
  Redis second(first.options());
  auto old = first->leases().acquire("l", "gw1", 1ms).value();
  Result<std::uint64_t> taken = make_error(ErrorKind::conflict, "");
  while (!taken) taken = second->leases().acquire("l", "gw2", 60s);
  CHECK(*taken > old);
  Commit commit = commit_of({{object("a"), nullptr}});
  commit.fences = {{"l", old}};
  CHECK(kind_of(first->log().commit(commit)) == ErrorKind::denied);
  CHECK(kind_of(first->positions().write({{"r", 1, 1, ""}}, commit.fences)) == ErrorKind::denied);
  commit.fences = {{"l", *taken}};
  CHECK(second->log().commit(commit).has_value());
}

TEST_CASE("a lease outlives the process that took it on Redis, until its time is over") {
  Redis store;
  auto token = store->leases().acquire("l", "gw1", 60s).value();
  store.reopen();
  CHECK(kind_of(store->leases().acquire("l", "gw2", 60s)) == ErrorKind::conflict);
  CHECK(store->leases().acquire("l", "gw1", 60s).value() == token);
}

TEST_CASE("a store of a newer format on Redis is refused and left as it is") {
  RedisServer server;
  server.call("hset {netweave:test}:meta format 2 epoch 01234567");
  std::string before = server.call("hgetall {netweave:test}:meta");
  check_says(refusal(on(server)), ErrorKind::precondition, "of format 2, and this program reads 1");
  CHECK(server.call("hgetall {netweave:test}:meta") == before);
  CHECK(server.call("dbsize") == "1");
}

TEST_CASE("keys of something else on Redis are refused and left as they are") {
  RedisServer server;
  server.call("set {netweave:test}:meta text");
  check_says(refusal(on(server)), ErrorKind::precondition, "redis.key_prefix");
  CHECK(server.call("get {netweave:test}:meta") == "text");
  server.call("hset {netweave:hash}:meta field value");
  check_says(refusal(on(server, "hash")), ErrorKind::precondition, "no netweave store");
}

TEST_CASE("an entry on Redis that can't be read is told, not passed over") {
  RedisServer server;
  Redis store(on(server));
  put(*store, "a");
  std::string log = "{netweave:test}:log:" + store->log().epoch();
  server.call(
      "eval \"local last = redis.call('hget', KEYS[1], 'last') "
      "redis.call('xadd', KEYS[2], '2-0', 'c', '12345678', 'p', last, 't', '0', 'o', 'rubbish', 'b', '') "
      "redis.call('hset', KEYS[1], 'head', '2', 'acked', '2', 'last', '12345678') "
      "redis.call('xadd', KEYS[3], '2-0', 'a', '')\" 3 {netweave:test}:meta " +
      log + " {netweave:test}:acked:" + store->log().epoch());
  auto end = std::chrono::steady_clock::now() + 60s;
  auto read = store->log().read(1, 10);
  while (read && std::chrono::steady_clock::now() < end) read = store->log().read(1, 10);
  CHECK(kind_of(read) == ErrorKind::internal);
}

TEST_CASE("a replica of Redis is no store for a gateway") {
  RedisServer primary;
  RedisServer replica;
  replica.call("replicaof 127.0.0.1 " + std::to_string(primary.port()));
  RedisOptions options = on(replica);
  options.redis.dial_timeout = 50ms;
  check_says(refusal(options), ErrorKind::unavailable, "a replica of " + primary.address() + ": give redis.addresses");
}

TEST_CASE("passwords and rights of Redis") {
  RedisServer server({.settings = {"--requirepass", "secret"}});
  RedisOptions options = on(server);
  check_says(refusal(options), ErrorKind::unauthenticated, "demands a password");
  options.redis.password = "wrong";
  Error error = refusal(options);
  check_says(error, ErrorKind::unauthenticated, "set redis.username and redis.password");
  CHECK(error.message.find("wrong ") == std::string::npos);
  options.redis.password = "secret";
  CHECK(open_redis(options).has_value());
  server.call("-a secret acl setuser gateway on '>its' '~{netweave:*' +@all -@dangerous +role +info '+config|get'");
  options.redis.username = "gateway";
  options.redis.password = "its";
  CHECK(open_redis(options).has_value());
  options.redis.key_prefix = "other";
  check_says(refusal(options), ErrorKind::denied, "forbids this user");
  options.redis.key_prefix = "netweave";
  server.call("-a secret acl setuser gateway '-config|get'");
  check_says(refusal(options), ErrorKind::precondition, "redis.check_persistence: false");
  options.redis.check_persistence = false;
  CHECK(open_redis(options).has_value());
}

TEST_CASE("a Redis that would lose what it is given is refused") {
  RedisServer server;
  server.call("config set maxmemory-policy allkeys-lru");
  check_says(refusal(on(server)), ErrorKind::precondition, "maxmemory-policy allkeys-lru");
  server.call("config set maxmemory-policy noeviction");
  server.call("config set appendonly no");
  check_says(refusal(on(server)), ErrorKind::precondition, "appendonly no");
  RedisOptions options = on(server);
  options.redis.check_persistence = false;
  CHECK(open_redis(options).has_value());
}

TEST_CASE("a full Redis takes no commit, keeps what it has and goes on when there is room") {
  RedisServer server;
  Redis store(on(server));
  put(*store, "a");
  server.call("config set maxmemory 1");
  auto refused = store->log().commit(commit_of({{object("b"), nullptr}}));
  CHECK(kind_of(refused) == ErrorKind::unavailable);
  CHECK(refused.error().message.find("maxmemory") != std::string::npos);
  CHECK(load(*store).size() == 1);
  server.call("config set maxmemory 0");
  CHECK(put(*store, "b")->revision() == 2);
}

TEST_CASE("a Redis that hangs: the outcome is unknown, and what it did in the end is read") {
  RedisServer server;
  RedisOptions options = on(server);
  options.redis.read_timeout = 1s;  // of a busy machine's server an answer may take a while too
  Redis store(options);
  put(*store, "a");
  server.signal(SIGSTOP);
  CHECK(kind_of(store->log().commit(commit_of({{object("b"), nullptr}}))) == ErrorKind::timeout);
  server.signal(SIGCONT);
  CHECK(store->log().wait(1, std::chrono::steady_clock::now() + 60s, {}) == 2);
  CHECK(load(*store).size() == 2);
}

TEST_CASE("a Redis that is away is unavailable, and what is known of the log is still read") {
  RedisServer server;
  RedisOptions options = on(server);
  options.redis.dial_timeout = 50ms;
  Redis store(options);
  put(*store, "a");
  server.kill();
  CHECK(kind_of(store->log().commit(commit_of({{object("b"), nullptr}}))) == ErrorKind::unavailable);
  CHECK(kind_of(store->leases().acquire("l", "gw", 1s)) == ErrorKind::unavailable);
  CHECK(store->log().read(0, 10).value().size() == 1);
  check_says(refusal(options), ErrorKind::unavailable, server.address() + ": Connection refused");
  server.start();
  CHECK(put(*store, "b")->revision() == 2);
}

TEST_CASE("a store on Redis closes at once, whatever it waits for") {
  RedisServer server;
  auto store = std::make_unique<Redis>(on(server));
  put(**store, "a");
  server.signal(SIGSTOP);
  store->close();
  server.signal(SIGCONT);
}

TEST_CASE("with replicas to wait for, nobody reads from Redis what they do not have") {
  RedisServer primary;
  RedisServer replica;
  replica.call("replicaof 127.0.0.1 " + std::to_string(primary.port()));
  primary.wait_until("info replication", "connected_slaves:1");
  replica.wait_until("info replication", "master_link_status:up");
  RedisOptions options = on(primary);
  options.wait_replicas = 1;
  options.wait_timeout = 60s;
  {
    Redis store(options);
    put(*store, "a");
    CHECK(store->log().head() == 1);
  }
  options.wait_timeout = 20ms;
  Redis store(options);
  Redis reader(options);
  replica.signal(SIGSTOP);
  CHECK(kind_of(store->log().commit(commit_of({{object("b"), nullptr}}))) == ErrorKind::timeout);
  CHECK(store->log().head() == 1);
  CHECK(reader->log().head() == 1);
  CHECK(kind_of(Result<Revision>(reader->log().load([](const ObjectRef&) {}))) == ErrorKind::timeout);
  replica.signal(SIGCONT);
  CHECK(reader->log().wait(1, std::chrono::steady_clock::now() + 60s, {}) == 2);
  CHECK(load(*reader).size() == 2);
}
