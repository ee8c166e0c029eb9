#pragma once

#include <string>

namespace netweave::ims::kubernetes {

enum class Source { storage_classes, machine_deployments, machine_sets, openshift_machine_sets, volumes, nodes };

/// One list of the API server that is observed.
struct Collection {
  Source source = Source::nodes;
  std::string path;  ///< "/api/v1/nodes": stands for the collection in checkpoints, too
};

}  // namespace netweave::ims::kubernetes
