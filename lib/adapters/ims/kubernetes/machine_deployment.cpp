#include <cctype>

#include "adapters/ims/kubernetes/identifiers.hpp"
#include "adapters/ims/kubernetes/mapping.hpp"
#include "adapters/ims/kubernetes/pool_writes.hpp"

namespace netweave::ims::kubernetes {
namespace {

std::string or_else(const Value& given, const std::string& configured) {
  return given.as_text().empty() ? configured : std::string(given.as_text());
}

/// A template as `extensions.k8s` names it, what it leaves out as the configuration does.
TemplateReference merged(const Value& given, const TemplateReference& configured) {
  return {or_else(given.at("apiVersion"), configured.api_version), or_else(given.at("kind"), configured.kind),
          or_else(given.at("name"), configured.name)};
}

/// v1beta2 names a group and finds the version itself; older ones want both.
Value reference(const TemplateReference& to, const std::string& version, const std::string& name_space) {
  Value out = Value::object();
  if (version.starts_with("v1alpha") || version == "v1beta1") {
    out["apiVersion"] = to.api_version;
    out["namespace"] = name_space;
  } else {
    out["apiGroup"] = to.api_version.substr(0, to.api_version.find('/'));
  }
  out["kind"] = to.kind;
  out["name"] = to.name;
  return out;
}

void need(const std::string& text, const char* field, const char* key, std::vector<Fault>& faults) {
  if (text.empty())
    faults.push_back({field, std::string("is missing, and the adapter's configuration has no cluster_api.") + key});
}

/// The template that stands for the instance type, where the configuration has a table of them.
std::string template_for(const Value& type, const ClusterApiSettings& settings, std::vector<Fault>& faults) {
  if (type.as_text().empty() || settings.instance_types.empty()) return {};
  auto found = settings.instance_types.find(std::string(type.as_text()));
  if (found != settings.instance_types.end()) return found->second;
  std::string known;
  for (const auto& [name, unused] : settings.instance_types) known += (known.empty() ? "" : ", ") + name;
  faults.push_back({"extensions.instanceType", "is not known here; known are " + known});
  return {};
}

Value annotations_for(const ResourcePool& pool, const std::string& client_token) {
  Value out = Value::object();
  out[name_annotation] = pool.name;
  if (!pool.description.empty()) out[description_annotation] = pool.description;
  if (!client_token.empty()) out[token_annotation] = client_token;
  if (std::string_view type = pool.extensions.at("instanceType").as_text(); !type.empty())
    out[instance_type_annotation] = Value(type);
  return out;
}

/// Some tenants' ids are too long for a label, or have a colon; whose the object is, the store knows anyway.
bool is_label_value(std::string_view text) {
  auto plain = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; };
  return !text.empty() && text.size() <= 63 && plain(text.front()) && plain(text.back()) &&
         text.find(':') == std::string_view::npos;
}

}  // namespace

Result<Value> machine_deployment(const Settings& settings, const std::string& version, const ResourcePool& pool,
                                 const std::string& client_token, const std::string& tenant) {
  const ClusterApiSettings& configured = settings.cluster_api;
  const Value& given = pool.extensions.at("k8s");
  const Value& replicas = pool.extensions.at("replicas");
  std::string space = or_else(given.at("namespace"), configured.name_space.empty() ? "default" : configured.name_space);
  std::string cluster = or_else(given.at("clusterName"), configured.cluster_name);
  std::string kubernetes = or_else(given.at("version"), configured.version);
  TemplateReference bootstrap = merged(given.at("bootstrapTemplate"), configured.bootstrap_template);
  TemplateReference infrastructure = merged(given.at("infrastructureTemplate"), configured.infrastructure_template);
  std::vector<Fault> faults;
  if (std::string named = template_for(pool.extensions.at("instanceType"), configured, faults);
      !named.empty() && given.at("infrastructureTemplate").at("name").as_text().empty())
    infrastructure.name = named;
  need(cluster, "extensions.k8s.clusterName", "cluster_name", faults);
  need(bootstrap.name, "extensions.k8s.bootstrapTemplate", "bootstrap_template", faults);
  need(infrastructure.name, "extensions.k8s.infrastructureTemplate", "infrastructure_template", faults);
  if (!replicas.is_null() && (!replicas.is_integer() || replicas.as_integer() < 0))
    faults.push_back({"extensions.replicas", "must be a whole number, 0 or more"});
  if (!faults.empty()) {
    Error error = make_error(ErrorKind::invalid, "a MachineDeployment can't be made of this pool");
    error.faults = std::move(faults);
    return error;
  }

  std::string name = object_name(pool.resource_pool_id, pool.name, client_token);
  Value labels = Value::object();
  labels["cluster.x-k8s.io/cluster-name"] = cluster;
  labels[pool_label] = name;
  Value machine = Value::object();
  machine["clusterName"] = cluster;
  if (!kubernetes.empty()) machine["version"] = kubernetes;
  if (!pool.location.empty()) machine["failureDomain"] = pool.location;
  machine["bootstrap"]["configRef"] = reference(bootstrap, version, space);
  machine["infrastructureRef"] = reference(infrastructure, version, space);

  Value out = Value::object();
  out["apiVersion"] = std::string(cluster_api_group) + "/" + version;
  out["kind"] = "MachineDeployment";
  out["metadata"]["name"] = name;
  out["metadata"]["namespace"] = space;
  out["metadata"]["labels"] = labels;
  for (const auto& [key, value] : pool.extensions.at("labels").as_object())
    if (value.is_text() && key != tenant_label) out["metadata"]["labels"][key] = value;
  if (is_label_value(tenant)) out["metadata"]["labels"][tenant_label] = tenant;
  out["metadata"]["annotations"] = annotations_for(pool, client_token);
  out["spec"]["clusterName"] = cluster;
  out["spec"]["replicas"] = replicas.as_integer(0);
  out["spec"]["selector"]["matchLabels"] = labels;
  out["spec"]["template"]["metadata"]["labels"] = labels;
  out["spec"]["template"]["spec"] = machine;
  return out;
}

}  // namespace netweave::ims::kubernetes
