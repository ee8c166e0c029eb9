#include "adapters/ims/kubernetes/mapping.hpp"

#include <doctest/doctest.h>

#include "adapters/ims/kubernetes/inventory.hpp"
#include "adapters/ims/kubernetes/pool_writes.hpp"
#include "adapters/ims/kubernetes/resource_writes.hpp"

using namespace netweave;
using namespace netweave::ims;
using namespace netweave::ims::kubernetes;

namespace {

/// JSON that lives as long as its text.
struct Parsed {
  explicit Parsed(std::string given) : text(std::move(given)), root(reader.read(text)) { REQUIRE(root != nullptr); }
  std::string text;
  JsonReader reader;
  const Json* root;
};

std::string node(const std::string& name, const std::string& labels, const std::string& version = "7",
                 const std::string& more = "") {
  return R"({"metadata":{"name":")" + name + R"(","uid":"u-)" + name + R"(","resourceVersion":")" + version +
         R"(","creationTimestamp":"2026-01-02T03:04:05Z","managedFields":[{"manager":"kubelet"}],"labels":{)" + labels +
         R"(},"annotations":{"a":"b","kubectl.kubernetes.io/last-applied-configuration":"{}"}},"spec":{"providerID":)" +
         R"("aws:///z/i-1","taints":[{"key":"k","effect":"NoSchedule"}])" + more +
         R"(},"status":{"capacity":{"cpu":"16",)" +
         R"("memory":"65970697666","ephemeral-storage":"100Gi","nvidia.com/gpu":"2"},"allocatable":{"cpu":"15800m",)" +
         R"("memory":"60Gi"},"conditions":[{"type":"Ready","status":"True","lastHeartbeatTime":"2026-01-01T00:00:00Z"}],)" +
         R"("addresses":[{"type":"InternalIP","address":"10.0.0.1"}],"images":[{"names":["x"]}],"nodeInfo":)" +
         R"({"systemUUID":"AAAAAAAA-0000-4000-8000-000000000000","architecture":"arm64"}}})";
}

Resource resource_of(const std::string& text) {
  Parsed parsed(text);
  return std::get<Resource>(map_node("k", *parsed.root).observed.object);
}

std::string pool_of(const std::string& labels) { return resource_of(node("n", labels)).resource_pool_id; }

/// What a change is, as text: "+id" or "-id".
std::vector<std::string> text_of(const Changes& changes) {
  std::vector<std::string> out;
  for (const Change& change : changes) {
    const auto* observed = std::get_if<Observed>(&change);
    out.push_back(observed != nullptr ? "+" + std::string(id_of(*observed)) : "-" + std::get<Removed>(change).id);
  }
  return out;
}

using Texts = std::vector<std::string>;

/// An inventory and what it tells.
struct World {
  LabelPools label_pools;
  Inventory inventory{"k", "https://a", "edge", label_pools};

  Texts put(Source source, const std::string& text) {
    Parsed parsed(text);
    Changes changes;
    inventory.put(source, *parsed.root, changes);
    return text_of(changes);
  }
  Texts drop(Source source, const std::string& text) {
    Parsed parsed(text);
    Changes changes;
    inventory.drop(source, *parsed.root, changes);
    return text_of(changes);
  }
  Changes refreshed() {
    Changes changes;
    inventory.refresh(changes);
    return changes;
  }
};

}  // namespace

