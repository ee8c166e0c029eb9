#include "routing/routing.hpp"

#include <condition_variable>
#include <future>
#include <mutex>

#include <doctest/doctest.h>

#include "adapters/writes.hpp"

using namespace netweave;

namespace {

/// An adapter that can do some things; started, it says that its backend can't be reached.
class Able final : public ims::Adapter {
 public:
  explicit Able(std::vector<ims::Capability> can) : can_(std::move(can)) {}
  [[nodiscard]] ims::AdapterInfo info() const override { return {"able", "1", can_}; }
  [[nodiscard]] ims::Health health() const override { return {true, {}}; }
  void observe(ims::Feed& feed, std::stop_token stop) override {
    feed.failed(make_error(ErrorKind::unavailable, "no route to host"));
    told_.set_value();
    std::mutex mutex;
    std::unique_lock lock(mutex);
    std::condition_variable_any().wait(lock, stop, [] { return false; });
  }
  void wait_told() { told_.get_future().wait(); }

 private:
  std::vector<ims::Capability> can_;
  std::promise<void> told_;
};

struct World {
  std::unique_ptr<store::Store> store = store::open_memory();
  state::State state;
  state::Writer writer{store->log(), state, {}};
  adapters::HostContext context{store->log(), state, writer, "ocloud-1", {}, {}, {}};
  routing::Hosts hosts;
  RoutingConfig config;

  adapters::Host* add(const std::string& name, int priority = 0, bool is_default = false, bool able = true) {
    AdapterConfig adapter;
    adapter.name = name;
    adapter.type = "able";
    adapter.priority = priority;
    adapter.is_default = is_default;
    std::vector<ims::Capability> can;
    if (able) can.push_back({Kind::resource_pool, ims::Operation::create, {}});
    hosts.push_back(std::make_unique<adapters::Host>(adapter, std::make_unique<Able>(can), context));
    return hosts.back().get();
  }
  static void lose(adapters::Host& host) {
    host.start();
    static_cast<Able&>(host.adapter()).wait_told();
  }
  RoutingRule& rule(const std::string& name, const std::string& adapter, int priority = 0) {
    RoutingRule rule;
    rule.name = name;
    rule.adapter = adapter;
    rule.priority = priority;
    config.rules.push_back(std::move(rule));
    return config.rules.back();
  }
  routing::Choice choose(const routing::Creation& creation = {}) const {
    return routing::choose(hosts, routing::Rules(config).now(), creation);
  }
};

std::vector<std::string> reasons(const routing::Choice& choice) {
  std::vector<std::string> all;
  for (const routing::Tried& tried : choice.tried) all.push_back(tried.rule->name + ": " + tried.reason);
  return all;
}

}  // namespace

TEST_CASE("what no rule takes goes to the only adapter, the default one, or that of the highest priority") {
  World world;
  CHECK(routing::default_of(world.hosts) == nullptr);
  adapters::Host* first = world.add("a");
  CHECK(routing::default_of(world.hosts) == first);
  world.add("b", -1);
  CHECK(routing::default_of(world.hosts) == first);
  adapters::Host* higher = world.add("c", 5);
  CHECK(routing::default_of(world.hosts) == higher);
  world.add("d", 5);  // of two alike the first
  CHECK(routing::default_of(world.hosts) == higher);
  adapters::Host* standard = world.add("e", -9, true);
  CHECK(routing::default_of(world.hosts) == standard);
}

TEST_CASE("an adapter that can't is named in the message") {
  World world;
  adapters::Host* host = world.add("a", 0, false, false);
  auto creation = routing::check_capable(*host, Kind::resource_pool, ims::Operation::create);
  REQUIRE_FALSE(creation);
  CHECK(creation.error().kind == ErrorKind::unimplemented);
  CHECK(creation.error().message.find("the adapter a (able) can't create a resourcePool") != std::string::npos);
  auto removal = routing::check_capable(*host, Kind::resource, ims::Operation::remove);
  REQUIRE_FALSE(removal);
  CHECK(removal.error().message.find("can't delete a resource") != std::string::npos);
  CHECK_FALSE(routing::check_capable(*host, Kind::resource, ims::Operation::update));
  CHECK(routing::check_capable(*world.add("b"), Kind::resource_pool, ims::Operation::create));
}

