#include "adapters/ims/kubernetes/backend.hpp"

#include <optional>

#include "adapters/ims/kubernetes/full_list.hpp"
#include "adapters/ims/kubernetes/identifiers.hpp"

namespace netweave::ims::kubernetes {
namespace {

Error not_json(const std::string& what) {
  Error error = make_error(ErrorKind::internal, "the API server's answer for " + what + " is no JSON object");
  error.from_backend = true;
  return error;
}

/// The pool of the Machine that a node is; empty: none, or not to be found.
Result<std::string> pool_by_machine(const Backend& backend, const std::string& machine, const CallContext& context) {
  std::size_t first = machine.find('/'), second = machine.find('/', first + 1);
  std::string group = machine.substr(0, first);
  Result<Discovery> found = discover(backend.api, context.stop);
  if (!found) return std::move(found).error();
  bool openshift = group == openshift_group;
  const std::string& version = openshift ? found->openshift_machines : found->cluster_api;
  if (version.empty()) return std::string();
  std::string path = namespaced_path(group, version, machine.substr(first + 1, second - first - 1), "machines");
  Result<std::string> answer = call(backend, context, "GET", path + "/" + machine.substr(second + 1));
  if (!answer) {
    if (answer.error().kind == ErrorKind::not_found) return std::string();
    return answer;
  }
  JsonReader reader;
  const Json* object = reader.read(*answer);
  return object == nullptr ? std::string() : pool_of_machine(backend.settings.name, openshift, *object);
}

Result<Observed> find_in_list(const Backend& backend, const std::string& id, const CallContext& context) {
  Result<Discovery> found = discover(backend.api, context.stop);
  if (!found) return std::move(found).error();
  ListWatch list_watch(backend.api, backend.settings);
  Inventory inventory(backend.settings.name, backend.api.server(), backend.settings.endpoint.cluster,
                      backend.label_pools);
  inventory.set_cluster_version(found->version);
  std::optional<Observed> wanted;
  auto look = [&](Observed observed) {
    if (id_of(observed) == id) wanted = std::move(observed);
  };
  auto listed = list_everything(list_watch, *found, backend.settings, inventory, look, context.stop);
  if (!listed) return std::move(listed).error();
  if (wanted) return std::move(*wanted);
  return make_error(ErrorKind::not_found, "the cluster has no " + id);
}

}  // namespace

Result<std::string> call(const Backend& backend, const CallContext& context, std::string method, std::string path,
                         const Value& body) {
  ApiCall out;
  out.method = std::move(method);
  out.path = std::move(path);
  if (!body.is_null()) out.body = body.to_json();
  if (out.method == "PATCH") out.content_type = "application/merge-patch+json";
  out.deadline = context.deadline;
  out.stop = context.stop;
  out.request_id = context.request_id;
  out.traceparent = context.traceparent;
  out.tracestate = context.tracestate;
  return backend.api.call(out);
}

Error invalid(std::string message, std::string field, std::string reason) {
  Error error = make_error(ErrorKind::invalid, std::move(message));
  error.faults.push_back({std::move(field), std::move(reason)});
  return error;
}

Error not_of_this_adapter(const std::string& id) {
  return make_error(ErrorKind::not_found, id + " is no object of this cluster");
}

Result<std::string> path_of(const Backend& backend, const std::string& id, const CallContext& context) {
  Reference reference = reference_of(backend.settings.name, id);
  if (reference.what == "node") return "/api/v1/nodes/" + reference.name;
  if (reference.what == "pv") return "/api/v1/persistentvolumes/" + reference.name;
  if (reference.name_space.empty()) return std::string();
  Result<Discovery> found = discover(backend.api, context.stop);
  if (!found) return std::move(found).error();
  bool openshift = reference.what == "oms";
  const std::string& version = openshift ? found->openshift_machines : found->cluster_api;
  if (version.empty()) return make_error(ErrorKind::not_found, "the cluster does not serve " + id + " any more");
  return namespaced_path(openshift ? openshift_group : cluster_api_group, version, reference.name_space,
                         reference.what == "md" ? "machinedeployments" : "machinesets") +
         "/" + reference.name;
}

Result<Observed> map_answer(const Backend& backend, bool node, std::string& answer, const CallContext& context) {
  JsonReader reader;
  const Json* object = reader.read(answer);
  if (object == nullptr) return not_json(node ? "a node" : "a volume");
  if (!node) return map_volume(backend.settings.name, *object).observed;
  MappedNode mapped = map_node(backend.settings.name, *object);
  if (mapped.membership.machine.empty() || mapped.membership.label == pool_label) return std::move(mapped.observed);
  Result<std::string> pool = pool_by_machine(backend, mapped.membership.machine, context);
  if (!pool) return std::move(pool).error();
  if (!pool->empty()) std::get<Resource>(mapped.observed.object).resource_pool_id = std::move(*pool);
  return std::move(mapped.observed);
}

Result<Observed> read_object(const Backend& backend, Kind kind, const std::string& id, const CallContext& context) {
  Reference reference = reference_of(backend.settings.name, id);
  if (kind == Kind::resource) {
    if (reference.what != "node" && reference.what != "pv") return not_of_this_adapter(id);
    Result<std::string> path = path_of(backend, id, context);
    Result<std::string> answer = path ? call(backend, context, "GET", *path) : path;
    if (!answer) return std::move(answer).error();
    return map_answer(backend, reference.what == "node", *answer, context);
  }
  if (kind == Kind::resource_pool && !reference.name_space.empty()) {
    Result<std::string> path = path_of(backend, id, context);
    Result<std::string> answer = path ? call(backend, context, "GET", *path) : path;
    if (!answer) return std::move(answer).error();
    JsonReader reader;
    const Json* object = reader.read(*answer);
    if (object == nullptr) return not_json(id);
    return map_scalable(backend.settings.name, reference.what, *object);
  }
  if (auto pool = backend.label_pools.find(id); pool && kind == Kind::resource_pool) {
    Observed out;
    out.object = std::move(*pool);
    return out;
  }
  return find_in_list(backend, id, context);
}

}  // namespace netweave::ims::kubernetes
