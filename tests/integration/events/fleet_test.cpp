#include <map>

#include <doctest/doctest.h>

#include "receiver.hpp"
#include "world.hpp"

using namespace netweave;
using namespace netweave::testing;

namespace {

/// Several gateways on one store.
struct Fleet {
  std::unique_ptr<store::Store> store = store::open_memory();
  World one{*store};
  World two{*store};
};

/// A store whose positions can't be read at times.
class Unreadable final : public store::Store, public store::Positions {
 public:
  store::Log& log() override { return of_->log(); }
  store::Positions& positions() override { return *this; }
  store::Leases& leases() override { return of_->leases(); }
  store::Streams& streams() override { return of_->streams(); }
  store::Buckets& buckets() override { return of_->buckets(); }
  Result<std::string> key(const std::string& name) override { return of_->key(name); }

  Result<std::vector<store::Position>> load() override {
    ++loads;
    if (closed) return make_error(ErrorKind::unavailable, "closed by the test");
    return of_->positions().load();
  }
  Result<std::optional<store::Position>> find(const std::string& reader) override {
    return of_->positions().find(reader);
  }
  Result<void> write(const std::vector<store::Position>& all, const std::vector<store::Fence>& fences) override {
    return of_->positions().write(all, fences);
  }
  Result<void> remove(const std::vector<std::string>& readers) override { return of_->positions().remove(readers); }

  std::atomic<int> loads{0};
  std::atomic<bool> closed{false};

 private:
  std::unique_ptr<store::Store> of_ = store::open_memory();
};

std::vector<std::int64_t> sequences(const Receiver& receiver) {
  std::vector<std::int64_t> all;
  for (const Received& told : receiver.all()) all.push_back(body_of(told.body).at("sequence").as_integer());
  return all;
}

std::vector<std::int64_t> up_to(std::int64_t last) {
  std::vector<std::int64_t> all;
  for (std::int64_t i = 1; i <= last; ++i) all.push_back(i);
  return all;
}

std::string told_of(const Receiver& receiver, std::size_t at) {
  return text_of(receiver.all().at(at).body, "eventType");
}

}  // namespace

TEST_CASE("who has no share delivers nothing, and whoever takes it goes on where the other stopped") {
  Receiver receiver;
  Fleet fleet;
  fleet.one.subscribe(subscription_to(receiver.url()));
  fleet.one.put_resource("before-anybody");
  fleet.one.assume_all();
  for (int i = 0; i < 20; ++i) fleet.two.put_resource("first-" + std::to_string(i));
  REQUIRE(receiver.wait_for(21));
  REQUIRE(eventually([&] { return fleet.one.delivery().counts().delivered == 21; }));
  fleet.one.yield_all();
  fleet.one.put_resource("between");
  fleet.two.assume_all();
  for (int i = 0; i < 20; ++i) fleet.one.put_resource("second-" + std::to_string(i));
  REQUIRE(receiver.wait_for(42));
  CHECK(fleet.two.delivery().counts().delivered + fleet.one.delivery().counts().delivered >= 41);
  CHECK(sequences(receiver) == up_to(42));
}

TEST_CASE("shares that go to and fro under load lose nothing, repeat nothing accepted and keep the order") {
  Receiver receiver;
  Fleet fleet;
  for (int i = 0; i < 24; ++i)
    fleet.one.subscribe(subscription_to(receiver.url("/" + std::to_string(i)), "sub-" + std::to_string(i)));
  fleet.one.assume_all();
  World* holder = &fleet.one;
  World* other = &fleet.two;
  constexpr int rounds = 4;
  constexpr int each = 25;
  for (int round = 0; round < rounds; ++round) {
    for (int i = 0; i < each; ++i) other->put_resource("n-" + std::to_string(round) + "-" + std::to_string(i));
    holder->yield_all();
    other->assume_all();
    std::swap(holder, other);
  }
  constexpr std::size_t wanted = 24U * rounds * each;
  REQUIRE(receiver.wait_for(wanted, std::chrono::seconds(60)));
  std::map<std::string, std::vector<std::int64_t>> heard;
  std::map<std::pair<std::string, std::int64_t>, std::string> ids;
  bool same = true;
  for (const Received& told : receiver.all()) {
    Value body = body_of(told.body);
    std::int64_t sequence = body.at("sequence").as_integer();
    std::string id(body.at("notificationId").as_text());
    auto [place, fresh] = ids.try_emplace({told.target, sequence}, id);
    same = same && place->second == id;
    if (fresh) heard[told.target].push_back(sequence);
  }
  CHECK(same);
  REQUIRE(heard.size() == 24);
  for (const auto& [target, order] : heard) CHECK(order == up_to(rounds * each));
}

TEST_CASE("a share that is given and taken back at once is free again") {
  Fleet fleet;
  for (int turn = 0; turn < 20; ++turn) {
    fleet.one.assume_all();
    fleet.one.yield_all();
  }
  fleet.one.assume_all();
  for (unsigned share = 0; share < events::Delivery::shares; ++share) CHECK(!fleet.one.delivery().yielded(share));
}

