#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "adapters/ims/kubernetes/identifiers.hpp"
#include "adapters/ims/kubernetes/mapping.hpp"
#include "adapters/ims/kubernetes/quantity.hpp"
#include "base/time.hpp"

namespace netweave::ims::kubernetes {
namespace {

constexpr std::string_view role_prefix = "node-role.kubernetes.io/";

struct PoolLabel {
  std::string_view label;
  const char* what;
};
/// In the order in which they are looked for.
constexpr std::array<PoolLabel, 4> pool_labels = {{
    {pool_label, "o2"},
    {"cloud.google.com/gke-nodepool", "gke"},
    {"eks.amazonaws.com/nodegroup", "eks"},
    {"kubernetes.azure.com/agentpool", "aks"},
}};

/// The node's main role: control-plane before any other, else the first by name.
std::string_view role_of(const Json& labels) {
  std::string_view best;
  if (!labels.IsObject()) return best;
  for (const auto& member : labels.GetObject()) {
    std::string_view role = text_of(member.name);
    if (!role.starts_with(role_prefix) || role.size() == role_prefix.size()) continue;
    role.remove_prefix(role_prefix.size());
    if (role == "control-plane") return role;
    if (best.empty() || role < best) best = role;
  }
  return best;
}

void find_pool(std::string_view adapter, const Json& labels, Membership& out) {
  for (const PoolLabel& known : pool_labels) {
    std::string_view value = text_at(labels, known.label);
    if (value.empty()) continue;
    out.label = known.label;
    out.value = value;
    out.pool = make_id(adapter, {known.what, out.value, ""});
    return;
  }
  if (std::string_view role = role_of(labels); !role.empty()) {
    out.label = std::string(role_prefix) + std::string(role);
    out.pool = make_id(adapter, {"role", std::string(role), ""});
    return;
  }
  out.pool = make_id(adapter, {"default", "", ""});
}

std::string_view first_of(const Json& labels, std::string_view name, std::string_view older) {
  std::string_view found = text_at(labels, name);
  return found.empty() ? text_at(labels, older) : found;
}

/// Quantities as numbers: cores, bytes, counts.
Value numbers(const Json& quantities) {
  Value out = Value::object();
  if (!quantities.IsObject()) return out;
  for (const auto& member : quantities.GetObject())
    if (auto number = parse_quantity(text_of(member.value))) {
      bool whole = std::floor(*number) == *number && std::abs(*number) < 9e15;
      out.add(std::string(text_of(member.name)), whole ? Value(static_cast<std::int64_t>(*number)) : Value(*number));
    }
  return out;
}

/// Without lastHeartbeatTime: it changes without meaning anything.
Value conditions_of(const Json& conditions) {
  Value::Array out;
  if (!conditions.IsArray()) return Value(std::move(out));
  out.reserve(conditions.Size());
  for (const auto& condition : conditions.GetArray()) {
    Value one = Value::object();
    for (const char* name : {"type", "status", "reason", "message", "lastTransitionTime"})
      if (std::string_view text = text_at(condition, name); !text.empty()) one.add(name, Value(text));
    out.push_back(std::move(one));
  }
  return Value(std::move(out));
}

bool usable(const Json& node) {
  const Json& cordoned = at(at(node, "spec"), "unschedulable");
  if (cordoned.IsTrue()) return false;
  const Json& conditions = at(at(node, "status"), "conditions");
  if (!conditions.IsArray()) return false;
  for (const auto& condition : conditions.GetArray())
    if (text_at(condition, "type") == "Ready") return text_at(condition, "status") == "True";
  return false;
}

void add_if(Value& out, const char* name, const Json& value) {
  if (!value.IsNull()) out.add(name, to_value(value));
}

Value kubernetes_part(const Json& node, const Meta& meta) {
  const Json& spec = at(node, "spec");
  const Json& status = at(node, "status");
  Value out = Value::object();
  out.add("kind", "Node");
  out.add("name", Value(meta.name));
  add_if(out, "providerID", at(spec, "providerID"));
  out.add("unschedulable", at(spec, "unschedulable").IsTrue());
  out.add("annotations", annotations_of(node));
  const Json& taints = at(spec, "taints");
  out.add("taints", taints.IsArray() ? to_value(taints) : Value::array());
  add_if(out, "podCIDRs", at(spec, "podCIDRs"));
  add_if(out, "capacity", at(status, "capacity"));
  out.add("capacityNumbers", numbers(at(status, "capacity")));
  add_if(out, "allocatable", at(status, "allocatable"));
  out.add("allocatableNumbers", numbers(at(status, "allocatable")));
  out.add("conditions", conditions_of(at(status, "conditions")));
  add_if(out, "addresses", at(status, "addresses"));
  add_if(out, "nodeInfo", at(status, "nodeInfo"));
  return out;
}

Value one_member(const char* name, double number) {
  Value out = Value::object();
  bool whole = std::floor(number) == number && std::abs(number) < 9e15;
  out.add(name, whole ? Value(static_cast<std::int64_t>(number)) : Value(number));
  return out;
}

double rounded(double number) { return std::round(number * 100) / 100; }

Value extensions_of(const Json& node, const Meta& meta, const Amounts& amounts) {
  Value out = Value::object();
  out.add("labels", labels_of(node));
  out.add("cpu", one_member("cores", amounts.cpu));
  out.add("memory", one_member("gb", rounded(amounts.memory / gibibyte)));
  out.add("storage", one_member("gb", rounded(amounts.storage / gibibyte)));
  if (amounts.gpus > 0) out.add("gpu", one_member("count", amounts.gpus));
  out.add("k8s", kubernetes_part(node, meta));
  return out;
}

bool is_uuid(std::string_view text) {
  if (text.size() != 36) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    bool hex =
        (text[i] >= '0' && text[i] <= '9') || (text[i] >= 'a' && text[i] <= 'f') || (text[i] >= 'A' && text[i] <= 'F');
    if (dash ? text[i] != '-' : !hex) return false;
  }
  return true;
}

/// The machine's own UUID where it has one: the asset outlives the Node object.
std::string asset_id(std::string_view system, std::string_view uid) {
  std::string out(is_uuid(system) ? system : uid);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](char c) { return c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c; });
  return "urn:uuid:" + out;
}

