#include "adapters/ims/kubernetes/resource_writes.hpp"

#include "adapters/ims/kubernetes/identifiers.hpp"
#include "adapters/ims/kubernetes/json.hpp"

namespace netweave::ims::kubernetes {
namespace {

/// Values of labels and annotations are text; null removes one.
void take_texts(const Value& given, const std::string& field, Value& out, std::vector<Fault>& faults) {
  for (const auto& [name, value] : given.as_object()) {
    if (value.is_text() || value.is_null())
      out[name] = value;
    else
      faults.push_back({field + "." + name, "must be text, or null to remove it"});
  }
}

void take_kubernetes_part(const Value& given, bool node, Value& out, std::vector<Fault>& faults) {
  for (const auto& [name, value] : given.as_object()) {
    std::string field = "extensions.k8s." + name;
    if (value.is_null()) continue;
    if (name == "annotations" && value.is_object()) {
      take_texts(value, field, out["metadata"]["annotations"], faults);
    } else if (node && name == "taints" && value.is_array()) {
      out["spec"]["taints"] = value;
    } else if (node && name == "unschedulable" && value.is_bool()) {
      out["spec"]["unschedulable"] = value;
    } else {
      std::string may = node ? "annotations, taints and unschedulable" : "annotations";
      faults.push_back({field, "can't be changed here: only " + may + " can"});
    }
  }
}

}  // namespace

Result<Value> kubernetes_patch(const Value& patch, bool node) {
  Value out = Value::object();
  std::vector<Fault> faults;
  for (const auto& [name, value] : patch.at("extensions").as_object()) {
    std::string field = "extensions." + name;
    bool measured = name == "cpu" || name == "memory" || name == "storage" || name == "gpu";
    if (value.is_null()) continue;
    if (name == "labels" && value.is_object())
      take_texts(value, field, out["metadata"]["labels"], faults);
    else if (name == "labels")
      faults.push_back({field, "must be an object of texts"});
    else if (name == "k8s")
      take_kubernetes_part(value, node, out, faults);
    else if (measured)
      faults.push_back({field, "is what Kubernetes measured"});
  }
  if (faults.empty()) return out;
  Error error = make_error(ErrorKind::invalid, "Kubernetes does not let all of this be changed");
  error.faults = std::move(faults);
  return error;
}

Result<Observed> update_resource(const Backend& backend, const Resource& resource, const Value& patch,
                                 const CallContext& context) {
  std::string what = reference_of(backend.settings.name, resource.resource_id).what;
  bool node = what == "node";
  if (!node && what != "pv") return not_of_this_adapter(resource.resource_id);
  Result<std::string> path = path_of(backend, resource.resource_id, context);
  if (!path) return std::move(path).error();
  Result<Value> body = kubernetes_patch(patch, node);
  if (!body) return std::move(body).error();
  Result<std::string> answer =
      body->empty() ? call(backend, context, "GET", *path) : call(backend, context, "PATCH", *path, *body);
  if (!answer) return std::move(answer).error();
  return map_answer(backend, node, *answer, context);
}

Result<Removal> remove_resource(const Backend& backend, const std::string& id, const CallContext& context) {
  std::string what = reference_of(backend.settings.name, id).what;
  if (what != "node" && what != "pv") return not_of_this_adapter(id);
  Result<std::string> path = path_of(backend, id, context);
  if (!path) return std::move(path).error();
  if (what == "pv") {
    Result<std::string> now = call(backend, context, "GET", *path);
    JsonReader reader;
    const Json* volume = now ? reader.read(*now) : nullptr;
    if (volume != nullptr && text_at(at(*volume, "status"), "phase") == "Bound")
      return make_error(ErrorKind::conflict, id + " is bound to a claim: remove the claim first");
  }
  Result<std::string> answer = call(backend, context, "DELETE", *path);
  if (!answer) {
    // Gone is what was asked for.
    if (answer.error().kind == ErrorKind::not_found) return Removal::done;
    return std::move(answer).error();
  }
  JsonReader reader;
  const Json* object = reader.read(*answer);
  bool waits = object != nullptr && !at(at(*object, "metadata"), "deletionTimestamp").IsNull();
  return waits ? Removal::pending : Removal::done;
}

}  // namespace netweave::ims::kubernetes