TEST_CASE("a node becomes a resource with its labels, and Kubernetes' own fields beside") {
  Resource resource = resource_of(node("n", R"("node.kubernetes.io/instance-type":"p4.big","rack":"7")"));
  CHECK(resource.resource_id == "k-node-n");
  CHECK(resource.resource_type_id == "k-type-p4.big");
  CHECK(resource.global_asset_id == "urn:uuid:aaaaaaaa-0000-4000-8000-000000000000");
  CHECK(resource.created_at == "2026-01-02T03:04:05.000Z");
  const Value& extensions = resource.extensions;
  CHECK(extensions.at("labels").at("rack").as_text() == "7");
  CHECK(extensions.at("cpu").at("cores").as_integer() == 16);
  CHECK(extensions.at("gpu").at("count").as_integer() == 2);
  const Value& part = extensions.at("k8s");
  CHECK(part.at("capacity").at("cpu").as_text() == "16");
  CHECK(part.at("allocatableNumbers").at("cpu").as_number() == doctest::Approx(15.8));
  CHECK(part.at("taints").as_array().at(0).at("key").as_text() == "k");
  CHECK(part.at("addresses").as_array().at(0).at("address").as_text() == "10.0.0.1");
  CHECK(part.at("annotations").to_json() == R"({"a":"b"})");
}

TEST_CASE("heartbeats, resourceVersion, managedFields and images are no content") {
  std::string json = resource_of(node("n", "")).extensions.to_json();
  for (const char* absent : {"lastHeartbeatTime", "resourceVersion", "managedFields", "images"})
    CHECK(json.find(absent) == std::string::npos);
}

TEST_CASE("a node without an instance type is typed by its shape, firmware's share rounded off") {
  CHECK(resource_of(node("n", "")).resource_type_id == "k-type-cpu16-mem61Gi-gpu2");
}

TEST_CASE("the first label that makes pools decides, O2's before all") {
  CHECK(pool_of(R"("eks.amazonaws.com/nodegroup":"b","o2.netweave.io/pool":"mine")") == "k-o2-mine");
  CHECK(pool_of(R"("cloud.google.com/gke-nodepool":"g")") == "k-gke-g");
  CHECK(pool_of(R"("eks.amazonaws.com/nodegroup":"e")") == "k-eks-e");
  CHECK(pool_of(R"("kubernetes.azure.com/agentpool":"a")") == "k-aks-a");
  CHECK(pool_of(R"("node-role.kubernetes.io/worker":"","node-role.kubernetes.io/control-plane":"")") ==
        "k-role-control-plane");
  CHECK(pool_of("") == "k-default");
}

TEST_CASE("a resource is told after its pool and its type; what nothing needs goes with the next refresh") {
  World world;
  CHECK(world.put(Source::nodes, node("n", "")) == Texts{"+k-default", "+k-type-cpu16-mem61Gi-gpu2", "+k-node-n"});
  CHECK(world.put(Source::nodes, node("m", "")) == Texts{"+k-node-m"});
  CHECK(text_of(world.refreshed()) == Texts{"+k-cluster"});
  CHECK_FALSE(world.inventory.dirty());
  world.drop(Source::nodes, node("n", ""));
  CHECK(world.drop(Source::nodes, node("m", "")) == Texts{"-k-node-m"});
  CHECK(text_of(world.refreshed()) == Texts{"+k-cluster", "-k-default", "-k-type-cpu16-mem61Gi-gpu2"});
}

TEST_CASE("an event that is older than what is known is passed over") {
  World world;
  world.put(Source::nodes, node("n", R"("rack":"new")", "9"));
  CHECK(world.put(Source::nodes, node("n", R"("rack":"old")", "8")).empty());
}

TEST_CASE("the cluster's capacity is the sum of its nodes; what is cordoned is not available") {
  World world;
  world.put(Source::nodes, node("n", ""));
  world.put(Source::nodes, node("m", "", "7", R"(,"unschedulable":true)"));
  Changes changes = world.refreshed();
  const auto& manager = std::get<DeploymentManager>(std::get<Observed>(changes.at(0)).object);
  CHECK(manager.name == "edge");
  CHECK(manager.service_uri == "https://a");
  CHECK(manager.capacity.total_cpu == 32.0);
  CHECK(manager.capacity.available_cpu == doctest::Approx(15.8));
  CHECK(manager.capacity.total_storage_gb == 200.0);
  CHECK(manager.capacity.available_memory_mb == 61440.0);
}