bool is_gpu(std::string_view resource) {
  return resource.ends_with("/gpu") || resource.starts_with("gpu.intel.com/i915") ||
         resource.starts_with("gpu.intel.com/xe");
}

}  // namespace

Meta meta_of(const Json& object) {
  const Json& metadata = at(object, "metadata");
  Meta out;
  out.name = text_at(metadata, "name");
  out.name_space = text_at(metadata, "namespace");
  out.uid = text_at(metadata, "uid");
  std::string_view version = text_at(metadata, "resourceVersion");
  std::from_chars(version.data(), version.data() + version.size(), out.version);
  if (auto created = parse_rfc3339(text_at(metadata, "creationTimestamp"))) out.created = format_rfc3339(*created);
  return out;
}

std::string machine_of(const Json& node) {
  const Json& annotations = at(at(node, "metadata"), "annotations");
  std::string_view machine = text_at(annotations, "cluster.x-k8s.io/machine");
  std::string_view space = text_at(annotations, "cluster.x-k8s.io/cluster-namespace");
  if (!machine.empty() && !space.empty()) return "cluster.x-k8s.io/" + std::string(space) + "/" + std::string(machine);
  machine = text_at(annotations, "machine.openshift.io/machine");
  return machine.find('/') == std::string_view::npos ? std::string() : "machine.openshift.io/" + std::string(machine);
}

Value annotations_of(const Json& object) {
  const Json& annotations = at(at(object, "metadata"), "annotations");
  Value out = Value::object();
  if (!annotations.IsObject()) return out;
  for (const auto& member : annotations.GetObject())
    if (text_of(member.name) != "kubectl.kubernetes.io/last-applied-configuration")
      out.add(std::string(text_of(member.name)), to_value(member.value));
  return out;
}

Value labels_of(const Json& object) {
  const Json& labels = at(at(object, "metadata"), "labels");
  return labels.IsObject() ? to_value(labels) : Value::object();
}

Amounts amounts_of(const Json& quantities) {
  Amounts out;
  if (!quantities.IsObject()) return out;
  for (const auto& member : quantities.GetObject()) {
    std::string_view name = text_of(member.name);
    double number = parse_quantity(text_of(member.value)).value_or(0);
    if (name == "cpu") out.cpu = number;
    if (name == "memory") out.memory = number;
    if (name == "ephemeral-storage") out.storage = number;
    if (is_gpu(name)) out.gpus += number;
  }
  return out;
}

MappedNode map_node(std::string_view adapter, const Json& node) {
  const Json& metadata = at(node, "metadata");
  const Json& labels = at(metadata, "labels");
  const Json& status = at(node, "status");
  Meta meta = meta_of(node);
  MappedNode out;
  find_pool(adapter, labels, out.membership);
  out.membership.machine = machine_of(node);
  out.membership.zone = first_of(labels, "topology.kubernetes.io/zone", "failure-domain.beta.kubernetes.io/zone");
  out.membership.region = first_of(labels, "topology.kubernetes.io/region", "failure-domain.beta.kubernetes.io/region");
  out.shape.instance_type = first_of(labels, "node.kubernetes.io/instance-type", "beta.kubernetes.io/instance-type");
  out.shape.architecture = text_at(at(status, "nodeInfo"), "architecture");
  std::string_view provider = text_at(at(node, "spec"), "providerID");
  if (std::size_t scheme = provider.find("://"); scheme != std::string_view::npos)
    out.shape.provider = provider.substr(0, scheme);
  out.shape.amounts = amounts_of(at(status, "capacity"));
  out.allocatable = amounts_of(at(status, "allocatable"));
  out.usable = usable(node);

  Resource resource;
  resource.resource_id = make_id(adapter, {"node", std::string(meta.name), ""});
  resource.resource_type_id = type_id_of(adapter, out.shape);
  resource.resource_pool_id = out.membership.pool;
  resource.global_asset_id = asset_id(text_at(at(status, "nodeInfo"), "systemUUID"), meta.uid);
  resource.created_at = std::move(meta.created);
  resource.extensions = extensions_of(node, meta, out.shape.amounts);
  out.observed.uid = meta.uid;
  out.observed.version = meta.version;
  out.observed.object = std::move(resource);
  return out;
}

}  // namespace netweave::ims::kubernetes
