#include <algorithm>
#include <chrono>
#include <csignal>
#include <functional>
#include <memory>
#include <set>
#include <thread>

#include <doctest/doctest.h>

#include "netweave/backup.hpp"

#include "stores.hpp"

/// Redis as it is run: with Sentinels, as a cluster, behind TLS.
using namespace netweave;
using namespace netweave::store;
using namespace netweave::store::test;
using namespace std::chrono_literals;

namespace {

/// Every part of the store once, with a restart in between.
void exercise(Redis& store) {
  ObjectRef a = put(*store, "a", "1", 10);
  ObjectRef b = object("a", "2");
  REQUIRE(store->log().commit(commit_of({{b, a}, {object("c"), nullptr}}, 20)).has_value());
  CHECK(store->log().commit(commit_of({{object("c"), nullptr}})).error().kind == ErrorKind::conflict);
  auto token = store->leases().acquire("l", "gw", 60s).value();
  REQUIRE(store->positions().write({{"r", 2, 1, "x"}}, {{"l", token}}).has_value());
  CHECK(store->streams().append("s", "item", 5, {{"l", token}}).value() == 1);
  std::string key = store->key("k").value();
  store.reopen();
  CHECK(store->key("k").value() == key);
  CHECK(store->positions().load().value().size() == 1);
  CHECK(store->streams().read("s", 0, 10).value().size() == 1);
  CHECK(store->leases().list("").value().size() == 1);
  CHECK(store->log().before(20).value() == 1);
  auto entries = store->log().read(0, 10).value();
  REQUIRE(entries.size() == 3);
  CHECK(words(entries[1].prior) == words(a));
  CHECK(load(*store).size() == 2);
  REQUIRE(store->log().trim(2).has_value());
  CHECK(store->log().oldest() == 2);
  std::string next = store->log().begin_epoch(store->log().epoch()).value();
  CHECK(load(*store).size() == 2);
  CHECK(store->log().read(2, 10).value().size() == 1);
}

/// A backup, and its restore under other keys of the same servers.
void copy(Redis& store) {
  Directory directory;
  auto made = back_up(test::config_of(store.options()), directory / "backup");
  REQUIRE_MESSAGE(made.has_value(), made.error().message);
  RedisOptions beside = store.options();
  beside.o_cloud = "copy";
  auto restored = restore(test::config_of(beside), directory / "backup");
  REQUIRE_MESSAGE(restored.has_value(), restored.error().message);
  Redis copy(beside);
  auto contents = [](Redis& of) {
    std::set<std::string> all;
    for (const ObjectRef& object : load(*of)) all.insert(words(object));
    return all;
  };
  CHECK(contents(copy) == contents(store));
  CHECK(copy->log().head() == store->log().head());
  CHECK(copy->log().epoch() != store->log().epoch());
  CHECK(copy->key("k").value() == store->key("k").value());
  CHECK(copy->positions().load().value().size() == 1);
  CHECK(copy->streams().append("s", "next", 6).value() == 2);
  auto again = restore(test::config_of(beside), directory / "backup");
  REQUIRE_FALSE(again.has_value());
}

/// Puts objects until one succeeds, as a gateway's writer does: what is unavailable is tried again.
void put_in_the_end(Store& store, const std::string& id) {
  auto end = std::chrono::steady_clock::now() + 60s;
  for (int i = 0; std::chrono::steady_clock::now() < end; ++i) {
    auto done = store.log().commit(commit_of({{object(id + std::to_string(i)), nullptr}}));
    if (done) return;
    CHECK_MESSAGE((done.error().kind == ErrorKind::unavailable || done.error().kind == ErrorKind::timeout),
                  done.error().message);
  }
  FAIL("no commit succeeded");
}

/// A primary, two replicas, three Sentinels.
struct Watched {
  Watched() {
    for (int i = 1; i < 3; ++i) servers[i]->call("replicaof 127.0.0.1 " + std::to_string(servers[0]->port()));
    for (int i = 1; i < 3; ++i) servers[i]->wait_until("info replication", "master_link_status:up");
    servers[0]->wait_until("info replication", "connected_slaves:2");
    std::string port = std::to_string(servers[0]->port());
    for (auto& each : sentinels) {
      each = std::make_unique<RedisServer>(RedisServer::Setup{
          .configuration =
              "sentinel monitor inventory 127.0.0.1 " + port + " 2\n" +
              "sentinel down-after-milliseconds inventory 300\nsentinel failover-timeout inventory 3000\n"});
    }
    for (auto& each : sentinels) {
      each->wait_until("sentinel master inventory", "num-other-sentinels\n2");
      each->wait_until("sentinel master inventory", "num-slaves\n2");
    }
  }
  [[nodiscard]] RedisOptions options() const {
    RedisOptions options;
    options.redis.mode = RedisMode::sentinel;
    options.redis.master_name = "inventory";
    options.redis.addresses = {"127.0.0.1:1"};  // one of them is away
    for (const auto& each : sentinels) options.redis.addresses.push_back(each->address());
    options.o_cloud = "test";
    options.redis.dial_timeout = 2s;
    return options;
  }
  std::unique_ptr<RedisServer> servers[3] = {std::make_unique<RedisServer>(), std::make_unique<RedisServer>(),
                                             std::make_unique<RedisServer>()};
  std::unique_ptr<RedisServer> sentinels[3];
};

/// Three primaries with a replica each.
struct Cluster {
  Cluster() {
    std::string all;
    for (auto& each : servers) {
      each = std::make_unique<RedisServer>(
          RedisServer::Setup{.settings = {"--cluster-enabled", "yes", "--cluster-node-timeout", "1000"}});
      all += " " + each->address();
    }
    run("redis-cli --cluster create" + all + " --cluster-replicas 1 --cluster-yes");
    for (auto& each : servers) each->wait_until("cluster info", "cluster_state:ok");
  }
  [[nodiscard]] RedisOptions options() const {
    RedisOptions options;
    options.redis.mode = RedisMode::cluster;
    options.redis.addresses = {"127.0.0.1:1", servers[0]->address(), servers[4]->address()};
    options.o_cloud = "test";
    options.redis.dial_timeout = 2s;
    return options;
  }
  /// The primary that has the store's keys.
  [[nodiscard]] RedisServer& owner() const {
    for (const auto& each : servers)
      if (each->call("role").starts_with("master") && each->call("exists {netweave:test}:meta") == "1") return *each;
    throw std::runtime_error("nobody has the keys");
  }
  std::unique_ptr<RedisServer> servers[6];
};

}  // namespace

