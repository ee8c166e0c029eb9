#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "netweave/adapter/ims.hpp"

#include "adapters/ims/kubernetes/kubeconfig.hpp"

namespace netweave::ims::kubernetes {

/// An object that a MachineDeployment is made from, in its own namespace.
struct TemplateReference {
  std::string api_version;  ///< "infrastructure.cluster.x-k8s.io/v1beta2"
  std::string kind;
  std::string name;
};

/// `cluster_api`: for clusters whose machines Cluster API makes.
struct ClusterApiSettings {
  std::string name_space;    ///< key `namespace`: watched and written; empty: all are watched, "default" is written
  std::string cluster_name;  ///< of new pools, unless extensions.k8s.clusterName says otherwise
  std::string version;       ///< Kubernetes version of new machines ("v1.36.3"); empty: the provider's choice
  TemplateReference bootstrap_template;
  TemplateReference infrastructure_template;
  /// Infrastructure template's name for each `extensions.instanceType` that may be asked for. Empty: the type is only
  /// noted.
  std::map<std::string, std::string> instance_types;
};

/// The adapter's `config`, read.
struct Settings {
  std::string name;   ///< the adapter's
  Endpoint endpoint;  ///< keys `kubeconfig` and `context`, or `in_cluster`, `service_account_dir`, `api_server`
  ClusterApiSettings cluster_api;
  std::size_t list_page_size = 1000;  ///< 1 to 10,000 objects; 0: lists are not cut
  /// `sendInitialEvents` where the server has it. It spares the memory of servers before 1.33; newer ones write lists
  /// as they go anyway, in half the time that events take.
  bool streaming_lists = false;
  std::chrono::milliseconds watch_timeout{std::chrono::minutes(5)};  ///< 1 s to 1 h; then a watch is begun anew
  std::chrono::milliseconds connect_timeout{5000};
  std::chrono::milliseconds timeout{30000};
  std::string user_agent;
  std::function<void(std::string_view level, std::string_view message)> log;
};

/// Errors: `invalid` with all faults at once, an unreadable kubeconfig among them.
Result<Settings> read_settings(const AdapterSettings& given);

}  // namespace netweave::ims::kubernetes
