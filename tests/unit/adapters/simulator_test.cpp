#include "adapters/ims/simulator/simulator.hpp"

#include "adapters/registry.hpp"
#include "unit/adapters/rig.hpp"

using namespace netweave;
using namespace netweave::test;

namespace {

/// A gateway's southern half with a simulator.
struct Simulated {
  Simulated(store::Store& kept, const std::string& config, bool observes = true)
      : log(kept.log()),
        writer(log, state, {}),
        tail(log, state, {}),
        context{log, state, writer, "ocloud-1", [] { return std::chrono::system_clock::now(); }, {}, {}},
        writes(context, 2, 100) {
    std::vector<ObjectRef> objects;
    auto head = log.load([&](ObjectRef object) { objects.push_back(std::move(object)); });
    REQUIRE(head);
    state.load(std::move(objects), *head);
    tail.start();
    ims::AdapterSettings settings;
    settings.name = "sim";
    settings.config = Value::parse(config).value();
    auto adapter = adapters::built_in().at("simulator")(settings);
    REQUIRE(adapter);
    host = std::make_unique<adapters::Host>(Half::named("sim"), std::move(*adapter), context);
    if (observes)
      host->start();
    else
      host->follow();
    auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    REQUIRE(host->wait_synced(deadline));
  }
  ~Simulated() {
    host->stop();
    writes.stop();
    writer.stop();
    tail.stop();
  }
  using Start = void (adapters::Writes::*)(adapters::Host&, adapters::Write, adapters::Writes::Done);
  Result<ObjectRef> write(Start start, std::variant<ResourcePool, Resource> object) {
    adapters::Write write;
    write.object = std::move(object);
    std::promise<Result<ObjectRef>> promise;
    auto future = promise.get_future();
    (writes.*start)(*host, std::move(write), [&](Result<ObjectRef> result) { promise.set_value(std::move(result)); });
    return future.get();
  }
  ObjectRef pool(const std::string& id) { return ObjectRef::share(state.snapshot()->find(Kind::resource_pool, id)); }
  std::size_t count(Kind kind) { return state.snapshot()->table(kind).size(); }

  GateLog log;
  state::State state;
  state::Writer writer;
  state::Tail tail;
  adapters::HostContext context;
  adapters::Writes writes;
  std::unique_ptr<adapters::Host> host;
};

const char* const small = R"({"generate":{"pools":2,"resources":10,"resource_types":2}})";

}  // namespace

TEST_CASE("a simulator's generated inventory is the same after a restart, without a new entry") {
  auto store = store::open_memory();
  store::Revision head = 0;
  {
    Simulated gateway(*store, small);
    CHECK(gateway.count(Kind::resource) == 10);
    head = store->log().head();
  }
  Simulated gateway(*store, small);
  CHECK(store->log().head() == head);
  CHECK(gateway.count(Kind::resource_pool) == 2);
}

TEST_CASE("a simulator remembers what was written to it") {
  auto store = store::open_memory();
  {
    Simulated gateway(*store, small);
    REQUIRE(gateway.write(&adapters::Writes::create, Half::pool("given", "told by O2")));
  }
  Simulated gateway(*store, small);
  REQUIRE(gateway.pool("given"));
  CHECK(gateway.write(&adapters::Writes::update, Half::pool("given", "told again")));
  CHECK(gateway.write(&adapters::Writes::remove, Half::pool("given")));
}