TEST_CASE("a pool lies where all its nodes lie: zone, else region, else nowhere") {
  World world;
  auto zone = [](const char* name) {
    return R"("topology.kubernetes.io/region":"r","topology.kubernetes.io/zone":")" + std::string(name) + "\"";
  };
  auto location = [&] {
    Changes changes = world.refreshed();
    return std::get<ResourcePool>(std::get<Observed>(changes.at(0)).object).location;
  };
  world.put(Source::nodes, node("a", zone("z1")));
  world.put(Source::nodes, node("b", zone("z2")));
  CHECK(location() == "r");
  world.drop(Source::nodes, node("b", zone("z2")));
  CHECK(location() == "z1");
}

TEST_CASE("a Machine's node is in the pool of its MachineDeployment, unless O2 says otherwise") {
  World world;
  std::string deployment =
      R"({"apiVersion":"cluster.x-k8s.io/v1beta2","kind":"MachineDeployment","metadata":{"name":"md",
    "namespace":"d","uid":"u","resourceVersion":"3","annotations":{"o2.netweave.io/client-token":"t"}},
    "spec":{"replicas":2,"clusterName":"c"}})";
  CHECK(world.put(Source::machine_deployments, deployment) == Texts{"+k-md-d.md"});
  world.inventory.set_machine("cluster.x-k8s.io/d/m-1", "k-md-d.md");
  auto of_machine = [](const std::string& labels) {
    std::string text = node("n", labels);
    std::string with = R"("cluster.x-k8s.io/machine":"m-1","cluster.x-k8s.io/cluster-namespace":"d",)";
    return text.insert(text.find(R"("a":"b")"), with);
  };
  CHECK(world.put(Source::nodes, of_machine("")) == Texts{"+k-type-cpu16-mem61Gi-gpu2", "+k-node-n"});
  CHECK(world.put(Source::nodes, of_machine(R"("o2.netweave.io/pool":"mine")")) == Texts{"+k-o2-mine", "+k-node-n"});
  world.put(Source::nodes, of_machine(""));
  CHECK_FALSE(world.inventory.needs_list());
  world.drop(Source::machine_deployments, deployment);
  CHECK(world.inventory.needs_list());  // its nodes must be looked at again
}

TEST_CASE("a MachineSet that a MachineDeployment made is no pool") {
  World world;
  auto set = [](const char* owner) {
    return R"({"metadata":{"name":"ms","namespace":"d","ownerReferences":[{"kind":")" + std::string(owner) + R"("}]}})";
  };
  CHECK(world.put(Source::machine_sets, set("MachineDeployment")).empty());
  CHECK(world.put(Source::machine_sets, set("Cluster")) == Texts{"+k-ms-d.ms"});
}

TEST_CASE("an empty pool that was made through O2 is not the observer's to remove") {
  World world;
  world.put(Source::nodes, node("n", R"("o2.netweave.io/pool":"mine")"));
  world.refreshed();
  world.put(Source::nodes, node("n", "", "8"));
  CHECK(text_of(world.refreshed()) == Texts{"+k-cluster"});
}

TEST_CASE("a pool that O2 described keeps its name; one being removed is not brought back") {
  World world;
  ResourcePool pool;
  pool.resource_pool_id = "k-o2-mine";
  pool.name = "Mine";
  world.label_pools.put(pool);
  Parsed parsed(node("n", R"("o2.netweave.io/pool":"mine","topology.kubernetes.io/zone":"z")"));
  Changes changes;
  world.inventory.put(Source::nodes, *parsed.root, changes);
  CHECK(std::get<ResourcePool>(std::get<Observed>(changes.at(0)).object).name == "Mine");
  world.label_pools.remove("k-o2-mine");
  world.put(Source::nodes, node("m", R"("o2.netweave.io/pool":"mine","topology.kubernetes.io/zone":"y")"));
  CHECK(text_of(world.refreshed()) == Texts{"+k-cluster"});
}

