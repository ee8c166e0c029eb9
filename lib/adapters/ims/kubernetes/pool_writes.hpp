#pragma once

#include "adapters/ims/kubernetes/backend.hpp"

/// Writes of pools. A pool is a MachineDeployment where Cluster API is installed; with `extensions.k8s.selector`, or
/// where it is not, a label on nodes (label_pool_writes.hpp).
namespace netweave::ims::kubernetes {

Result<Observed> create_pool(const Backend& backend, const ResourcePool& pool, const CallContext& context);
Result<Observed> update_pool(const Backend& backend, const ResourcePool& pool, const Value& patch,
                             const CallContext& context);
Result<Removal> remove_pool(const Backend& backend, const std::string& id, const CallContext& context);

/// The MachineDeployment that a new pool becomes. `version` is Cluster API's ("v1beta2"). Errors: `invalid`: no cluster
/// or template is named, replicas that are no count, an instance type that no template stands for.
Result<Value> machine_deployment(const Settings& settings, const std::string& version, const ResourcePool& pool,
                                 const std::string& client_token, const std::string& tenant = {});

}  // namespace netweave::ims::kubernetes