TEST_CASE("gateways that share a store write to each other's simulated objects, and a takeover forgets none of it") {
  auto store = store::open_memory();
  Simulated observer(*store, small);
  Simulated follower(*store, small, false);
  CHECK_FALSE(follower.host->status().observed);
  CHECK(follower.host->status().synced);
  ResourcePool pool;
  pool.resource_pool_id = "p";
  pool.name = "made by the observer";
  pool.o_cloud_id = "ocloud-1";
  auto made = observer.write(&adapters::Writes::create, pool);
  REQUIRE(made);
  auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  REQUIRE(follower.state.wait((*made)->revision(), deadline));
  pool.name = "changed by the follower";
  auto changed = follower.write(&adapters::Writes::update, pool);
  REQUIRE(changed);
  REQUIRE(observer.state.wait((*changed)->revision(), deadline));
  pool.name = "and by the observer again";
  REQUIRE(observer.write(&adapters::Writes::update, pool));
  ResourcePool other = pool;
  other.resource_pool_id = "q";
  auto second = observer.write(&adapters::Writes::create, other);
  REQUIRE(second);
  REQUIRE(follower.state.wait((*second)->revision(), deadline));
  REQUIRE(follower.write(&adapters::Writes::remove, other));
  observer.host->stop();
  follower.host->start();
  REQUIRE(follower.host->wait_synced(deadline));
  REQUIRE(follower.pool("p"));
  CHECK(follower.pool("p")->json().find("and by the observer again") != std::string_view::npos);
  CHECK_FALSE(follower.pool("q"));
}

TEST_CASE("a write that a crash cut off costs a simulator nothing of what it remembered") {
  auto store = store::open_memory();
  {
    Simulated gateway(*store, small);
    REQUIRE(gateway.write(&adapters::Writes::create, Half::pool("given")));
    gateway.log.cut_after(1);  // the next intent gets in, its end does not
    CHECK_FALSE(gateway.write(&adapters::Writes::create, Half::pool("cut off")));
  }
  Simulated gateway(*store, small);
  CHECK(gateway.pool("given"));
  CHECK(gateway.count(model::intent) == 0);
  CHECK(gateway.count(Kind::resource) == 10);
}

TEST_CASE("a changed topology replaces the old one and leaves what was created through O2") {
  auto store = store::open_memory();
  {
    Simulated gateway(*store, small);
    REQUIRE(gateway.write(&adapters::Writes::create, Half::pool("given")));
  }
  Simulated gateway(*store, R"({"generate":{"pools":1,"resources":3,"resource_types":1}})");
  CHECK(gateway.count(Kind::resource) == 3);
  CHECK(gateway.count(Kind::resource_pool) == 2);
  CHECK(gateway.pool("given"));
}

TEST_CASE("a written topology that says something else of the same object is a changed one") {
  auto store = store::open_memory();
  auto topology = [](const std::string& location) {
    return R"({"topology":{"resourcePools":[{"resourcePoolId":"p","name":"p","location":")" + location + R"("}]}})";
  };
  { Simulated gateway(*store, topology("here")); }
  Simulated gateway(*store, topology("there"));
  CHECK(gateway.pool("p")->json().find("there") != std::string_view::npos);
}

TEST_CASE("a pool that holds resources is not removed") {
  auto store = store::open_memory();
  Simulated gateway(*store, small);
  auto snapshot = gateway.state.snapshot();
  std::string id(snapshot->table(Kind::resource).begin()->pool());
  auto removed = gateway.write(&adapters::Writes::remove, Half::pool(id));
  REQUIRE_FALSE(removed);
  CHECK(removed.error().kind == ErrorKind::conflict);
}

TEST_CASE("a simulator's settings are checked, all at once") {
  ims::AdapterSettings settings;
  settings.name = "sim";
  settings.config = Value::parse(R"({"generate":{"pools":-1},"fail_rate":2,"unknown":1})").value();
  auto made = ims::simulator::make(settings);
  REQUIRE_FALSE(made);
  CHECK(made.error().faults.size() == 3);
}