TEST_CASE("Redis behind Sentinels, through the death of its primary") {
  Watched watched;
  Redis store(watched.options());
  exercise(store);
  copy(store);
  Redis reader(watched.options());
  std::string epoch = store->log().epoch();
  RedisOptions durable = watched.options();
  durable.wait_replicas = 2;  // what is acknowledged then is with whoever is promoted
  durable.wait_timeout = 60s;
  {
    Redis writer(durable);
    put(*writer, "kept");
  }
  watched.servers[0]->kill();
  put_in_the_end(*store, "after");
  CHECK(store->log().epoch() == epoch);
  Revision head = store->log().head();
  CHECK(reader->log().wait(head - 1, std::chrono::steady_clock::now() + 60s, {}) >= head);
  CHECK(load(*reader).size() == load(*store).size());
  // the old primary comes back and still takes itself for one, until a Sentinel tells it: nobody is misled
  watched.servers[0]->start();
  Redis again(watched.options());
  CHECK(load(*again).size() == load(*store).size());
}

TEST_CASE("Redis behind Sentinels that know no such master") {
  Watched watched;
  RedisOptions options = watched.options();
  options.redis.master_name = "other";
  options.redis.dial_timeout = 100ms;
  auto refused = open_redis(options);
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().kind == ErrorKind::unavailable);
  CHECK(refused.error().message.find("knows no master \"other\": look at redis.master_name") != std::string::npos);
}