TEST_CASE("an adapter is found by name, and an unknown name is the caller's fault") {
  World world;
  world.add("a");
  adapters::Host* host = world.add("b");
  CHECK(routing::named(world.hosts, "b").value() == host);
  auto none = routing::named(world.hosts, "c");
  REQUIRE_FALSE(none);
  CHECK(none.error().kind == ErrorKind::invalid);
  REQUIRE(none.error().faults.size() == 1);
  CHECK(none.error().faults[0].field == "X-Netweave-Adapter");
}

TEST_CASE("an object belongs to the adapter that observes it, or to nobody who is left") {
  World world;
  world.add("a");
  adapters::Host* host = world.add("b");
  model::Draft draft;
  draft.id = "x";
  draft.json = R"({"resourceId":"x"})";
  draft.adapter = "b";
  CHECK(routing::owner_of(world.hosts, *model::Object::make(draft)) == host);
  draft.adapter = "gone";
  CHECK(routing::owner_of(world.hosts, *model::Object::make(draft)) == nullptr);
}

TEST_CASE("the matching rule of the highest priority wins; of equals, the one that is written first") {
  World world;
  adapters::Host* a = world.add("a");
  adapters::Host* b = world.add("b");
  world.rule("low", "a", 1);
  world.rule("first", "b", 5);
  world.rule("second", "a", 5);
  world.rule("high", "a", 9).location.exact = "elsewhere";
  auto choice = world.choose();
  CHECK(choice.host == b);
  CHECK(choice.reason == "the rule first gives it to b");
  CHECK(reasons(choice) == std::vector<std::string>{
                               "high: the location must be \"elsewhere\", and there is none",
                               "first: it is the first that matches",
                               "second: the rule first comes first",
                               "low: the rule first comes first",
                           });
  routing::Creation there;
  there.location = "elsewhere";
  CHECK(world.choose(there).host == a);
}

TEST_CASE("a disabled adapter is passed over") {
  World world;
  world.add("a");
  adapters::Host* b = world.add("b");
  world.rule("first", "off");  // enabled: false makes no host
  world.rule("second", "b");
  auto choice = world.choose();
  CHECK(choice.host == b);
  CHECK(reasons(choice)[0] == "first: its adapter off is disabled");
}

TEST_CASE("an adapter that can't be reached keeps what its rule gives it, unless the rule fails over") {
  World world;
  adapters::Host* a = world.add("a");
  adapters::Host* b = world.add("b");
  World::lose(*a);
  world.rule("first", "a");
  world.rule("second", "b");
  auto stays = world.choose();
  CHECK(stays.host == a);
  auto closed = adapters::closed_to_writes(*stays.host);
  REQUIRE(closed);
  CHECK(closed->kind == ErrorKind::unavailable);
  CHECK(closed->retry_after);
  world.config.rules[0].failover = true;
  auto moves = world.choose();
  CHECK(moves.host == b);
  CHECK(reasons(moves)[0] == "first: the backend of its adapter a can't be reached, and it fails over");
  world.config.rules[1].location.exact = "x";  // no further rule: the default adapter
  CHECK(world.choose().reason == "no rule takes it: a is the default adapter");
}

TEST_CASE("a rule asks what its adapter can do at that moment") {
  World world;
  world.add("a");
  adapters::Host* b = world.add("b", 0, true);
  world.rule("both", "a").capabilities = {"resourcePool.create", "resourcePool.delete"};
  auto choice = world.choose();
  CHECK(choice.host == b);
  CHECK(reasons(choice)[0] == "both: its adapter a can't do resourcePool.delete");
  world.config.rules[0].capabilities = {"resourcePool.create"};
  CHECK(world.choose().reason == "the rule both gives it to a");
}

TEST_CASE("without a match there is the default adapter, or nobody and the rules that were tried") {
  World world;
  adapters::Host* a = world.add("a");
  CHECK(world.choose().host == a);
  CHECK(world.choose().reason == "there are no rules: a is the default adapter");
  world.rule("gpu", "a").resource_type = "gpu";
  CHECK(world.choose().host == a);
  world.config.fallback_enabled = false;
  auto choice = world.choose();
  CHECK(choice.host == nullptr);
  CHECK(choice.reason == "no rule takes it, and routing.fallback_enabled is false");
  CHECK(reasons(choice) == std::vector<std::string>{"gpu: it is for gpu, this is a resourcePool"});
  world.hosts.clear();
  world.config.fallback_enabled = true;
  CHECK(world.choose().reason == "no rule takes it, and no adapter is enabled");
}
