#include <doctest/doctest.h>

#include "integration/kubernetes/cluster.hpp"

using namespace netweave;

namespace {

constexpr const char* with_cluster_api = R"({"cluster_api":{"cluster_name":"edge","version":"v1.36.3",
  "bootstrap_template":{"api_version":"bootstrap.cluster.x-k8s.io/v1beta2","kind":"KubeadmConfigTemplate","name":"b"},
  "infrastructure_template":{"api_version":"infrastructure.cluster.x-k8s.io/v1beta2","kind":"DockerMachineTemplate",
  "name":"i"},"instance_types":{"large":"i-large"}}})";
constexpr const char* deployments = "/apis/cluster.x-k8s.io/v1beta2/namespaces/default/machinedeployments/";

Value parse(const std::string& text) {
  auto value = Value::parse(text);
  REQUIRE(value);
  return std::move(*value);
}

/// The resource as the gateway knows it, changed by a patch.
Result<ims::Observed> patch_resource(ims::Adapter& adapter, const std::string& id, const std::string& patch) {
  auto now = adapter.read(Kind::resource, id, {});
  if (!now) return now;
  return adapter.update_resource(std::get<Resource>(now->object), parse(patch), {});
}

const ResourcePool& pool_of(const Result<ims::Observed>& result) {
  REQUIRE_MESSAGE(result, result.error().message);
  return std::get<ResourcePool>(result->object);
}

ResourcePool pool_named(const std::string& name, const std::string& extensions = "{}") {
  ResourcePool pool;
  pool.name = name;
  pool.extensions = parse(extensions);
  return pool;
}

Value machine_deployment(Cluster& cluster, const std::string& name) {
  return parse(cluster.call("GET", deployments + name));
}

}  // namespace

