#include <deque>
#include <functional>
#include <thread>
#include <utility>

#include <doctest/doctest.h>

#include "limits/limiter.hpp"
#include "store/bucket_table.hpp"

using namespace netweave;
using namespace netweave::limits;

namespace {

constexpr Nanos second = 1000000000;
constexpr Nanos millisecond = 1000000;

/// Shared buckets that a test can make unreachable.
class GateBuckets final : public store::Buckets {
 public:
  explicit GateBuckets(store::BucketTable::Now now) : behind_(std::move(now), true) {}
  bool cut = false;
  std::function<void()> hold;  // what happens while the next one waits for its answer

  [[nodiscard]] bool shared() const override { return true; }
  Result<std::vector<store::Drawn>> draw(const std::vector<store::Draw>& draws) override {
    if (auto meanwhile = std::exchange(hold, nullptr)) meanwhile();
    if (cut) return make_error(ErrorKind::unavailable, "cut off");
    return behind_.draw(draws);
  }

 private:
  store::BucketTable behind_;
};

/// Gateways over one store, and a clock that all of them and the store share.
struct Fleet {
  Nanos now = 1000 * second;
  GateBuckets buckets{[this] { return std::chrono::steady_clock::time_point(std::chrono::nanoseconds(now)); }};
  unsigned members;
  std::deque<Limiter> gateways;
  std::vector<int> allowed;
  std::vector<double> due;
  int requests = 0;

  Fleet(unsigned size, const RateLimitConfig& config) : members(size), allowed(size), due(size) {
    for (unsigned i = 0; i < size; ++i) {
      gateways.emplace_back(Limiter::Context{buckets, [this] { return members; }, {}, [this] { return now; }},
                            std::vector<Route>{{"GET", "/pools", "resourcePools", false, true}});
      REQUIRE(gateways.back().configure(config).has_value());
      gateways.back().lessee()->round();
    }
  }

  /// Each gateway is asked that often a second; one beat of theirs is every 20 ms, not in step.
  void run(Nanos time, const std::vector<double>& rates) {
    for (Nanos end = now + time; now < end; now += millisecond)
      for (std::size_t i = 0; i < gateways.size(); ++i) {
        for (due[i] += rates[i] / 1000; due[i] >= 1; due[i] -= 1, ++requests)
          allowed[i] += gateways[i].take("tenant", 0)->allowed ? 1 : 0;
        if ((now / millisecond) % 20 == static_cast<Nanos>(i * 7)) gateways[i].lessee()->round();
      }
  }
  int total() const {
    int all = 0;
    for (int one : allowed) all += one;
    return all;
  }
  double round_trips() const {
    double all = 0;
    for (const Limiter& gateway : gateways) all += static_cast<double>(gateway.round_trips());
    return all;
  }
  void reset() {
    allowed.assign(gateways.size(), 0);
    requests = 0;
  }
};

RateLimitConfig tenant_limit(std::uint32_t rate, std::uint32_t burst) {
  RateLimitConfig config;
  config.enabled = true;
  config.tenant = {rate, burst};
  config.global = {};
  return config;
}

void check_near(int is, double should) {
  CHECK(is >= should * 0.95);
  CHECK(is <= should * 1.05);
}

}  // namespace

TEST_CASE("three gateways under skewed load let through what one would, with few round trips") {
  struct Case {
    std::uint32_t rate, burst;
    std::vector<double> asked;
  };
  for (const Case& c :
       {Case{1000, 1000, {1600, 300, 100}}, Case{1000, 100, {1600, 300, 100}}, Case{1000, 1, {1600, 300, 100}},
        Case{1000, 2000, {2000, 0, 0}}, Case{5000, 5000, {9000, 4000, 50}}, Case{20000, 1000, {30000, 3000, 3000}},
        Case{1000, 1000, {900, 900, 900}}, Case{300, 300, {2000, 20, 20}}}) {
    CAPTURE(c.rate);
    CAPTURE(c.burst);
    CAPTURE(c.asked[0]);
    Fleet fleet(3, tenant_limit(c.rate, c.burst));
    fleet.run(8 * second, c.asked);
    check_near(fleet.total(), 8.0 * c.rate + c.burst);
    CHECK(fleet.round_trips() <= 0.02 * fleet.requests);
  }
}

TEST_CASE("a small limit holds over a fleet too") {
  Fleet fleet(3, tenant_limit(10, 10));
  fleet.run(60 * second, {40, 10, 1});
  check_near(fleet.total(), 610);
}

TEST_CASE("below the limit nobody is refused, however uneven the load is") {
  Fleet fleet(3, tenant_limit(1000, 500));
  fleet.run(10 * second, {850, 90, 10});
  CHECK(fleet.total() == fleet.requests);
  CHECK(fleet.round_trips() <= 0.02 * fleet.requests);
}

TEST_CASE("what a gateway does not use any more goes to the others") {
  Fleet fleet(2, tenant_limit(1000, 1000));
  fleet.run(5 * second, {2000, 0});
  fleet.reset();
  fleet.run(5 * second, {0, 2000});
  check_near(fleet.total(), 5000);
}

