#pragma once

#include "adapters/ims/kubernetes/backend.hpp"

/// Writes of nodes and volumes. What O2 alone has (a description) is the store's; these change what Kubernetes has.
namespace netweave::ims::kubernetes {

Result<Observed> update_resource(const Backend& backend, const Resource& resource, const Value& patch,
                                 const CallContext& context);
Result<Removal> remove_resource(const Backend& backend, const std::string& id, const CallContext& context);

/// The merge patch of a node or a volume that this merge patch of a resource asks for; empty: nothing in Kubernetes
/// changes. Labels, annotations, a node's taints and `unschedulable` are taken over. A member removed as a whole
/// (`labels: null`, as a PUT without it leads to) is left alone: the kubelet owns most of it. Errors: `invalid`, a
/// fault for each member that is Kubernetes' own.
Result<Value> kubernetes_patch(const Value& patch, bool node);

}  // namespace netweave::ims::kubernetes
