#include "limits/limiter.hpp"

#include <atomic>
#include <thread>

#include <doctest/doctest.h>

#include "store/bucket_table.hpp"

using namespace netweave;
using namespace netweave::limits;

namespace {

constexpr Nanos a_second = 1000000000;
constexpr std::size_t list_pools = 0;
constexpr std::size_t make_pool = 1;
constexpr std::size_t health = 2;

/// A limiter of one gateway alone, whose clock stands still unless the test moves it.
struct Alone {
  Nanos now = 1000 * a_second;
  store::BucketTable table;
  Limiter limiter;

  explicit Alone(const RateLimitConfig& config, std::size_t most_clients = 65536)
      : limiter({table, [] { return 1U; }, {}, [this] { return now; }, most_clients},
                {{"GET", "/pools", "resourcePools", false, true},
                 {"POST", "/pools", "resourcePools", true, true},
                 {"GET", "/health", "", false, false}}) {
    REQUIRE(limiter.configure(config).has_value());
  }
  bool allowed(std::string_view client = "a", std::size_t route = list_pools) {
    return limiter.take(client, route)->allowed;
  }
  int count(int requests, std::string_view client = "a", std::size_t route = list_pools) {
    int all = 0;
    for (int i = 0; i < requests; ++i) all += allowed(client, route) ? 1 : 0;
    return all;
  }
};

RateLimitConfig rates(RateConfig tenant, RateConfig global = {}) {
  RateLimitConfig config;
  config.enabled = true;
  config.tenant = tenant;
  config.global = global;
  return config;
}

RateLimitConfig pool_limits(std::int64_t reads, std::int64_t writes) {
  RateLimitConfig config = rates({});
  config.resource["resourcePools"]["reads_per_minute"] = reads;
  config.resource["resourcePools"]["writes_per_minute"] = writes;
  return config;
}

}  // namespace

TEST_CASE("a burst is let through to the last token, and not one more") {
  Alone gateway(rates({10, 5}));
  CHECK(gateway.count(5) == 5);
  CHECK_FALSE(gateway.allowed());
}

TEST_CASE("a token flows in when its time has come, not a nanosecond before") {
  Alone gateway(rates({10, 5}));
  CHECK(gateway.count(9) == 5);
  gateway.now += a_second / 10 - 1;
  CHECK_FALSE(gateway.allowed());
  gateway.now += 1;
  CHECK(gateway.allowed());
  CHECK_FALSE(gateway.allowed());
}

TEST_CASE("what flows in beyond the burst is lost") {
  Alone gateway(rates({10, 5}));
  CHECK(gateway.count(5) == 5);
  gateway.now += 3600 * a_second;
  CHECK(gateway.count(100) == 5);
}

TEST_CASE("over ten seconds a limit is met to the request") {
  Alone gateway(rates({100, 20}));
  int allowed = 0;
  for (int i = 0; i < 5000; ++i) {  // 500 a a_second
    allowed += gateway.allowed() ? 1 : 0;
    gateway.now += a_second / 500;
  }
  CHECK(allowed == 20 + 999);  // the last request comes 2 ms before the end
}

TEST_CASE("each client has a bucket of its own, and all share the global one") {
  Alone gateway(rates({10, 5}, {10, 8}));
  CHECK(gateway.count(9, "a") == 5);
  CHECK(gateway.count(9, "b") == 3);
  CHECK(gateway.limiter.refused(Scope::tenant) == 4);
  CHECK(gateway.limiter.refused(Scope::global) == 6);
}

TEST_CASE("what one bucket refuses costs the others nothing") {
  Alone gateway(rates({1, 1}, {1, 3}));
  CHECK(gateway.count(100, "a") == 1);
  CHECK(gateway.count(1, "b") == 1);
  CHECK(gateway.count(1, "c") == 1);
  CHECK(gateway.count(100, "d") == 0);  // the global one: d's own has its token still
  gateway.now += a_second;
  CHECK(gateway.count(100, "d") == 1);
}

TEST_CASE("reads and writes of a kind are counted apart, by the minute") {
  Alone gateway(pool_limits(4, 2));
  CHECK(gateway.count(9, "a", list_pools) == 4);
  CHECK(gateway.count(9, "b", make_pool) == 2);
  gateway.now += 15 * a_second;
  CHECK(gateway.count(9, "a", list_pools) == 1);
  CHECK(gateway.count(9, "a", make_pool) == 0);
  gateway.now += 15 * a_second;
  CHECK(gateway.count(9, "c", make_pool) == 1);
}

TEST_CASE("an endpoint's limit is for all clients together, and for that method alone") {
  RateLimitConfig config = rates({});
  config.endpoints.push_back({"POST", "/pools", 1, 2});
  Alone gateway(config);
  CHECK(gateway.count(2, "a", make_pool) == 2);
  CHECK_FALSE(gateway.allowed("b", make_pool));
  CHECK_FALSE(gateway.limiter.take("b", list_pools).has_value());  // nothing limits it
  CHECK(gateway.limiter.refused(Scope::endpoint) == 1);
}

TEST_CASE("the headers are those of the tightest bucket") {
  RateLimitConfig config = rates({10, 50}, {100, 30});
  config.endpoints.push_back({"POST", "/pools", 1, 2});
  Alone gateway(config);
  auto read = *gateway.limiter.take("a", list_pools);
  CHECK(read.scope == Scope::global);
  CHECK(read.limit == 30);
  CHECK(read.left.tokens == 29);
  CHECK(read.left.until_full == a_second / 100);
  auto write = *gateway.limiter.take("a", make_pool);
  CHECK(write.scope == Scope::endpoint);
  CHECK(write.limit == 2);
  CHECK(write.left.tokens == 1);
  CHECK(gateway.allowed("a", make_pool));
  gateway.now += a_second / 4;
  auto refused = *gateway.limiter.take("a", make_pool);
  CHECK_FALSE(refused.allowed);
  CHECK(refused.scope == Scope::endpoint);
  CHECK(refused.left.tokens == 0);
  CHECK(refused.left.until_next == 3 * a_second / 4);
  CHECK(refused.left.until_full == 7 * a_second / 4);
}

