#include <cmath>

#include "adapters/ims/kubernetes/identifiers.hpp"
#include "adapters/ims/kubernetes/mapping.hpp"
#include "adapters/ims/kubernetes/quantity.hpp"

namespace netweave::ims::kubernetes {
namespace {

std::string whole(double number) { return std::to_string(static_cast<long long>(std::llround(number))); }

std::string_view vendor_of(std::string_view provider) {
  if (provider == "aws") return "Amazon Web Services";
  if (provider == "gce") return "Google Cloud";
  if (provider == "azure") return "Microsoft Azure";
  if (provider == "vsphere") return "VMware";
  if (provider == "openstack") return "OpenStack";
  return provider;
}

/// Metal3 and instance types that say so are bare metal; all else is taken for virtual.
bool is_physical(const Shape& shape) {
  return shape.provider == "metal3" || shape.provider == "baremetalhost" || shape.instance_type.ends_with(".metal") ||
         shape.instance_type.find(".metal-") != std::string::npos;
}

/// 16 CPUs and 63.9 GiB are one shape with 16 CPUs and 64.1: machines of one make differ by what firmware keeps.
std::string shape_name(const Shape& shape) {
  if (!shape.instance_type.empty()) return shape.instance_type;
  std::string name = "cpu" + whole(shape.amounts.cpu) + "-mem" + whole(shape.amounts.memory / gibibyte) + "Gi";
  if (shape.amounts.gpus > 0) name += "-gpu" + whole(shape.amounts.gpus);
  return name;
}

std::int64_t integer(const Json& value) { return value.IsInt64() ? value.GetInt64() : 0; }

Value scalable_part(const Json& object, const Meta& meta) {
  const Json& spec = at(object, "spec");
  const Json& status = at(object, "status");
  Value out = Value::object();
  out.add("apiVersion", Value(text_at(object, "apiVersion")));
  out.add("kind", Value(text_at(object, "kind")));
  out.add("namespace", Value(meta.name_space));
  out.add("name", Value(meta.name));
  if (std::string_view cluster = text_at(spec, "clusterName"); !cluster.empty()) out.add("clusterName", Value(cluster));
  for (const char* count : {"replicas", "readyReplicas", "availableReplicas", "upToDateReplicas"})
    if (const Json& value = at(status, count); value.IsInt64()) out.add(count, Value(value.GetInt64()));
  if (std::string_view phase = text_at(status, "phase"); !phase.empty()) out.add("phase", Value(phase));
  const Json& machine = at(at(spec, "template"), "spec");
  if (const Json& version = at(machine, "version"); version.IsString()) out.add("version", to_value(version));
  if (const Json& reference = at(machine, "infrastructureRef"); reference.IsObject()) {
    Value& infrastructure = out.add("infrastructureTemplate", Value::object());
    for (const char* name : {"kind", "name"}) infrastructure.add(name, Value(text_at(reference, name)));
  }
  return out;
}

}  // namespace

std::string type_id_of(std::string_view adapter, const Shape& shape) {
  return make_id(adapter, {"type", shape_name(shape), ""});
}

ResourceType type_of(std::string_view adapter, const Shape& shape) {
  ResourceType type;
  type.resource_type_id = type_id_of(adapter, shape);
  type.name = shape_name(shape);
  type.description = whole(shape.amounts.cpu) + " CPU, " + whole(shape.amounts.memory / gibibyte) + " GiB memory";
  if (shape.amounts.gpus > 0) type.description += ", " + whole(shape.amounts.gpus) + " GPU";
  type.vendor = vendor_of(shape.provider);
  type.model = shape.instance_type;
  type.resource_class = "compute";
  type.resource_kind = is_physical(shape) ? "physical" : "virtual";
  type.extensions.add("labels", Value::object());
  Value& part = type.extensions.add("k8s", Value::object());
  part.add("cpu", Value(static_cast<std::int64_t>(std::llround(shape.amounts.cpu))));
  part.add("memoryGiB", Value(static_cast<std::int64_t>(std::llround(shape.amounts.memory / gibibyte))));
  part.add("gpus", Value(static_cast<std::int64_t>(std::llround(shape.amounts.gpus))));
  part.add("architecture", Value(shape.architecture));
  return type;
}

Observed map_scalable(std::string_view adapter, std::string_view what, const Json& object) {
  Meta meta = meta_of(object);
  const Json& metadata = at(object, "metadata");
  const Json& annotations = at(metadata, "annotations");
  ResourcePool pool;
  pool.resource_pool_id = make_id(adapter, {std::string(what), std::string(meta.name), std::string(meta.name_space)});
  std::string_view name = text_at(annotations, name_annotation);
  pool.name = name.empty() ? meta.name : name;
  pool.description = text_at(annotations, description_annotation);
  pool.location = text_at(at(at(at(object, "spec"), "template"), "spec"), "failureDomain");
  pool.created_at = std::move(meta.created);
  pool.extensions.add("labels", labels_of(object));
  pool.extensions.add("replicas", Value(integer(at(at(object, "spec"), "replicas"))));
  if (std::string_view type = text_at(annotations, instance_type_annotation); !type.empty())
    pool.extensions.add("instanceType", Value(type));
  pool.extensions.add("k8s", scalable_part(object, meta));
  Observed out;
  out.uid = meta.uid;
  out.version = meta.version;
  out.client_token = text_at(annotations, token_annotation);
  out.object = std::move(pool);
  return out;
}

bool has_owner(const Json& object, std::string_view kind) {
  const Json& owners = at(at(object, "metadata"), "ownerReferences");
  if (!owners.IsArray()) return false;
  for (const auto& owner : owners.GetArray())
    if (text_at(owner, "kind") == kind) return true;
  return false;
}

std::string pool_of_machine(std::string_view adapter, bool openshift, const Json& machine) {
  const Json& metadata = at(machine, "metadata");
  const Json& labels = at(metadata, "labels");
  std::string space(text_at(metadata, "namespace"));
  auto pool = [&](const char* what, std::string_view label) {
    std::string_view name = text_at(labels, label);
    return name.empty() ? std::string() : make_id(adapter, {what, std::string(name), space});
  };
  if (openshift) return pool("oms", "machine.openshift.io/cluster-api-machineset");
  std::string found = pool("md", "cluster.x-k8s.io/deployment-name");
  return found.empty() ? pool("ms", "cluster.x-k8s.io/set-name") : found;
}

ResourcePool label_pool(const Membership& membership) {
  ResourcePool pool;
  pool.resource_pool_id = membership.pool;
  std::string role_prefix = "node-role.kubernetes.io/";
  if (membership.label.empty())
    pool.name = "default";
  else
    pool.name = membership.value.empty() ? membership.label.substr(role_prefix.size()) : membership.value;
  pool.extensions.add("labels", Value::object());
  Value& part = pool.extensions.add("k8s", Value::object());
  part.add("kind", "NodeLabel");
  if (!membership.label.empty()) {
    part.add("label", Value(membership.label));
    part.add("value", Value(membership.value));
  }
  return pool;
}

}  // namespace netweave::ims::kubernetes
