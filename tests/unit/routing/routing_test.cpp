#include "routing/routing.hpp"

#include <doctest/doctest.h>

using namespace netweave;

namespace {

/// An adapter that can do some things and is never started.
class Able final : public ims::Adapter {
 public:
  explicit Able(std::vector<ims::Capability> can) : can_(std::move(can)) {}
  [[nodiscard]] ims::AdapterInfo info() const override { return {"able", "1", can_}; }
  [[nodiscard]] ims::Health health() const override { return {true, {}}; }
  void observe(ims::Feed&, std::stop_token) override {}

 private:
  std::vector<ims::Capability> can_;
};

struct World {
  std::unique_ptr<store::Store> store = store::open_memory();
  state::State state;
  state::Writer writer{store->log(), state, {}};
  adapters::HostContext context{store->log(), state, writer, "ocloud-1", {}, {}, {}};
  routing::Hosts hosts;

  adapters::Host* add(const std::string& name, int priority = 0, bool is_default = false, bool able = true) {
    AdapterConfig config;
    config.name = name;
    config.type = "able";
    config.priority = priority;
    config.is_default = is_default;
    std::vector<ims::Capability> can;
    if (able) can.push_back({Kind::resource_pool, ims::Operation::create, {}});
    hosts.push_back(std::make_unique<adapters::Host>(config, std::make_unique<Able>(can), context));
    return hosts.back().get();
  }
};

}  // namespace

TEST_CASE("a creation goes to the only adapter, the default one, or that of the highest priority") {
  World world;
  adapters::Host* first = world.add("a");
  CHECK(routing::for_creation(world.hosts, Kind::resource_pool).value() == first);
  world.add("b", -1);
  CHECK(routing::for_creation(world.hosts, Kind::resource_pool).value() == first);
  adapters::Host* higher = world.add("c", 5);
  CHECK(routing::for_creation(world.hosts, Kind::resource_pool).value() == higher);
  world.add("d", 5);  // of two alike the first
  CHECK(routing::for_creation(world.hosts, Kind::resource_pool).value() == higher);
  adapters::Host* standard = world.add("e", -9, true);
  CHECK(routing::for_creation(world.hosts, Kind::resource_pool).value() == standard);
}

TEST_CASE("without adapters a creation is invalid") {
  World world;
  auto none = routing::for_creation(world.hosts, Kind::resource_pool);
  REQUIRE_FALSE(none);
  CHECK(none.error().kind == ErrorKind::invalid);
}

TEST_CASE("an adapter that can't is named in the message") {
  World world;
  adapters::Host* host = world.add("a", 0, false, false);
  auto none = routing::for_creation(world.hosts, Kind::resource_pool);
  REQUIRE_FALSE(none);
  CHECK(none.error().kind == ErrorKind::unimplemented);
  CHECK(none.error().message.find("the adapter a (able) can't create a resourcePool") != std::string::npos);
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
