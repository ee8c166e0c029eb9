#pragma once

#include <memory>

#include "netweave/adapter/ims.hpp"

namespace netweave::ims::kubernetes {

/// The adapter of type "kubernetes": clusters of 1.30 and newer, by kubeconfig or from within. The keys of its `config`
/// stand in settings.hpp. Errors: `invalid`, with every fault of the settings and of the kubeconfig file at once. The
/// server is not called.
Result<std::unique_ptr<Adapter>> make_kubernetes(const AdapterSettings& settings);

}  // namespace netweave::ims::kubernetes