TEST_CASE("probes are never limited, and a path that is not there is") {
  Alone gateway(rates({1, 2}));
  for (int i = 0; i < 10; ++i) CHECK_FALSE(gateway.limiter.take("a", health).has_value());
  CHECK(gateway.count(9, "a", Limiter::no_route) == 2);
}

TEST_CASE("what is switched off limits nothing") {
  RateLimitConfig off = rates({1, 1});
  off.enabled = false;
  Alone gateway(off);
  CHECK_FALSE(gateway.limiter.take("a", list_pools).has_value());
}

TEST_CASE("other limits come into force at once; the same ones change nothing") {
  Alone gateway(rates({1, 5}));
  CHECK(gateway.count(9) == 5);
  REQUIRE(gateway.limiter.configure(rates({1, 5})).has_value());
  CHECK(gateway.count(9) == 0);
  REQUIRE(gateway.limiter.configure(rates({1, 7})).has_value());
  CHECK(gateway.count(9) == 7);
  RateLimitConfig off;
  REQUIRE(gateway.limiter.configure(off).has_value());
  CHECK_FALSE(gateway.limiter.take("a", list_pools).has_value());
}

TEST_CASE("an endpoint or a collection that is not there is refused by name, and what was in force stays") {
  Alone gateway(rates({1, 1}));
  RateLimitConfig wrong = rates({1, 9});
  wrong.endpoints = {{"POST", "/pools", 1, 1}, {"PUT", "/pools", 1, 1}, {"GET", "/health", 1, 1}};
  wrong.resource["pools"]["reads_per_minute"] = 1;
  auto refused = gateway.limiter.configure(wrong);
  REQUIRE_FALSE(refused.has_value());
  REQUIRE(refused.error().faults.size() == 3);
  CHECK(refused.error().faults[0].field == "security.rate_limit.endpoints[1].route");
  CHECK(refused.error().faults[1].field == "security.rate_limit.endpoints[2].route");
  CHECK(refused.error().faults[2].field == "security.rate_limit.resource.pools");
  CHECK(refused.error().faults[2].reason == "is no collection; there are resourcePools");
  CHECK(gateway.count(9) == 1);
}

TEST_CASE("of many clients those are forgotten that were away longest") {
  Clients clients(100);
  auto bucket = std::make_shared<Bucket>("regular", Limit{1, 1}, false);
  clients.find("regular").rate = bucket;
  for (int i = 0; i < 1000; ++i) {
    clients.find("client-" + std::to_string(i)).rate = bucket;
    CHECK(clients.find("regular").rate == bucket);  // the same one all along
    CHECK(clients.size() <= 100);
  }
  CHECK(clients.find("client-999").rate == bucket);
  CHECK(clients.find("client-0").rate == nullptr);
}

TEST_CASE("a quota of requests a minute holds whatever the configuration limits, and flows back by the a_second") {
  for (bool enabled : {false, true}) {
    RateLimitConfig config;
    if (enabled) config = rates({1000, 1000}, {1000, 1000});
    Alone gateway(config);
    auto allowed = [&](std::int64_t quota) { return gateway.limiter.take("a", list_pools, quota)->allowed; };
    auto count = [&](std::int64_t quota) {
      int all = 0;
      for (int i = 0; i < 200; ++i) all += allowed(quota) ? 1 : 0;
      return all;
    };
    CHECK(count(120) == 120);
    auto refused = *gateway.limiter.take("a", list_pools, 120);
    CHECK(refused.scope == Scope::quota);
    CHECK(refused.limit == 120);
    CHECK(refused.left.until_next > 0);
    CHECK(gateway.limiter.refused(Scope::quota) == 81);
    gateway.now += 5 * a_second;
    CHECK(count(120) == 10);
    CHECK(gateway.limiter.take("b", list_pools, 120)->allowed);
    CHECK(count(150) == 150);  // raised
    CHECK_FALSE(allowed(0));
    CHECK_FALSE(gateway.limiter.take("a", health, 0).has_value());
  }
}

TEST_CASE("a request over its quota takes nothing of the other limits") {
  Alone gateway(rates({1, 10}, {1, 10}));
  for (int i = 0; i < 50; ++i) CHECK_FALSE(gateway.limiter.take("a", list_pools, 0)->allowed);
  CHECK(gateway.count(20) == 10);
}

TEST_CASE("a flood of addresses stays within the bound, and the global limit holds against it") {
  Alone gateway(rates({1, 1}, {1, 100}), 640);
  int allowed = 0;
  for (int i = 0; i < 20000; ++i) allowed += gateway.allowed("client-" + std::to_string(i)) ? 1 : 0;
  CHECK(allowed == 100);
}

TEST_CASE("several threads together get as many tokens as there are") {
  Alone gateway(rates({1, 20000}, {1, 10000}));
  std::atomic<int> allowed{0};
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i)
      threads.emplace_back([&, name = "client-" + std::to_string(i)] {
        for (int n = 0; n < 5000; ++n) allowed += gateway.allowed(name) ? 1 : 0;
      });
  }
  CHECK(allowed == 10000);
}
