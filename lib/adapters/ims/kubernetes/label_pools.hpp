#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>

#include "netweave/model.hpp"

namespace netweave::ims::kubernetes {

/// What was said through O2 of pools that are a label on nodes: Kubernetes has no place for a name, a description, or
/// a pool without nodes. Filled from the feed's last objects and from writes. Any thread.
class LabelPools {
 public:
  void put(ResourcePool pool) {
    std::lock_guard lock(mutex_);
    std::string id = pool.resource_pool_id;
    removed_.erase(id);
    pools_[std::move(id)] = std::move(pool);
  }
  /// It is being removed: nodes that still have its label for a moment don't bring it back.
  void remove(const std::string& id) {
    std::lock_guard lock(mutex_);
    pools_.erase(id);
    removed_.insert(id);
  }
  [[nodiscard]] bool is_removed(const std::string& id) const {
    std::lock_guard lock(mutex_);
    return removed_.count(id) != 0;
  }
  [[nodiscard]] std::optional<ResourcePool> find(const std::string& id) const {
    std::lock_guard lock(mutex_);
    auto found = pools_.find(id);
    if (found == pools_.end()) return std::nullopt;
    return found->second;
  }

 private:
  mutable std::mutex mutex_;
  std::map<std::string, ResourcePool> pools_;
  std::set<std::string> removed_;
};

}  // namespace netweave::ims::kubernetes
