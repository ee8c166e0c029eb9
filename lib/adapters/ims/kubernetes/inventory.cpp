#include "adapters/ims/kubernetes/inventory.hpp"

#include <cmath>
#include <set>

#include "adapters/ims/kubernetes/identifiers.hpp"
#include "adapters/ims/kubernetes/quantity.hpp"

namespace netweave::ims::kubernetes {
namespace {

Amounts amounts_from(const Value& numbers) {
  Amounts out;
  out.cpu = numbers.at("cpu").as_number();
  out.memory = numbers.at("memory").as_number();
  out.storage = numbers.at("ephemeral-storage").as_number();
  return out;
}

/// As map_node finds it.
std::string machine_of(const Value& annotations) {
  std::string_view machine = annotations.at("cluster.x-k8s.io/machine").as_text();
  std::string_view space = annotations.at("cluster.x-k8s.io/cluster-namespace").as_text();
  if (!machine.empty() && !space.empty()) return "cluster.x-k8s.io/" + std::string(space) + "/" + std::string(machine);
  machine = annotations.at("machine.openshift.io/machine").as_text();
  return machine.empty() ? std::string() : "machine.openshift.io/" + std::string(machine);
}

bool ready(const Value& conditions) {
  for (const Value& condition : conditions.as_array())
    if (condition.at("type").as_text() == "Ready") return condition.at("status").as_text() == "True";
  return false;
}

std::string_view label(const Value& labels, std::string_view name, std::string_view older) {
  std::string_view found = labels.at(name).as_text();
  return found.empty() ? labels.at(older).as_text() : found;
}

/// Sums of many amounts differ in their last bits by the order of summing; that is no change.
double settled(double number) { return std::round(number * 1000) / 1000; }

void count(std::map<std::string, std::size_t>& counts, const std::string& name) {
  if (!name.empty()) ++counts[name];
}

void discount(std::map<std::string, std::size_t>& counts, const std::string& name) {
  auto found = counts.find(name);
  if (found != counts.end() && --found->second == 0) counts.erase(found);
}

}  // namespace

Inventory::Inventory(std::string adapter, std::string server, std::string cluster, const LabelPools& label_pools)
    : adapter_(std::move(adapter)),
      server_(std::move(server)),
      cluster_(std::move(cluster)),
      label_pools_(label_pools) {}

void Inventory::load(const std::vector<Observed>& last) {
  for (const Observed& observed : last) {
    if (const auto* pool = std::get_if<ResourcePool>(&observed.object)) {
      Pool& known = pools_[pool->resource_pool_id];
      known.observed = observed;
      std::string what = reference_of(adapter_, pool->resource_pool_id).what;
      known.own = what == "md" || what == "ms" || what == "oms";
      known.through_o2 = what == "o2";
      known.fed = true;
      known.changed = false;
    } else if (const auto* type = std::get_if<ResourceType>(&observed.object)) {
      Type& known = types_[type->resource_type_id];
      known.observed = observed;
      known.own = type->extensions.at("k8s").find("provisioner") != nullptr;
      known.fed = true;
    } else if (const auto* cluster = std::get_if<DeploymentManager>(&observed.object)) {
      version_ = cluster->extensions.at("k8s").at("version").as_text();
    }
  }
  for (const Observed& observed : last)
    if (const auto* resource = std::get_if<Resource>(&observed.object)) load_member(*resource, observed);
  for (auto& [id, pool] : pools_) pool.changed = false;
}

void Inventory::load_member(const Resource& resource, const Observed& observed) {
  const Value& part = resource.extensions.at("k8s");
  const Value& labels = resource.extensions.at("labels");
  Member member;
  member.version = observed.version;
  member.uid = observed.uid;
  member.pool = resource.resource_pool_id;
  member.type = resource.resource_type_id;
  std::string name(part.at("name").as_text());
  bool is_node = part.at("kind").as_text() == "Node";
  if (is_node) {
    member.zone = label(labels, "topology.kubernetes.io/zone", "failure-domain.beta.kubernetes.io/zone");
    member.region = label(labels, "topology.kubernetes.io/region", "failure-domain.beta.kubernetes.io/region");
    member.capacity = amounts_from(part.at("capacityNumbers"));
    member.allocatable = amounts_from(part.at("allocatableNumbers"));
    member.usable = !part.at("unschedulable").as_bool() && ready(part.at("conditions"));
    std::string machine = machine_of(part.at("annotations"));
    if (auto pool = pools_.find(member.pool); !machine.empty() && pool != pools_.end() && pool->second.own)
      machines_[machine] = member.pool;
  }
  join(member);
  (is_node ? nodes_ : volumes_)[name] = std::move(member);
}

void Inventory::put(Source source, const Json& object, Changes& out) {
  switch (source) {
    case Source::nodes:
      return put_node(object, out);
    case Source::volumes:
      return put_volume(object, out);
    case Source::storage_classes:
      return put_storage_class(object, out);
    case Source::machine_deployments:
      return put_pool("md", object, out);
    case Source::machine_sets:
      // One that a MachineDeployment made is its business.
      if (!has_owner(object, "MachineDeployment")) put_pool("ms", object, out);
      return;
    case Source::openshift_machine_sets:
      return put_pool("oms", object, out);
  }
}

void Inventory::drop(Source source, const Json& object, Changes& out) {
  switch (source) {
    case Source::nodes:
      return drop_member(nodes_, "node", object, out);
    case Source::volumes:
      return drop_member(volumes_, "pv", object, out);
    case Source::storage_classes:
      return drop_storage_class(object, out);
    case Source::machine_deployments:
      return drop_pool("md", object, out);
    case Source::machine_sets:
      if (!has_owner(object, "MachineDeployment")) drop_pool("ms", object, out);
      return;
    case Source::openshift_machine_sets:
      return drop_pool("oms", object, out);
  }
}

void Inventory::put_node(const Json& node, Changes& out) {
  MappedNode mapped = map_node(adapter_, node);
  std::string name(text_at(at(node, "metadata"), "name"));
  auto known = nodes_.find(name);
  if (known != nodes_.end() && known->second.version > mapped.observed.version) return;
  auto& resource = std::get<Resource>(mapped.observed.object);
  auto machine = machines_.find(mapped.membership.machine);
  // What was said through O2 stands before what Cluster API says.
  if (mapped.membership.label != pool_label && machine != machines_.end() && pools_.count(machine->second) != 0)
    resource.resource_pool_id = machine->second;
  else
    ensure_pool(mapped.membership);
  Type& type = types_[resource.resource_type_id];
  if (!type.fed) type.observed.object = type_of(adapter_, mapped.shape);

  Member member;
  member.version = mapped.observed.version;
  member.uid = mapped.observed.uid;
  member.pool = resource.resource_pool_id;
  member.type = resource.resource_type_id;
  member.zone = std::move(mapped.membership.zone);
  member.region = std::move(mapped.membership.region);
  member.capacity = mapped.shape.amounts;
  member.allocatable = mapped.allocatable;
  member.usable = mapped.usable;
  join(member);
  if (known != nodes_.end()) leave(known->second);
  feed(member.pool, member.type, out);
  nodes_[std::move(name)] = std::move(member);
  cluster_changed_ = dirty_ = true;
  out.emplace_back(std::move(mapped.observed));
}

void Inventory::put_volume(const Json& volume, Changes& out) {
  MappedVolume mapped = map_volume(adapter_, volume);
  std::string name(text_at(at(volume, "metadata"), "name"));
  auto known = volumes_.find(name);
  if (known != volumes_.end() && known->second.version > mapped.observed.version) return;
  const auto& resource = std::get<Resource>(mapped.observed.object);
  Membership of_default;
  of_default.pool = resource.resource_pool_id;
  ensure_pool(of_default);
  Type& type = types_[resource.resource_type_id];
  if (!type.fed) type.observed = map_storage_class(adapter_, mapped.storage_class, Json());

  Member member;
  member.version = mapped.observed.version;
  member.uid = mapped.observed.uid;
  member.pool = resource.resource_pool_id;
  member.type = resource.resource_type_id;
  join(member);
  if (known != volumes_.end()) leave(known->second);
  feed(member.pool, member.type, out);
  volumes_[std::move(name)] = std::move(member);
  dirty_ = true;
  out.emplace_back(std::move(mapped.observed));
}

void Inventory::put_storage_class(const Json& object, Changes& out) {
  Observed observed = map_storage_class(adapter_, text_at(at(object, "metadata"), "name"), object);
  Type& type = types_[std::string(id_of(observed))];
  type.own = true;
  type.fed = true;
  type.observed = observed;
  out.emplace_back(std::move(observed));
}

void Inventory::put_pool(const char* what, const Json& object, Changes& out) {
  Observed observed = map_scalable(adapter_, what, object);
  Pool& pool = pools_[std::string(id_of(observed))];
  if (pool.fed && pool.observed.version > observed.version) return;
  pool.observed = std::move(observed);
  pool.own = true;
  pool.fed = true;
  pool.changed = false;
  out.emplace_back(with_location(pool));
}

void Inventory::drop_member(std::unordered_map<std::string, Member>& members, const char* what, const Json& object,
                            Changes& out) {
  Meta meta = meta_of(object);
  std::string name(meta.name);
  auto known = members.find(name);
  // One that was made again under the same name is another: its creation may be known already.
  if (known != members.end() && known->second.uid == meta.uid) {
    leave(known->second);
    members.erase(known);
    cluster_changed_ = dirty_ = true;
  }
  out.emplace_back(Removed{Kind::resource, make_id(adapter_, {what, name, ""}), std::string(meta.uid)});
}

void Inventory::drop_storage_class(const Json& object, Changes& out) {
  std::string_view name = text_at(at(object, "metadata"), "name");
  auto known = types_.find(storage_type_id(adapter_, name));
  if (known == types_.end()) return;
  known->second.own = false;
  if (known->second.uses > 0) {  // its volumes stay, and so does their type
    known->second.observed = map_storage_class(adapter_, name, Json());
    out.emplace_back(known->second.observed);
    return;
  }
  out.emplace_back(Removed{Kind::resource_type, known->first, ""});
  types_.erase(known);
}

void Inventory::drop_pool(const char* what, const Json& object, Changes& out) {
  Meta meta = meta_of(object);
  std::string id = make_id(adapter_, {what, std::string(meta.name), std::string(meta.name_space)});
  auto known = pools_.find(id);
  if (known == pools_.end() || known->second.observed.uid != meta.uid) return;
  needs_list_ = needs_list_ || known->second.members > 0;
  pools_.erase(known);
  out.emplace_back(Removed{Kind::resource_pool, std::move(id), std::string(meta.uid)});
}

void Inventory::join(const Member& member) {
  Pool& pool = pools_[member.pool];
  std::size_t zones = pool.zones.size(), regions = pool.regions.size();
  ++pool.members;
  count(pool.zones, member.zone);
  count(pool.regions, member.region);
  pool.changed = pool.changed || pool.zones.size() != zones || pool.regions.size() != regions;
  ++types_[member.type].uses;
}

void Inventory::leave(const Member& member) {
  if (auto found = pools_.find(member.pool); found != pools_.end()) {
    Pool& pool = found->second;
    std::size_t zones = pool.zones.size(), regions = pool.regions.size();
    --pool.members;
    discount(pool.zones, member.zone);
    discount(pool.regions, member.region);
    pool.changed = pool.changed || pool.zones.size() != zones || pool.regions.size() != regions;
  }
  if (auto found = types_.find(member.type); found != types_.end()) --found->second.uses;
}

/// A resource is told after the pool and the type that it names.
void Inventory::feed(const std::string& pool_id, const std::string& type_id, Changes& out) {
  Pool& pool = pools_[pool_id];
  if (!pool.fed) {
    out.emplace_back(with_location(pool));
    pool.fed = true;
    pool.changed = false;
  }
  Type& type = types_[type_id];
  if (!type.fed) out.emplace_back(type.observed);
  type.fed = true;
}

void Inventory::ensure_pool(const Membership& membership) {
  if (pools_.count(membership.pool) != 0) return;
  Pool& pool = pools_[membership.pool];
  pool.through_o2 = membership.label == pool_label;
  auto said = pool.through_o2 ? label_pools_.find(membership.pool) : std::nullopt;
  pool.observed.object = said ? std::move(*said) : label_pool(membership);
}

void Inventory::refresh(Changes& out) {
  for (auto& [id, pool] : pools_) {
    bool removed = pool.through_o2 && label_pools_.is_removed(id);
    if (!pool.changed || removed || !needed(pool)) continue;
    out.emplace_back(with_location(pool));
    pool.changed = false;
    pool.fed = true;
  }
  if (cluster_changed_) out.emplace_back(deployment_manager());
  for (auto it = pools_.begin(); it != pools_.end();) {
    bool stays = needed(it->second);
    // An empty pool that was made through O2 lives on in the store; it is not the observer's to remove.
    if (!stays && it->second.fed && !it->second.through_o2)
      out.emplace_back(Removed{Kind::resource_pool, it->first, ""});
    it = stays ? std::next(it) : pools_.erase(it);
  }
  for (auto it = types_.begin(); it != types_.end();) {
    bool stays = it->second.uses > 0 || it->second.own;
    if (!stays && it->second.fed) out.emplace_back(Removed{Kind::resource_type, it->first, ""});
    it = stays ? std::next(it) : types_.erase(it);
  }
  cluster_changed_ = dirty_ = false;
}

void Inventory::set_cluster_version(const std::string& version) {
  if (version == version_) return;
  version_ = version;
  cluster_changed_ = dirty_ = true;
}

/// The zone that all of a pool's nodes are in, else their region. What was said through O2 stands.
Observed Inventory::with_location(const Pool& pool) const {
  Observed out = pool.observed;
  auto& object = std::get<ResourcePool>(out.object);
  bool said = pool.through_o2 && !object.location.empty();
  if (said || pool.members == 0) return out;
  if (pool.zones.size() == 1)
    object.location = pool.zones.begin()->first;
  else if (pool.regions.size() == 1)
    object.location = pool.regions.begin()->first;
  else if (!pool.zones.empty())
    object.location.clear();
  return out;
}

Observed Inventory::deployment_manager() const {
  DeploymentManager manager;
  manager.deployment_manager_id = make_id(adapter_, {"cluster", "", ""});
  manager.name = cluster_.empty() ? adapter_ : cluster_;
  manager.description = "Kubernetes cluster";
  manager.service_uri = server_;
  manager.capabilities = {"kubernetes"};
  Amounts total, available;
  std::int64_t usable = 0;
  std::set<std::string> locations;
  for (const auto& [name, node] : nodes_) {
    total.cpu += node.capacity.cpu;
    total.memory += node.capacity.memory;
    total.storage += node.capacity.storage;
    if (std::string place = node.zone.empty() ? node.region : node.zone; !place.empty()) locations.insert(place);
    if (!node.usable) continue;
    ++usable;
    available.cpu += node.allocatable.cpu;
    available.memory += node.allocatable.memory;
    available.storage += node.allocatable.storage;
  }
  manager.supported_locations.assign(locations.begin(), locations.end());
  manager.capacity = {
      settled(total.cpu),     settled(total.memory / mebibyte),     settled(total.storage / gibibyte),
      settled(available.cpu), settled(available.memory / mebibyte), settled(available.storage / gibibyte)};
  manager.extensions.add("labels", Value::object());
  Value& part = manager.extensions.add("k8s", Value::object());
  part.add("version", Value(version_));
  part.add("nodes", Value(static_cast<std::int64_t>(nodes_.size())));
  part.add("usableNodes", Value(usable));
  Observed out;
  out.object = std::move(manager);
  return out;
}

}  // namespace netweave::ims::kubernetes