TEST_CASE("Redis Cluster: all keys in one slot, through a move of it and the death of its primary") {
  Cluster cluster;
  Redis store(cluster.options());
  exercise(store);
  copy(store);
  Redis reader(cluster.options());
  RedisServer& old = cluster.owner();
  std::string slot = old.call("cluster keyslot {netweave:test}:meta");
  RedisServer* target = nullptr;
  for (const auto& each : cluster.servers)
    if (each->call("role").starts_with("master") && each.get() != &old) target = each.get();
  REQUIRE(target != nullptr);
  std::string from = old.call("cluster myid");
  std::string to = target->call("cluster myid");

  target->call("cluster setslot " + slot + " importing " + from);
  old.call("cluster setslot " + slot + " migrating " + to);
  put(*store, "while it begins to move");
  std::string keys = old.call("cluster getkeysinslot " + slot + " 100");
  std::replace(keys.begin(), keys.end(), '\n', ' ');
  old.call("migrate 127.0.0.1 " + std::to_string(target->port()) + " '' 0 10000 keys " + keys);
  put(*store, "while it moves");  // everything is there, the slot not yet: ASK
  for (const auto& each : cluster.servers)
    if (each->call("role").starts_with("master")) each->call("cluster setslot " + slot + " node " + to);
  put(*store, "after it moved");
  CHECK(&cluster.owner() == target);

  Revision head = store->log().head();
  CHECK(reader->log().wait(head - 1, std::chrono::steady_clock::now() + 60s, {}) == head);
  for (const auto& each : cluster.servers)
    if (each->call("role").starts_with("slave")) each->wait_until("role", "connected");
  target->call("wait 1 60000");
  target->kill();
  put_in_the_end(*store, "after it died");
  head = store->log().head();
  CHECK(reader->log().wait(head - 1, std::chrono::steady_clock::now() + 60s, {}) == head);
  CHECK(load(*reader).size() == load(*store).size());
}

TEST_CASE("Redis behind TLS, with and without a certificate of our own") {
  RedisServer server({.tls = true});
  RedisOptions options;
  options.redis.addresses = {server.address()};
  options.redis.enable_tls = true;
  options.redis.ca_file = server.directory() + "/ca.crt";
  options.redis.dial_timeout = 200ms;
  auto refusal = [&] { return open_redis(options).error(); };
  CHECK(refusal().kind == ErrorKind::unavailable);  // the server demands a certificate of us
  options.redis.cert_file = server.directory() + "/server.crt";
  options.redis.key_file = server.directory() + "/server.key";
  {
    Redis store(options);
    exercise(store);
    copy(store);
    std::vector<Change> changes;
    for (int i = 0; i < 1000; ++i)
      changes.push_back({object("big" + std::to_string(i), std::string(9000, 'x')), nullptr});
    CHECK(store->log().commit(commit_of(changes)).has_value());
    CHECK(load(*store).size() == 1002);
  }
  options.redis.ca_file = server.directory() + "/other.crt";
  CHECK(refusal().message.find("TLS: certificate verify failed") != std::string::npos);
  options.redis.ca_file = server.directory() + "/ca.crt";
  options.redis.addresses = {"localhost:" + std::to_string(server.port())};  // the certificate has the address alone
  CHECK(refusal().message.find("mismatch") != std::string::npos);
  options.redis.addresses = {server.address()};
  options.redis.ca_file = server.directory() + "/nothing.crt";
  CHECK(refusal().kind == ErrorKind::invalid);
  CHECK(refusal().message.find("redis.ca_file") == 0);
  options.redis.ca_file = server.directory() + "/ca.crt";
  options.redis.enable_tls = false;
  CHECK(refusal().kind == ErrorKind::unavailable);
}
