#pragma once

#include <string>
#include <string_view>

#include "netweave/model.hpp"

/// How Kubernetes' names become O2 identifiers and labels, and back.
namespace netweave::ims::kubernetes {

/// What an identifier stands for: "node", "pv", "type", "storageclass", "cluster", or a pool's: "md" (Cluster API
/// MachineDeployment), "ms" (its MachineSet), "oms" (OpenShift MachineSet), "gke", "eks", "aks", "role", "o2" (the
/// label `o2.netweave.io/pool`), "default".
struct Reference {
  std::string what;
  std::string name;        ///< empty for "cluster" and "default"
  std::string name_space;  ///< of md, ms and oms
};

/// `<adapter>-<what>-<name>`, with `<namespace>.<name>` where there is a namespace (which holds no dot). Longer than
/// 255 bytes: cut, with a hash that keeps it unique (and that `reference_of` can't read).
std::string make_id(std::string_view adapter, const Reference& reference);
/// The reverse; `what` is empty where the identifier is none of this adapter's.
Reference reference_of(std::string_view adapter, std::string_view id);

/// A name that Kubernetes accepts for an object and as a label's value: `wished` where that is one already, else what
/// is left of it in lower case with a hash of `salt` behind it.
std::string object_name(std::string_view wished, std::string_view fallback, std::string_view salt);

}  // namespace netweave::ims::kubernetes