TEST_SUITE("integration") {
  TEST_CASE("a node's labels, annotations and taints are changed, and the answer shows them") {
    Cluster cluster;
    cluster.create_node("n", R"("rack":"1","old":"x")");
    auto adapter = make_adapter(cluster);
    auto done = patch_resource(*adapter, "k-node-n",
                               R"({"extensions":{"labels":{"rack":"2","old":null},"k8s":{"annotations":{"a":"b"},
                                   "unschedulable":true,"taints":[{"key":"k","value":"v","effect":"NoSchedule"}]}}})");
    REQUIRE(done);
    const Value& extensions = std::get<Resource>(done->object).extensions;
    CHECK(extensions.at("labels").at("rack").as_text() == "2");
    Value node = parse(cluster.node("n"));
    CHECK(node.at("metadata").at("labels").at("rack").as_text() == "2");
    CHECK(node.at("metadata").at("labels").find("old") == nullptr);
    CHECK(node.at("metadata").at("annotations").at("a").as_text() == "b");
    CHECK(node.at("spec").at("unschedulable").as_bool());
    bool tainted = false;
    for (const Value& taint : node.at("spec").at("taints").as_array()) tainted |= taint.at("key").as_text() == "k";
    CHECK(tainted);
  }

  TEST_CASE("what the watch shows of a write is what its answer showed") {
    Cluster cluster;
    cluster.create_node("n");
    auto adapter = make_adapter(cluster);
    RecordingFeed feed;
    Observation observation(*adapter, feed);
    REQUIRE(feed.wait_passes(1));
    auto done = patch_resource(*adapter, "k-node-n", R"({"extensions":{"labels":{"rack":"2"}}})");
    REQUIRE(done);
    REQUIRE(
        feed.wait([&](const RecordingFeed& f) { return f.memory_.objects.at("k-node-n").version >= done->version; }));
    CHECK(describe(feed.memory().objects.at("k-node-n")) == describe(*done));
    observation.stop();
  }

  TEST_CASE("what Kubernetes owns can't be changed, and the API server's refusals come through") {
    Cluster cluster;
    cluster.create_node("n");
    auto adapter = make_adapter(cluster);
    auto own = patch_resource(*adapter, "k-node-n", R"({"extensions":{"k8s":{"capacity":{"cpu":"64"}}}})");
    REQUIRE_FALSE(own);
    CHECK(own.error().kind == ErrorKind::invalid);
    CHECK(own.error().faults.at(0).field == "extensions.k8s.capacity");
    auto bad = patch_resource(*adapter, "k-node-n", R"({"extensions":{"labels":{"not a label":"x"}}})");
    REQUIRE_FALSE(bad);
    CHECK(bad.error().kind == ErrorKind::invalid);
    CHECK(bad.error().from_backend);
    auto absent = adapter->read(Kind::resource, "k-node-absent", {});
    CHECK(absent.error().kind == ErrorKind::not_found);
  }

  TEST_CASE("nodes and volumes are not created through O2") {
    Cluster cluster;
    auto adapter = make_adapter(cluster);
    Resource resource;
    resource.resource_type_id = "k-type-m5.large";
    auto made = adapter->create_resource(resource, {});
    REQUIRE_FALSE(made);
    CHECK(made.error().kind == ErrorKind::unimplemented);
    CHECK(made.error().message.find("register themselves") != std::string::npos);
  }

  TEST_CASE("a node and a volume are deleted; one that is gone already is done") {
    Cluster cluster;
    cluster.create_node("n");
    cluster.call("POST", "/api/v1/persistentvolumes",
                 R"({"metadata":{"name":"v"},"spec":{"capacity":{"storage":"1Gi"},"accessModes":["ReadWriteOnce"],)"
                 R"("hostPath":{"path":"/x"}}})");
    auto adapter = make_adapter(cluster);
    CHECK(*adapter->remove_resource("k-node-n", {}) == ims::Removal::done);
    CHECK_FALSE(cluster.has("/api/v1/nodes/n"));
    CHECK(*adapter->remove_resource("k-node-n", {}) == ims::Removal::done);
    CHECK(adapter->remove_resource("k-pv-v", {}));
    CHECK(adapter->remove_resource("k-md-default.x", {}).error().kind == ErrorKind::not_found);
  }

  TEST_CASE("with Cluster API a pool is a MachineDeployment: created, scaled, described, deleted when empty") {
    Cluster cluster;
    auto adapter = make_adapter(cluster, "admin-token", with_cluster_api);
    RecordingFeed feed;
    Observation observation(*adapter, feed);
    REQUIRE(feed.wait_passes(1));
    ResourcePool wanted = pool_named("Workers of Turin", R"({"replicas":3,"instanceType":"large"})");
    wanted.description = "for tests";
    ims::CallContext context;
    context.client_token = "token-1";
    auto made = adapter->create_resource_pool(wanted, context);
    std::string id = pool_of(made).resource_pool_id;
    CHECK(made->client_token == "token-1");
    CHECK(pool_of(made).name == "Workers of Turin");
    CHECK(pool_of(made).description == "for tests");
    CHECK(pool_of(made).extensions.at("replicas").as_integer() == 3);
    REQUIRE(feed.wait_for(id));
    std::string name(pool_of(made).extensions.at("k8s").at("name").as_text());
    Value object = machine_deployment(cluster, name);
    CHECK(object.at("spec").at("template").at("spec").at("infrastructureRef").at("name").as_text() == "i-large");

    auto again = adapter->create_resource_pool(wanted, context);  // the same creation, its answer lost
    CHECK(pool_of(again).resource_pool_id == id);
    CHECK(again->uid == made->uid);

    ResourcePool changed = pool_of(made);
    auto scaled =
        adapter->update_resource_pool(changed, parse(R"({"description":"of tests","extensions":{"replicas":0}})"), {});
    CHECK(pool_of(scaled).description == "of tests");
    CHECK(machine_deployment(cluster, name).at("spec").at("replicas").as_integer(-1) == 0);
    CHECK(describe(*adapter->read(Kind::resource_pool, id, {})) == describe(*scaled));

    cluster.call("PATCH", std::string(deployments) + name + "/status", R"({"status":{"replicas":1}})");
    auto early = adapter->remove_resource_pool(id, {});
    REQUIRE_FALSE(early);
    CHECK(early.error().kind == ErrorKind::conflict);
    cluster.call("PATCH", std::string(deployments) + name + "/status", R"({"status":{"replicas":0}})");
    CHECK(*adapter->remove_resource_pool(id, {}) == ims::Removal::done);
    REQUIRE(feed.wait_gone(id));
    observation.stop();
  }

  TEST_CASE("a pool that lacks what a MachineDeployment needs is refused with every fault") {
    Cluster cluster;
    auto adapter = make_adapter(cluster);
    auto made = adapter->create_resource_pool(pool_named("p", R"({"replicas":-1})"), {});
    REQUIRE_FALSE(made);
    CHECK(made.error().kind == ErrorKind::invalid);
    CHECK(made.error().faults.size() == 4);
    auto typed = make_adapter(cluster, "admin-token", with_cluster_api)
                     ->create_resource_pool(pool_named("p", R"({"instanceType":"huge"})"), {});
    CHECK(typed.error().faults.at(0).field == "extensions.instanceType");
  }

  TEST_CASE("a node that Cluster API made is in the pool of its Machine, whoever asks") {
    Cluster cluster;
    auto adapter = make_adapter(cluster, "admin-token", with_cluster_api);
    auto made = adapter->create_resource_pool(pool_named("workers"), {});
    std::string id = pool_of(made).resource_pool_id;
    std::string name(pool_of(made).extensions.at("k8s").at("name").as_text());
    auto make_machine = [&](const std::string& machine) {
      cluster.call("POST", "/apis/cluster.x-k8s.io/v1beta2/namespaces/default/machines",
                   R"({"apiVersion":"cluster.x-k8s.io/v1beta2","kind":"Machine","metadata":{"name":")" + machine +
                       R"(","labels":{"cluster.x-k8s.io/deployment-name":")" + name +
                       R"("}},"spec":{"clusterName":"edge","bootstrap":{"dataSecretName":"s"},"infrastructureRef":)" +
                       R"({"apiGroup":"infrastructure.cluster.x-k8s.io","kind":"DockerMachine","name":"m"}}})");
    };
    std::string annotation = R"("cluster.x-k8s.io/cluster-namespace":"default","cluster.x-k8s.io/machine":)";
    make_machine("first");
    cluster.create_node("first", "", annotation + R"("first")");
    RecordingFeed feed;
    Observation observation(*adapter, feed);
    REQUIRE(feed.wait_resource("k-node-first", [&](const Resource& r) { return r.resource_pool_id == id; }));
    make_machine("second");
    cluster.create_node("second", "", annotation + R"("second")");
    REQUIRE(feed.wait_resource("k-node-second", [&](const Resource& r) { return r.resource_pool_id == id; }));
    auto read = adapter->read(Kind::resource, "k-node-second", {});
    REQUIRE(read);
    CHECK(std::get<Resource>(read->object).resource_pool_id == id);
    observation.stop();
  }

  TEST_CASE("a label pool gathers the nodes of its selector, moves with it, and lets them go when it is deleted") {
    Cluster cluster;
    cluster.create_node("a", R"("row":"1")");
    cluster.create_node("b", R"("row":"2")");
    auto adapter = make_adapter(cluster);
    RecordingFeed feed;
    Observation observation(*adapter, feed);
    REQUIRE(feed.wait_passes(1));
    ResourcePool wanted = pool_named("Row one", R"({"k8s":{"selector":{"matchLabels":{"row":"1"}}}})");
    wanted.resource_pool_id = "row-one";
    auto made = adapter->create_resource_pool(wanted, {});
    CHECK(pool_of(made).resource_pool_id == "k-o2-row-one");
    auto in = [](const char* pool) { return [pool](const Resource& r) { return r.resource_pool_id == pool; }; };
    REQUIRE(feed.wait_resource("k-node-a", in("k-o2-row-one")));
    REQUIRE(feed.wait_pool("k-o2-row-one", [](const ResourcePool& p) { return p.name == "Row one"; }));
    CHECK(std::get<Resource>(feed.memory().objects.at("k-node-b").object).resource_pool_id == "k-default");

    ResourcePool changed = pool_of(made);
    std::string patch = R"({"extensions":{"k8s":{"selector":{"matchLabels":{"row":"2"}}}}})";
    merge_patch(changed.extensions, parse(patch).at("extensions"));
    REQUIRE(adapter->update_resource_pool(changed, parse(patch), {}));
    REQUIRE(feed.wait_resource("k-node-b", in("k-o2-row-one")));
    REQUIRE(feed.wait_resource("k-node-a", in("k-default")));

    CHECK(*adapter->remove_resource_pool("k-o2-row-one", {}) == ims::Removal::done);
    REQUIRE(feed.wait_resource("k-node-b", in("k-default")));
    CHECK(parse(cluster.node("b")).at("metadata").at("labels").find("o2.netweave.io/pool") == nullptr);
    observation.stop();
  }

  TEST_CASE("a label pool that can't label every node labels none") {
    Cluster cluster;
    cluster.create_node("a", R"("row":"1")");
    auto adapter = make_adapter(cluster, "reader");
    auto made =
        adapter->create_resource_pool(pool_named("p", R"({"k8s":{"selector":{"matchLabels":{"row":"1"}}}})"), {});
    REQUIRE_FALSE(made);
    CHECK(made.error().kind == ErrorKind::denied);
    CHECK(made.error().message.find("node a can't be labelled") != std::string::npos);
    CHECK(parse(cluster.node("a")).at("metadata").at("labels").find("o2.netweave.io/pool") == nullptr);
  }

  TEST_CASE("pools that others' labels make are neither scaled nor deleted, but described") {
    Cluster cluster;
    cluster.create_node("a", R"("eks.amazonaws.com/nodegroup":"blue")");
    auto adapter = make_adapter(cluster);
    auto read = adapter->read(Kind::resource_pool, "k-eks-blue", {});
    ResourcePool pool = pool_of(read);
    CHECK(adapter->remove_resource_pool("k-eks-blue", {}).error().kind == ErrorKind::unimplemented);
    CHECK(adapter->update_resource_pool(pool, parse(R"({"extensions":{"replicas":3}})"), {}).error().kind ==
          ErrorKind::unimplemented);
    pool.description = "of the blue team";
    auto described = adapter->update_resource_pool(pool, parse(R"({"description":"of the blue team"})"), {});
    CHECK(pool_of(described).description == "of the blue team");
  }

  TEST_CASE("every kind can be read again") {
    Cluster cluster;
    cluster.create_node("a");
    auto adapter = make_adapter(cluster);
    CHECK(adapter->read(Kind::deployment_manager, "k-cluster", {}));
    CHECK(adapter->read(Kind::resource_type, "k-type-cpu4-mem16Gi", {}));
    CHECK(adapter->read(Kind::resource_pool, "k-default", {}));
    CHECK(adapter->read(Kind::resource_pool, "k-eks-none", {}).error().kind == ErrorKind::not_found);
  }
}