TEST_CASE("an inventory that is loaded again counts as the one before did") {
  World before;
  std::vector<Observed> objects;
  for (const char* name : {"a", "b"}) {
    Parsed parsed(node(name, R"("topology.kubernetes.io/zone":"z")"));
    Changes changes;
    before.inventory.put(Source::nodes, *parsed.root, changes);
    for (Change& change : changes) objects.push_back(std::get<Observed>(change));
  }
  World after;
  after.inventory.load(objects);
  CHECK(text_of(after.refreshed()) == Texts{"+k-cluster"});
  CHECK(after.put(Source::nodes, node("a", "", "6")).empty());
  after.drop(Source::nodes, node("a", ""));
  after.drop(Source::nodes, node("b", ""));
  CHECK(text_of(after.refreshed()) == Texts{"+k-cluster", "-k-default", "-k-type-cpu16-mem61Gi-gpu2"});
}

TEST_CASE("a patch of a node is split into what Kubernetes has and what O2 alone has") {
  auto patch = [](const char* text) { return kubernetes_patch(*Value::parse(text), true); };
  CHECK(patch(R"({"description":"x","extensions":{"mine":1,"labels":null,"k8s":null}})")->empty());
  CHECK(patch(R"({"extensions":{"labels":{"a":"b","c":null},"k8s":{"taints":[],"capacity":null}}})")->to_json() ==
        R"({"metadata":{"labels":{"a":"b","c":null}},"spec":{"taints":[]}})");
  auto refused = patch(R"({"extensions":{"labels":{"a":1},"cpu":{"cores":2},"k8s":{"nodeInfo":{}}}})");
  REQUIRE_FALSE(refused);
  CHECK(refused.error().faults.size() == 3);
  CHECK_FALSE(kubernetes_patch(*Value::parse(R"({"extensions":{"k8s":{"taints":[]}}})"), false));
}

TEST_CASE("templates are referred to as each version of Cluster API wants it") {
  Settings settings;
  settings.cluster_api.cluster_name = "c";
  settings.cluster_api.bootstrap_template = {"bootstrap.cluster.x-k8s.io/v1beta1", "KubeadmConfigTemplate", "b"};
  settings.cluster_api.infrastructure_template = {"infrastructure.cluster.x-k8s.io/v1beta1", "T", "i"};
  ResourcePool pool;
  pool.name = "p";
  auto reference = [&](const char* version) {
    return machine_deployment(settings, version, pool, "")
        ->at("spec")
        .at("template")
        .at("spec")
        .at("infrastructureRef")
        .to_json();
  };
  CHECK(reference("v1beta2") == R"({"apiGroup":"infrastructure.cluster.x-k8s.io","kind":"T","name":"i"})");
  CHECK(reference("v1beta1") ==
        R"({"apiVersion":"infrastructure.cluster.x-k8s.io/v1beta1","namespace":"default","kind":"T","name":"i"})");
}

TEST_CASE("what is made for a tenant says so in a label, where its id can be one") {
  Settings settings;
  settings.cluster_api.cluster_name = "c";
  settings.cluster_api.bootstrap_template = {"bootstrap.cluster.x-k8s.io/v1beta1", "KubeadmConfigTemplate", "b"};
  settings.cluster_api.infrastructure_template = {"infrastructure.cluster.x-k8s.io/v1beta1", "T", "i"};
  ResourcePool pool;
  pool.name = "p";
  pool.extensions["labels"]["netweave.io/tenant"] = "spoofed";
  auto label = [&](const std::string& tenant) {
    auto made = machine_deployment(settings, "v1beta2", pool, "", tenant);
    return std::string(made->at("metadata").at("labels").at("netweave.io/tenant").as_text());
  };
  CHECK(label("acme") == "acme");
  CHECK(label("") == "");
  CHECK(label("a:b") == "");
  CHECK(label(std::string(64, 'a')) == "");
}
