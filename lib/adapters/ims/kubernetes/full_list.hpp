#pragma once

#include <functional>
#include <map>
#include <string>

#include "adapters/ims/kubernetes/discovery.hpp"
#include "adapters/ims/kubernetes/inventory.hpp"
#include "adapters/ims/kubernetes/list_watch.hpp"

namespace netweave::ims::kubernetes {

/// Lists every collection of the cluster through a new inventory, and gives all that results to `add`, in the order in
/// which it arrives (an object may come twice; the later one holds). The resourceVersion of each collection, by path.
/// Blocks. Errors: those of ListWatch::list; then what was added is worth nothing.
Result<std::map<std::string, std::string>> list_everything(ListWatch& list_watch, const Discovery& discovery,
                                                           const Settings& settings, Inventory& inventory,
                                                           const std::function<void(Observed)>& add,
                                                           const std::stop_token& stop);

}  // namespace netweave::ims::kubernetes
