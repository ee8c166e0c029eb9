#include "adapters/ims/kubernetes/discovery.hpp"

#include "adapters/ims/kubernetes/json.hpp"

namespace netweave::ims::kubernetes {
namespace {

Result<std::string> get(ApiClient& api, const std::string& path, const std::stop_token& stop) {
  ApiCall call;
  call.path = path;
  call.stop = stop;
  call.observing = true;
  return api.call(call);
}

/// The preferred version of the group if it serves this kind; empty: it does not.
Result<std::string> version_with(ApiClient& api, const std::string& group, std::string_view plural,
                                 const std::stop_token& stop) {
  JsonReader reader;
  Result<std::string> text = get(api, "/apis/" + group, stop);
  if (!text) {
    if (text.error().kind == ErrorKind::not_found) return std::string();
    return text;
  }
  const Json* answer = reader.read(*text);
  if (answer == nullptr) return std::string();
  std::string version(text_at(at(*answer, "preferredVersion"), "version"));
  Result<std::string> resources = get(api, "/apis/" + group + "/" + version, stop);
  if (!resources) return resources;
  answer = reader.read(*resources);
  if (answer == nullptr || !at(*answer, "resources").IsArray()) return std::string();
  for (const auto& resource : at(*answer, "resources").GetArray())
    if (text_at(resource, "name") == plural) return version;
  return std::string();
}

}  // namespace

Result<Discovery> discover(ApiClient& api, const std::stop_token& stop) {
  Discovery out;
  // While it starts it may serve fewer kinds than it has, and what is missing would be taken for removed.
  Result<std::string> ready = get(api, "/readyz", stop);
  bool unasked = !ready && (ready.error().kind == ErrorKind::denied || ready.error().kind == ErrorKind::not_found);
  if (!ready && !unasked) return std::move(ready).error();
  Result<std::string> version = get(api, "/version", stop);
  if (!version) return std::move(version).error();
  JsonReader reader;
  if (const Json* answer = reader.read(*version)) out.version = text_at(*answer, "gitVersion");
  Result<std::string> cluster_api = version_with(api, cluster_api_group, "machinedeployments", stop);
  if (!cluster_api) return std::move(cluster_api).error();
  Result<std::string> openshift = version_with(api, openshift_group, "machinesets", stop);
  if (!openshift) return std::move(openshift).error();
  out.cluster_api = std::move(*cluster_api);
  out.openshift_machines = std::move(*openshift);
  return out;
}

std::string namespaced_path(const std::string& group, const std::string& version, const std::string& name_space,
                            const std::string& plural) {
  return "/apis/" + group + "/" + version + (name_space.empty() ? "" : "/namespaces/" + name_space) + "/" + plural;
}

std::vector<Collection> collections_of(const Discovery& discovery, const ClusterApiSettings& settings) {
  std::vector<Collection> out = {{Source::storage_classes, "/apis/storage.k8s.io/v1/storageclasses"}};
  auto machines = [&](Source source, const char* group, const std::string& version, const char* plural) {
    if (!version.empty()) out.push_back({source, namespaced_path(group, version, settings.name_space, plural)});
  };
  machines(Source::machine_deployments, cluster_api_group, discovery.cluster_api, "machinedeployments");
  machines(Source::machine_sets, cluster_api_group, discovery.cluster_api, "machinesets");
  machines(Source::openshift_machine_sets, openshift_group, discovery.openshift_machines, "machinesets");
  out.push_back({Source::volumes, "/api/v1/persistentvolumes"});
  out.push_back({Source::nodes, "/api/v1/nodes"});
  return out;
}

std::vector<std::string> machine_paths(const Discovery& discovery, const ClusterApiSettings& settings) {
  std::vector<std::string> out;
  if (!discovery.cluster_api.empty())
    out.push_back(namespaced_path(cluster_api_group, discovery.cluster_api, settings.name_space, "machines"));
  if (!discovery.openshift_machines.empty())
    out.push_back(namespaced_path(openshift_group, discovery.openshift_machines, settings.name_space, "machines"));
  return out;
}

}  // namespace netweave::ims::kubernetes
