#include <doctest/doctest.h>

#include "integration/kubernetes/cluster.hpp"

using namespace netweave;

namespace {

using Events = std::vector<std::string>;

std::string label_of(const Resource& resource, const char* name) {
  return std::string(resource.extensions.at("labels").at(name).as_text());
}

bool failed_with(const RecordingFeed& feed, ErrorKind kind) {
  return !feed.failures_.empty() && feed.failures_.back().kind == kind;
}

}  // namespace

TEST_SUITE("integration") {
  TEST_CASE("a full list shows nodes with their pools, types and the cluster's capacity") {
    Cluster cluster;
    cluster.create_node("a", R"("eks.amazonaws.com/nodegroup":"blue","node.kubernetes.io/instance-type":"m5.large",)"
                             R"("topology.kubernetes.io/zone":"z1")");
    cluster.create_node("b");
    auto adapter = make_adapter(cluster);
    RecordingFeed feed;
    Observation observation(*adapter, feed);
    REQUIRE(feed.wait_passes(1));
    observation.stop();
    const auto& objects = feed.memory_.objects;
    REQUIRE(objects.count("k-node-a") == 1);
    const auto& a = std::get<Resource>(objects.at("k-node-a").object);
    CHECK(a.resource_pool_id == "k-eks-blue");
    CHECK(a.resource_type_id == "k-type-m5.large");
    CHECK(objects.at("k-node-a").version > 0);
    CHECK(std::get<Resource>(objects.at("k-node-b").object).resource_pool_id == "k-default");
    CHECK(std::get<ResourcePool>(objects.at("k-eks-blue").object).location == "z1");
    CHECK(objects.count("k-type-cpu4-mem16Gi") == 1);
    const auto& manager = std::get<DeploymentManager>(objects.at("k-cluster").object);
    CHECK(manager.capacity.total_cpu == 8.0);
    CHECK(manager.capacity.available_cpu == doctest::Approx(7.6));
    CHECK(manager.capacity.total_memory_mb == 32768.0);
    CHECK(manager.extensions.at("k8s").at("version").as_text() == "v1.36.3");
    CHECK(adapter->info().version == "v1.36.3");
    CHECK(adapter->health().reachable);
    CHECK(feed.failures_.empty());
  }

  TEST_CASE("pages, streaming lists and one whole list show the same") {
    Cluster cluster;
    for (int i = 0; i < 12; ++i) cluster.create_node("n" + std::to_string(i));
    std::map<std::string, std::string> first;
    for (const char* config : {R"({"streaming_lists":true})", "{}", R"({"streaming_lists":false,"list_page_size":5})",
                               R"({"streaming_lists":false,"list_page_size":0})"}) {
      auto adapter = make_adapter(cluster, "admin-token", config);
      RecordingFeed feed;
      Observation observation(*adapter, feed);
      REQUIRE(feed.wait_passes(1));
      observation.stop();
      std::map<std::string, std::string> seen;
      for (const auto& [id, observed] : feed.memory_.objects) seen[id] = describe(observed);
      if (first.empty()) first = seen;
      CHECK(seen == first);
      CHECK(seen.count("k-node-n11") == 1);
    }
  }

  TEST_CASE("a created node, a changed label and a deleted node are told as they happen") {
    Cluster cluster;
    auto adapter = make_adapter(cluster);
    RecordingFeed feed;
    Observation observation(*adapter, feed);
    REQUIRE(feed.wait_passes(1));
    cluster.create_node("n");
    REQUIRE(feed.wait_for("k-node-n"));
    cluster.patch_node("n", R"({"metadata":{"labels":{"rack":"7"}}})");
    REQUIRE(feed.wait_resource("k-node-n", [](const Resource& r) { return label_of(r, "rack") == "7"; }));
    cluster.delete_node("n");
    REQUIRE(feed.wait_gone("k-node-n"));
    REQUIRE(feed.wait_gone("k-type-cpu4-mem16Gi"));  // nothing is of that type any more
    observation.stop();
    CHECK(feed.passes_ == 1);
  }

  TEST_CASE("a node whose status was only refreshed makes no event") {
    Cluster cluster;
    cluster.create_node("n");
    auto adapter = make_adapter(cluster);
    RecordingFeed feed;
    Observation observation(*adapter, feed);
    REQUIRE(feed.wait_passes(1));
    feed.clear_events();
    cluster.call("PATCH", "/api/v1/nodes/n/status",
                 R"({"status":{"conditions":[{"type":"Ready","status":"True","reason":"KubeletReady",)"
                 R"("lastHeartbeatTime":"2026-02-02T02:02:02Z","lastTransitionTime":"2026-01-01T00:00:00Z"}]}})");
    cluster.create_node("marker");
    REQUIRE(feed.wait_for("k-node-marker"));
    for (const std::string& event : feed.events()) CHECK(event != "changed k-node-n");
    observation.stop();
  }

  TEST_CASE("a node deleted and made again under its name is another one") {
    Cluster cluster;
    cluster.create_node("n");
    auto adapter = make_adapter(cluster);
    RecordingFeed feed;
    Observation observation(*adapter, feed);
    REQUIRE(feed.wait_passes(1));
    std::string uid = feed.memory().objects.at("k-node-n").uid;
    feed.clear_events();
    cluster.delete_node("n");
    cluster.create_node("n");
    REQUIRE(feed.wait([&](const RecordingFeed& f) {
      auto found = f.memory_.objects.find("k-node-n");
      return found != f.memory_.objects.end() && found->second.uid != uid;
    }));
    observation.stop();
    Events of_node;
    for (const std::string& event : feed.events_)
      if (event.ends_with(" k-node-n")) of_node.push_back(event);
    CHECK(of_node == Events{"removed k-node-n", "created k-node-n"});
  }

  TEST_CASE("volumes and storage classes are resources and types") {
    Cluster cluster;
    cluster.call("POST", "/apis/storage.k8s.io/v1/storageclasses",
                 R"({"metadata":{"name":"fast"},"provisioner":"ebs.csi.aws.com"})");
    cluster.call("POST", "/api/v1/persistentvolumes",
                 R"({"metadata":{"name":"v","labels":{"tier":"gold"}},"spec":{"capacity":{"storage":"10Gi"},)"
                 R"("accessModes":["ReadWriteOnce"],"storageClassName":"fast","csi":{"driver":"ebs.csi.aws.com",)"
                 R"("volumeHandle":"vol-1"}}})");
    auto adapter = make_adapter(cluster);
    RecordingFeed feed;
    Observation observation(*adapter, feed);
    REQUIRE(feed.wait_passes(1));
    Memory seen = feed.memory();
    const auto& volume = std::get<Resource>(seen.objects.at("k-pv-v").object);
    CHECK(volume.resource_type_id == "k-storageclass-fast");
    CHECK(volume.extensions.at("storage").at("gb").as_number() == 10);
    CHECK(std::get<ResourceType>(seen.objects.at("k-storageclass-fast").object).vendor == "ebs.csi.aws.com");
    // The class goes, its volume stays: so does the type.
    cluster.call("DELETE", "/apis/storage.k8s.io/v1/storageclasses/fast");
    REQUIRE(feed.wait([](const RecordingFeed& f) {
      return std::get<ResourceType>(f.memory_.objects.at("k-storageclass-fast").object).vendor.empty();
    }));
    observation.stop();
  }

  TEST_CASE("a restart goes on with the watch, and misses nothing that happened meanwhile") {
    Cluster cluster;
    cluster.create_node("stays");
    cluster.create_node("goes");
    RecordingFeed before;
    {
      auto adapter = make_adapter(cluster);
      Observation observation(*adapter, before);
      REQUIRE(before.wait_passes(1));
      observation.stop();
    }
    cluster.delete_node("goes");
    cluster.create_node("comes");
    cluster.patch_node("stays", R"({"metadata":{"labels":{"rack":"7"}}})");
    RecordingFeed after(before.memory());
    auto adapter = make_adapter(cluster);
    Observation observation(*adapter, after);
    REQUIRE(after.wait_for("k-node-comes"));
    REQUIRE(after.wait_gone("k-node-goes"));
    REQUIRE(after.wait_resource("k-node-stays", [](const Resource& r) { return label_of(r, "rack") == "7"; }));
    observation.stop();
    CHECK(after.passes_ == 0);
  }

  TEST_CASE("history that is gone (410) leads to a full list, whose difference is exact") {
    Cluster cluster;
    cluster.create_node("stays");
    cluster.create_node("goes");
    RecordingFeed before;
    {
      auto adapter = make_adapter(cluster);
      Observation observation(*adapter, before);
      REQUIRE(before.wait_passes(1));
      observation.stop();
    }
    cluster.delete_node("goes");
    cluster.create_node("comes");
    cluster.control("compact");
    cluster.control("stop");
    cluster.control("start");
    RecordingFeed after(before.memory());
    auto adapter = make_adapter(cluster);
    Observation observation(*adapter, after);
    REQUIRE(after.wait_passes(1));
    observation.stop();
    Events of_nodes;
    for (const std::string& event : after.events_)
      if (event.find("k-node-") != std::string::npos) of_nodes.push_back(event);
    CHECK(of_nodes == Events{"created k-node-comes", "removed k-node-goes"});
  }

  TEST_CASE("a server that goes away and comes back is told of, and observed on") {
    Cluster cluster;
    cluster.create_node("n");
    auto adapter = make_adapter(cluster);
    RecordingFeed feed;
    Observation observation(*adapter, feed);
    REQUIRE(feed.wait_passes(1));
    cluster.control("stop");
    REQUIRE(feed.wait([](const RecordingFeed& f) { return failed_with(f, ErrorKind::unavailable); }));
    CHECK_FALSE(adapter->health().reachable);
    CHECK(feed.memory().objects.count("k-node-n") == 1);
    cluster.control("start");
    cluster.create_node("later");
    REQUIRE(feed.wait_for("k-node-later"));
    CHECK(adapter->health().reachable);
    observation.stop();
  }

  TEST_CASE("an adapter can be made while the server is away, and waits for it") {
    Cluster cluster;
    cluster.create_node("n");
    cluster.control("stop");
    auto adapter = make_adapter(cluster);
    RecordingFeed feed;
    Observation observation(*adapter, feed);
    REQUIRE(feed.wait([](const RecordingFeed& f) { return failed_with(f, ErrorKind::unavailable); }));
    cluster.control("start");
    REQUIRE(feed.wait_for("k-node-n"));
    observation.stop();
  }

  TEST_CASE("a stop ends the observation at once") {
    Cluster cluster;
    auto adapter = make_adapter(cluster);
    RecordingFeed feed;
    Observation observation(*adapter, feed);
    REQUIRE(feed.wait_passes(1));
    auto begun = std::chrono::steady_clock::now();
    observation.stop();
    CHECK(std::chrono::steady_clock::now() - begun < std::chrono::seconds(2));
  }
}