TEST_CASE("what a topology says of sites and locations is checked, all at once") {
  ims::AdapterSettings settings;
  settings.name = "sim";
  settings.config = Value::parse(R"({"topology":{
    "oCloudSites":[{"oCloudSiteId":"s","name":"n"}],
    "locations":[{"globalLocationId":"a","name":"n"},
                 {"globalLocationId":"b","name":"n","coordinate":{"type":"Point","coordinates":[1]}},
                 {"globalLocationId":"c","name":"n","civicAddress":[{"caType":300,"caValue":"x"}]},
                 {"globalLocationId":"d","name":"n","coordinate":{"type":"Point","coordinates":[1.5,2,3]},
                  "civicAddress":[{"caType":1,"caValue":"CA"}],"oCloudSiteIds":["s"]}]}})")
                        .value();
  auto made = ims::simulator::make(settings);
  REQUIRE_FALSE(made);
  std::vector<std::string> fields;
  for (const Fault& fault : made.error().faults) fields.push_back(fault.field);
  CHECK(fields == std::vector<std::string>{"topology.oCloudSites[0].globalLocationId", "topology.locations[0].address",
                                           "topology.locations[1].coordinate", "topology.locations[2].civicAddress"});
}

TEST_CASE("what a topology says of dictionaries is checked, all at once") {
  ims::AdapterSettings settings;
  settings.name = "sim";
  settings.config = Value::parse(R"({"topology":{
    "alarmDictionaries":[{"alarmDictionaryId":"a","entityType":"t","colour":1,"managementInterfaceId":["O1"],
      "alarmDefinition":[{"alarmDefinitionId":"1","alarmName":"n","alarmChangeType":"made","clearingType":"manual"},
                         {"alarmName":7,"managementInterfaceId":["O2IMS","O1"]}],
      "probableCauses":[{"probableCauseDescription":"d","standardReference":{"versionOrRelease":"1"}}]},
      {"alarmDictionaryId":"b","entityType":"t","alarmDefinition":["x"]}],
    "performanceDictionaries":[{"performanceDictionaryId":"/","supportedInterfaces":"O1",
      "supportedMeasurements":[{"performanceMeasurementDefinitionId":"1"}]},
      {"performanceDictionaryId":"p"}]}})")
                        .value();
  auto made = ims::simulator::make(settings);
  REQUIRE_FALSE(made);
  std::vector<std::string> fields;
  for (const Fault& fault : made.error().faults) fields.push_back(fault.field);
  std::sort(fields.begin(), fields.end());
  CHECK(fields ==
        std::vector<std::string>{
            "topology.alarmDictionaries[0].alarmDefinition[0].alarmChangeType",
            "topology.alarmDictionaries[0].alarmDefinition[0].alarmDefinitionId",
            "topology.alarmDictionaries[0].alarmDefinition[1].alarmChangeType",
            "topology.alarmDictionaries[0].alarmDefinition[1].alarmDefinitionId",
            "topology.alarmDictionaries[0].alarmDefinition[1].alarmName",
            "topology.alarmDictionaries[0].alarmDefinition[1].alarmName",
            "topology.alarmDictionaries[0].alarmDefinition[1].clearingType",
            "topology.alarmDictionaries[0].alarmDefinition[1].managementInterfaceId",
            "topology.alarmDictionaries[0].colour",
            "topology.alarmDictionaries[0].managementInterfaceId",
            "topology.alarmDictionaries[0].probableCauses[0].probableCauseCode",
            "topology.alarmDictionaries[0].probableCauses[0].standardReference.standardDefinitionOrganization",
            "topology.alarmDictionaries[0].probableCauses[0].standardReference.standardSpecification",
            "topology.alarmDictionaries[1].alarmDefinition",
            "topology.alarmDictionaries[1].alarmDefinition",
            "topology.performanceDictionaries[0].performanceDictionaryId",
            "topology.performanceDictionaries[0].supportedInterfaces",
            "topology.performanceDictionaries[0].supportedMeasurements[0].performanceMeasurementDefinitionId",
            "topology.performanceDictionaries[0].supportedMeasurements[0].performanceMeasurementId",
            "topology.performanceDictionaries[1].supportedMeasurements"});
}