TEST_CASE("a holder whose lease another took writes no position any more") {
  Receiver receiver;
  Fleet fleet;
  fleet.one.subscribe(subscription_to(receiver.url()));
  fleet.one.assume_all();
  fleet.one.put_resource("a");
  REQUIRE(receiver.wait_for(1));
  REQUIRE(eventually([&] { return fleet.one.delivery().counts().delivered == 1; }));
  fleet.one.yield_all();
  std::string lease = events::Delivery::lease_of(events::Delivery::share_of("sub-1"));
  auto stale = fleet.store->leases().acquire(lease, "frozen", std::chrono::milliseconds(0)).value();
  REQUIRE(fleet.store->leases().acquire(lease, "another", std::chrono::seconds(60)));
  model::Revision before = fleet.one.stored_position("sub-1");
  fleet.one.delivery().assume(events::Delivery::share_of("sub-1"), {lease, stale});
  fleet.one.put_resource("b");
  REQUIRE(receiver.wait_for(2));  // that it was told can't be helped; it carries the same id when it is told again
  fleet.one.delivery().yield(events::Delivery::share_of("sub-1"));
  REQUIRE(eventually([&] { return fleet.one.delivery().yielded(events::Delivery::share_of("sub-1")); }));
  CHECK(fleet.one.stored_position("sub-1") == before);
}

TEST_CASE("the first subscription of all, made while another share is being taken, is delivered") {
  Receiver receiver;
  Unreadable store;
  World world{store};
  unsigned own = events::Delivery::share_of("sub-1");
  auto assume = [&](unsigned share) {
    std::string lease = events::Delivery::lease_of(share);
    world.delivery().assume(share, {lease, store.leases().acquire(lease, "me", std::chrono::seconds(60)).value()});
  };
  assume(own);
  REQUIRE(eventually([&] { return store.loads == 1; }));
  store.closed = true;
  assume((own + 1) % events::Delivery::shares);
  REQUIRE(eventually([&] { return store.loads >= 2; }));
  world.subscribe(subscription_to(receiver.url()));
  int before = store.loads;
  world.put_resource("node-1");
  REQUIRE(eventually([&] { return store.loads >= before + 2; }));
  store.closed = false;
  CHECK(receiver.wait_for(1));
}

TEST_CASE("a share that is taken behind the others makes them hear nothing twice") {
  Receiver ahead;
  Receiver behind;
  Fleet fleet;
  std::string other = "sub-2";
  for (int i = 2; events::Delivery::share_of(other) == events::Delivery::share_of("sub-1"); ++i)
    other = "sub-" + std::to_string(i);
  fleet.one.subscribe(subscription_to(ahead.url()));
  fleet.one.subscribe(subscription_to(behind.url(), other));
  auto assume = [&](const std::string& id) {
    std::string lease = events::Delivery::lease_of(events::Delivery::share_of(id));
    auto token = fleet.store->leases().acquire(lease, "me", std::chrono::seconds(60)).value();
    fleet.one.delivery().assume(events::Delivery::share_of(id), {lease, token});
  };
  assume("sub-1");
  for (int i = 0; i < 10; ++i) fleet.one.put_resource("early-" + std::to_string(i));
  REQUIRE(ahead.wait_for(10));
  assume(other);
  REQUIRE(behind.wait_for(10));
  fleet.one.put_resource("late");
  REQUIRE(ahead.wait_for(11));
  REQUIRE(behind.wait_for(11));
  CHECK(sequences(ahead) == up_to(11));
  CHECK(sequences(behind) == up_to(11));
}

TEST_CASE("what came and went while nobody delivered is known to who takes over") {
  Receiver receiver;
  Fleet fleet;
  fleet.one.subscribe(subscription_to(receiver.url(), "goes"));
  fleet.one.assume_all();
  fleet.one.put_resource("a");
  REQUIRE(receiver.wait_for(1));
  fleet.one.yield_all();
  fleet.one.unsubscribe("goes");
  fleet.one.subscribe(subscription_to(receiver.url(), "comes"));
  fleet.one.put_resource("b");
  fleet.two.assume_all();
  REQUIRE(receiver.wait_for(2));
  CHECK(text_of(receiver.all()[1].body, "subscriptionId") == "comes");
  CHECK(eventually([&] { return fleet.one.stored_position("goes") == 0; }));
}

TEST_CASE("when the log begins another epoch each subscriber is told to list again, then hears what follows") {
  Receiver receiver;
  auto store = store::open_memory();
  World one{*store};  // alone: the memory store knows one reader of its epochs
  one.subscribe(subscription_to(receiver.url()));
  one.assume_all();
  one.put_resource("a");
  REQUIRE(receiver.wait_for(1));
  REQUIRE(eventually([&] { return one.delivery().counts().delivered == 1; }));
  REQUIRE(store->log().begin_epoch(store->log().epoch()));
  REQUIRE(eventually([&] { return one.state().snapshot()->epoch() == store->log().epoch(); }));
  one.yield_all();
  one.assume_all();
  REQUIRE(receiver.wait_for(2));
  CHECK(told_of(receiver, 1) == "Resync");
  one.put_resource("b");
  REQUIRE(receiver.wait_for(3));
  CHECK(told_of(receiver, 2) == "ResourceCreated");
  CHECK(sequences(receiver) == up_to(3));
  one.yield_all();
  World next{*store};
  next.assume_all();  // told once, not by each gateway
  next.put_resource("c");
  REQUIRE(receiver.wait_for(4));
  CHECK(told_of(receiver, 3) == "ResourceCreated");
}
