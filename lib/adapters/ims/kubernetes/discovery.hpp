#pragma once

#include <string>
#include <vector>

#include "adapters/ims/kubernetes/api_client.hpp"
#include "adapters/ims/kubernetes/collections.hpp"

namespace netweave::ims::kubernetes {

/// What a cluster is and what it serves.
struct Discovery {
  std::string version;             ///< "v1.36.3"
  std::string cluster_api;         ///< version of cluster.x-k8s.io with MachineDeployments ("v1beta2"); empty: none
  std::string openshift_machines;  ///< version of machine.openshift.io with MachineSets; empty: none
};

/// Asks the server. Blocks. Errors: those of ApiClient::call; `unavailable` while it is not ready.
Result<Discovery> discover(ApiClient& api, const std::stop_token& stop);

/// The collections to observe, in the order in which a full list reads them: what others refer to comes first.
std::vector<Collection> collections_of(const Discovery& discovery, const ClusterApiSettings& settings);
/// The paths of the Machines, by which nodes find their pool; listed, not watched.
std::vector<std::string> machine_paths(const Discovery& discovery, const ClusterApiSettings& settings);
/// Where the objects of a namespaced kind are: "/apis/<group>/<version>/namespaces/<namespace>/<plural>", or those of
/// all namespaces where it is empty.
std::string namespaced_path(const std::string& group, const std::string& version, const std::string& name_space,
                            const std::string& plural);

inline constexpr const char* cluster_api_group = "cluster.x-k8s.io";
inline constexpr const char* openshift_group = "machine.openshift.io";

}  // namespace netweave::ims::kubernetes
