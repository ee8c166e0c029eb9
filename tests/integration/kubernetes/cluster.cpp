#include "integration/kubernetes/cluster.hpp"

#include <cstdlib>

#include <doctest/doctest.h>

#include "adapters/ims/kubernetes/kubernetes.hpp"

using namespace netweave;

namespace {

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  REQUIRE_MESSAGE(value != nullptr, "run this under tests/backends/with-kube --capi");
  return value;
}

}  // namespace

Cluster::Cluster() { clear(); }

void Cluster::clear() {
  call("DELETE", "/api/v1/nodes");
  // No controller runs that would take the protection off volumes.
  auto volumes = Value::parse(call("DELETE", "/api/v1/persistentvolumes"));
  REQUIRE(volumes);
  for (const Value& volume : volumes->at("items").as_array())
    call("PATCH", "/api/v1/persistentvolumes/" + std::string(volume.at("metadata").at("name").as_text()),
         R"({"metadata":{"finalizers":null}})");
  call("DELETE", "/apis/storage.k8s.io/v1/storageclasses");
  for (const char* kind : {"machinedeployments", "machinesets", "machines"})
    call("DELETE", std::string("/apis/cluster.x-k8s.io/v1beta2/namespaces/default/") + kind);
}

std::string Cluster::call(const std::string& method, const std::string& path, const std::string& body) {
  transport::HttpRequest request;
  request.method = method;
  request.url = url() + path;
  request.body = body;
  request.bearer = "admin-token-secret";
  request.tls.ca_file = variable("NETWEAVE_TEST_KUBE_CA");
  request.headers = {{"Content-Type", method == "PATCH" ? "application/merge-patch+json" : "application/json"}};
  auto answer = http_.send(request);
  REQUIRE_MESSAGE(answer, path);
  REQUIRE_MESSAGE(answer->status < 300, method << " " << path << ": " << answer->body);
  return answer->body;
}

bool Cluster::has(const std::string& path) {
  transport::HttpRequest request;
  request.url = url() + path;
  request.bearer = "admin-token-secret";
  request.tls.ca_file = variable("NETWEAVE_TEST_KUBE_CA");
  auto answer = http_.send(request);
  REQUIRE(answer);
  return answer->status == 200;
}

void Cluster::create_node(const std::string& name, const std::string& labels, const std::string& annotations) {
  call("POST", "/api/v1/nodes",
       R"({"metadata":{"name":")" + name + R"(","labels":{)" + labels + R"(},"annotations":{)" + annotations +
           R"(}},"status":{"capacity":{"cpu":"4","memory":"16Gi","pods":"110"},"allocatable":{"cpu":"3800m",)" +
           R"("memory":"15Gi","pods":"110"},"conditions":[{"type":"Ready","status":"True","reason":"KubeletReady",)" +
           R"("lastHeartbeatTime":"2026-01-01T00:00:00Z","lastTransitionTime":"2026-01-01T00:00:00Z"}]}})");
}

void Cluster::patch_node(const std::string& name, const std::string& merge_patch) {
  call("PATCH", "/api/v1/nodes/" + name, merge_patch);
}

void Cluster::delete_node(const std::string& name) { call("DELETE", "/api/v1/nodes/" + name); }

std::string Cluster::node(const std::string& name) { return call("GET", "/api/v1/nodes/" + name); }

void Cluster::control(const std::string& action) {
  transport::HttpRequest request;
  request.method = "POST";
  request.url = variable("NETWEAVE_TEST_KUBE_CONTROL") + "/" + action;
  auto answer = http_.send(request);
  REQUIRE(answer);
  REQUIRE_MESSAGE(answer->status == 200, answer->body);
}

std::string Cluster::file(const std::string& name) const { return variable("NETWEAVE_TEST_KUBE_FOLDER") + "/" + name; }

std::string Cluster::url() const { return variable("NETWEAVE_TEST_KUBE_URL"); }

ims::AdapterSettings settings_for(const Cluster& cluster, const std::string& identity, const std::string& more_config) {
  ims::AdapterSettings settings;
  settings.name = "k";
  settings.log = [](std::string_view level, std::string_view message) { MESSAGE(level << " " << message); };
  if (!more_config.empty()) {
    auto config = Value::parse(more_config);
    REQUIRE(config);
    settings.config = std::move(*config);
  }
  if (!identity.empty()) settings.config["kubeconfig"] = cluster.file(identity + ".kubeconfig");
  return settings;
}

std::unique_ptr<ims::Adapter> make_adapter(const Cluster& cluster, const std::string& identity,
                                           const std::string& more_config) {
  auto adapter = ims::kubernetes::make_kubernetes(settings_for(cluster, identity, more_config));
  if (!adapter)
    for (const Fault& fault : adapter.error().faults) MESSAGE(fault.field << ": " << fault.reason);
  REQUIRE(adapter);
  return std::move(*adapter);
}
