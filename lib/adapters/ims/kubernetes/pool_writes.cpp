#include "adapters/ims/kubernetes/pool_writes.hpp"

#include "adapters/ims/kubernetes/identifiers.hpp"
#include "adapters/ims/kubernetes/json.hpp"
#include "adapters/ims/kubernetes/label_pool_writes.hpp"
#include "adapters/ims/kubernetes/mapping.hpp"

namespace netweave::ims::kubernetes {
namespace {

Result<Observed> map_answer_as_pool(const Backend& backend, const std::string& what, std::string& answer) {
  JsonReader reader;
  const Json* object = reader.read(answer);
  if (object != nullptr) return map_scalable(backend.settings.name, what, *object);
  Error error = make_error(ErrorKind::internal, "the API server's answer is no JSON object");
  error.from_backend = true;
  return error;
}

Result<Observed> create_machine_deployment(const Backend& backend, const std::string& version, const ResourcePool& pool,
                                           const CallContext& context) {
  Result<Value> body = machine_deployment(backend.settings, version, pool, context.client_token, context.tenant);
  if (!body) return std::move(body).error();
  std::string space(body->at("metadata").at("namespace").as_text());
  std::string name(body->at("metadata").at("name").as_text());
  std::string path = namespaced_path(cluster_api_group, version, space, "machinedeployments");
  Result<std::string> answer = call(backend, context, "POST", path, *body);
  if (answer) return map_answer_as_pool(backend, "md", *answer);
  // Sent twice, or its outcome unknown: one that carries the same token is ours.
  Error error = std::move(answer).error();
  if (error.kind != ErrorKind::conflict && error.kind != ErrorKind::timeout) return error;
  Result<std::string> there = call(backend, context, "GET", path + "/" + name);
  if (!there) return error;
  Result<Observed> found = map_answer_as_pool(backend, "md", *there);
  if (found && !context.client_token.empty() && found->client_token == context.client_token) return found;
  return error;
}

/// What of a pool's merge patch a MachineDeployment or MachineSet has.
Result<Value> scalable_patch(const Settings& settings, const Value& patch) {
  Value out = Value::object();
  const Value& extensions = patch.at("extensions");
  for (auto [member, annotation] : {std::pair{"name", name_annotation}, {"description", description_annotation}})
    if (const Value* value = patch.find(member)) out["metadata"]["annotations"][annotation] = *value;
  for (const auto& [name, value] : extensions.at("labels").as_object()) out["metadata"]["labels"][name] = value;
  if (const Value& replicas = extensions.at("replicas"); !replicas.is_null()) {
    if (!replicas.is_integer() || replicas.as_integer() < 0)
      return invalid("the pool can't be scaled", "extensions.replicas", "must be a whole number, 0 or more");
    out["spec"]["replicas"] = replicas;
  }
  if (const Value& type = extensions.at("instanceType"); !type.is_null()) {
    auto known = settings.cluster_api.instance_types.find(std::string(type.as_text()));
    if (known == settings.cluster_api.instance_types.end())
      return invalid("the instance type can't be changed", "extensions.instanceType",
                     "is none of the adapter's cluster_api.instance_types");
    out["spec"]["template"]["spec"]["infrastructureRef"]["name"] = known->second;
    out["metadata"]["annotations"][instance_type_annotation] = type;
  }
  for (const auto& [name, value] : extensions.at("k8s").as_object())
    if (!value.is_null())
      return invalid("the pool can't be changed so", "extensions.k8s." + name, "is Kubernetes' own");
  return out;
}

Result<Removal> remove_scalable(const Backend& backend, const std::string& id, const std::string& path,
                                const CallContext& context) {
  Result<std::string> now = call(backend, context, "GET", path);
  if (!now) {
    if (now.error().kind == ErrorKind::not_found) return Removal::done;
    return std::move(now).error();
  }
  JsonReader reader;
  const Json* object = reader.read(*now);
  if (object == nullptr) return not_of_this_adapter(id);
  auto count = [&](const char* part) {
    const Json& replicas = at(at(*object, part), "replicas");
    return replicas.IsInt64() ? replicas.GetInt64() : 0;
  };
  std::int64_t machines = std::max(count("spec"), count("status"));
  if (machines > 0)
    return make_error(ErrorKind::conflict, id + " still has " + std::to_string(machines) +
                                               " machines: set extensions.replicas to 0 and wait for them to go");
  // It must still be the one that has no machines.
  Value options = Value::object();
  for (const char* name : {"uid", "resourceVersion"})
    options["preconditions"][name] = Value(text_at(at(*object, "metadata"), name));
  Result<std::string> answer = call(backend, context, "DELETE", path, options);
  if (!answer && answer.error().kind != ErrorKind::not_found) return std::move(answer).error();
  const Json* left = answer ? reader.read(*answer) : nullptr;
  bool waits = left != nullptr && !at(at(*left, "metadata"), "deletionTimestamp").IsNull();
  return waits ? Removal::pending : Removal::done;
}

}  // namespace

Result<Observed> create_pool(const Backend& backend, const ResourcePool& pool, const CallContext& context) {
  if (!pool.extensions.at("k8s").at("selector").is_null()) return create_label_pool(backend, pool, context);
  Result<Discovery> found = discover(backend.api, context.stop);
  if (!found) return std::move(found).error();
  if (found->cluster_api.empty()) return create_label_pool(backend, pool, context);
  return create_machine_deployment(backend, found->cluster_api, pool, context);
}

Result<Observed> update_pool(const Backend& backend, const ResourcePool& pool, const Value& patch,
                             const CallContext& context) {
  Reference reference = reference_of(backend.settings.name, pool.resource_pool_id);
  if (reference.what == "o2") return update_label_pool(backend, pool, patch, context);
  if (!reference.name_space.empty()) {
    Result<Value> body = scalable_patch(backend.settings, patch);
    if (!body) return std::move(body).error();
    Result<std::string> path = path_of(backend, pool.resource_pool_id, context);
    if (!path) return std::move(path).error();
    Result<std::string> answer =
        body->empty() ? call(backend, context, "GET", *path) : call(backend, context, "PATCH", *path, *body);
    if (!answer) return std::move(answer).error();
    return map_answer_as_pool(backend, reference.what, *answer);
  }
  if (reference.what.empty()) return not_of_this_adapter(pool.resource_pool_id);
  for (const char* member : {"replicas", "instanceType"})
    if (!patch.at("extensions").at(member).is_null())
      return make_error(ErrorKind::unimplemented, pool.resource_pool_id + " is made of the labels of its nodes: its " +
                                                      member + " can't be set (that needs Cluster API)");
  Observed out;  // all else is what O2 alone has
  out.object = pool;
  return out;
}

Result<Removal> remove_pool(const Backend& backend, const std::string& id, const CallContext& context) {
  Reference reference = reference_of(backend.settings.name, id);
  if (reference.what == "o2") return remove_label_pool(backend, id, context);
  if (!reference.name_space.empty()) {
    Result<std::string> path = path_of(backend, id, context);
    if (!path) return std::move(path).error();
    return remove_scalable(backend, id, *path, context);
  }
  if (reference.what.empty()) return not_of_this_adapter(id);
  return make_error(ErrorKind::unimplemented,
                    id + " follows from labels that others set on the nodes; it goes when no node has them");
}

}  // namespace netweave::ims::kubernetes