TEST_CASE("the load moves from one gateway to another, and all of the limit is there in time") {
  Fleet fleet(3, tenant_limit(1000, 100));
  fleet.run(second, {2000, 0, 0});
  fleet.reset();
  for (int turn = 0; turn < 10; ++turn) {
    std::vector<double> rates(3, 0);
    rates[static_cast<std::size_t>(turn % 3)] = 2000;
    fleet.run(second, rates);
  }
  check_near(fleet.total(), 10000);
}

TEST_CASE("without the store each keeps to its share, and all share again once it is back") {
  Fleet fleet(3, tenant_limit(900, 90));
  fleet.run(2 * second, {2000, 2000, 2000});
  fleet.buckets.cut = true;
  fleet.run(second, {2000, 2000, 2000});
  for (const Limiter& gateway : fleet.gateways) CHECK(gateway.cut_off());
  fleet.reset();
  fleet.run(5 * second, {2000, 2000, 100});
  check_near(fleet.allowed[0], 1500);
  check_near(fleet.allowed[1], 1500);
  check_near(fleet.allowed[2], 500);  // all that it was asked for
  fleet.buckets.cut = false;
  fleet.run(2 * second, {2000, 2000, 100});
  for (const Limiter& gateway : fleet.gateways) CHECK_FALSE(gateway.cut_off());
  fleet.reset();
  fleet.run(5 * second, {2000, 0, 0});
  check_near(fleet.total(), 4500);
}

TEST_CASE("what was spent while the store was away is owed to nobody") {
  Fleet fleet(3, tenant_limit(900, 90));
  fleet.run(second, {2000, 0, 0});
  fleet.buckets.cut = true;
  fleet.run(second, {2000, 0, 0});
  REQUIRE(fleet.gateways[0].cut_off());
  fleet.buckets.cut = false;
  fleet.buckets.hold = [&] {
    for (int i = 0; i < 2000; ++i, fleet.now += millisecond) fleet.gateways[0].take("tenant", 0);
  };
  while (fleet.gateways[0].cut_off()) fleet.run(20 * millisecond, {2000, 0, 0});
  fleet.reset();
  fleet.run(second, {2000, 0, 0});
  CHECK(fleet.total() >= 900 * 0.95);
  CHECK(fleet.total() <= 990 * 1.05);  // the bucket was full
}

TEST_CASE("a share is never nothing: a limit below the number of gateways goes on without the store") {
  Fleet fleet(3, tenant_limit(1, 1));
  fleet.buckets.cut = true;
  fleet.run(60 * second, {5, 5, 5});
  for (int allowed : fleet.allowed) {
    CHECK(allowed >= 19);
    CHECK(allowed <= 22);
  }
}

TEST_CASE("a first request is let through before the store was asked") {
  Fleet fleet(3, tenant_limit(1000, 300));
  int allowed = 0;
  for (int i = 0; i < 300; ++i) allowed += fleet.gateways[0].take("new", 0)->allowed ? 1 : 0;
  CHECK(allowed == 100);  // its share of a full bucket
  fleet.gateways[0].lessee()->round();
  for (int i = 0; i < 300; ++i) allowed += fleet.gateways[0].take("new", 0)->allowed ? 1 : 0;
  CHECK(allowed == 300);
}

TEST_CASE("who stops gives back what it holds") {
  Fleet fleet(2, tenant_limit(1, 1000));
  fleet.gateways[0].start();
  for (int i = 0; i < 400; ++i) CHECK(fleet.gateways[0].take("tenant", 0)->allowed);
  while (fleet.gateways[0].round_trips() == 0) std::this_thread::yield();
  fleet.gateways[0].stop();
  int more = 0;
  for (int turn = 0; turn < 20; ++turn) {
    for (int i = 0; i < 100; ++i) more += fleet.gateways[1].take("tenant", 0)->allowed ? 1 : 0;
    fleet.gateways[1].lessee()->round();
  }
  CHECK(more >= 600);  // on credit it may take a little more
  CHECK(more <= 700);
}

TEST_CASE("a flood of clients is not kept in step without bound, and who comes after it is") {
  Fleet fleet(1, tenant_limit(1, 2));
  for (int i = 0; i < 100000; ++i) CHECK(fleet.gateways[0].take("flood-" + std::to_string(i), 0)->allowed);
  CHECK(fleet.gateways[0].lessee()->kept() == 65536);
  for (int beat = 0; fleet.gateways[0].lessee()->kept() > 0; ++beat) {
    REQUIRE(beat < 2000);
    fleet.now += second;
    fleet.gateways[0].lessee()->round();
  }
  CHECK(fleet.gateways[0].take("flood-99999", 0)->allowed);
  CHECK(fleet.gateways[0].lessee()->kept() == 1);
}

TEST_CASE("thousands of clients are kept in step a part at a time, the busy ones always") {
  RateLimitConfig config = tenant_limit(1, 1000);
  config.global = {1000, 1000};
  Fleet fleet(2, config);
  int allowed = 0;
  for (int beat = 0; beat < 250; ++beat) {
    for (int i = 0; i < 40; ++i)
      for (Limiter& gateway : fleet.gateways)
        allowed += gateway.take("client-" + std::to_string(beat * 40 + i), 0)->allowed ? 1 : 0;
    for (Limiter& gateway : fleet.gateways) gateway.lessee()->round();
    fleet.now += second / 50;
  }
  check_near(allowed, 6000);
}
