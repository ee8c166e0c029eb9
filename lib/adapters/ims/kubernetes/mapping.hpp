#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "netweave/adapter/ims.hpp"

#include "adapters/ims/kubernetes/json.hpp"

/// From Kubernetes' objects to O2's. Pure functions: the same object gives the same result. What changes without
/// meaning anything (heartbeat times, resourceVersion, managedFields, image lists) is left out.
namespace netweave::ims::kubernetes {

inline constexpr std::string_view pool_label = "o2.netweave.io/pool";
inline constexpr std::string_view tenant_label = "netweave.io/tenant";
inline constexpr std::string_view token_annotation = "o2.netweave.io/client-token";
inline constexpr std::string_view name_annotation = "o2.netweave.io/name";
inline constexpr std::string_view description_annotation = "o2.netweave.io/description";
inline constexpr std::string_view instance_type_annotation = "o2.netweave.io/instance-type";

/// What every object says of itself; views the object.
struct Meta {
  std::string_view name;
  std::string_view name_space;
  std::string_view uid;
  std::uint64_t version = 0;
  std::string created;  ///< RFC 3339 with milliseconds
};

Meta meta_of(const Json& object);
/// metadata.labels, and metadata.annotations without the copy of the object that kubectl keeps there.
Value labels_of(const Json& object);
Value annotations_of(const Json& object);

/// Amounts in plain units.
struct Amounts {
  double cpu = 0;      ///< cores
  double memory = 0;   ///< bytes
  double storage = 0;  ///< bytes
  double gpus = 0;
};

/// What a node's resource type is made from.
struct Shape {
  std::string instance_type;  ///< the label; empty: the amounts name it
  std::string architecture;
  std::string provider;  ///< the scheme of spec.providerID ("aws"); empty: unknown
  Amounts amounts;
};

/// Where a node belongs by its own labels and annotations.
struct Membership {
  std::string pool;     ///< identifier of the pool that its labels name
  std::string label;    ///< the label that does: "eks.amazonaws.com/nodegroup"; empty for the default pool
  std::string value;    ///< and its value
  std::string machine;  ///< "cluster.x-k8s.io/<namespace>/<name>" or "machine.openshift.io/...": empty without one
  std::string zone;
  std::string region;
};

/// One node, and what the objects derived from all nodes need of it. `observed` has the pool of `membership`, unless
/// the caller knows the machine's.
struct MappedNode {
  Observed observed;
  Membership membership;
  Shape shape;
  Amounts allocatable;
  bool usable = false;  ///< ready, and open for pods
};

MappedNode map_node(std::string_view adapter, const Json& node);

struct MappedVolume {
  Observed observed;
  std::string storage_class;
  double bytes = 0;
};

MappedVolume map_volume(std::string_view adapter, const Json& volume);

/// The identifier and the resource type of a node's shape.
std::string type_id_of(std::string_view adapter, const Shape& shape);
ResourceType type_of(std::string_view adapter, const Shape& shape);
/// A StorageClass; `storage_class` may be null: then one that volumes name and the cluster does not have.
Observed map_storage_class(std::string_view adapter, std::string_view name, const Json& storage_class);
std::string storage_type_id(std::string_view adapter, std::string_view storage_class);

/// A MachineDeployment or MachineSet as a pool. `what` is md, ms or oms (identifiers.hpp). `failure_domain` is its
/// location as long as it has no nodes.
Observed map_scalable(std::string_view adapter, std::string_view what, const Json& object);
/// Owned by a MachineDeployment, hence no pool of its own.
bool has_owner(const Json& object, std::string_view kind);
/// Membership::machine of a node, by the annotations that both projects' controllers set; empty without one.
std::string machine_of(const Json& node);
/// The pool of a Machine, by the labels that its controllers set: empty where none is known.
std::string pool_of_machine(std::string_view adapter, bool openshift, const Json& machine);
/// The pool that a node's label makes.
ResourcePool label_pool(const Membership& membership);

/// Where an object's amounts are: capacity and allocatable.
Amounts amounts_of(const Json& quantities);

}  // namespace netweave::ims::kubernetes
