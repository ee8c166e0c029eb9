#pragma once

#include <map>
#include <string>
#include <vector>

#include "netweave/config.hpp"

#include "config/tree.hpp"

namespace netweave::config {

/// Where each key that was written stands, by its path ("adapters[0].name").
using Origins = std::map<std::string, Origin, std::less<>>;

/// Sets what the tree says over what `config` holds. A value with a fault leaves the setting as it was.
void read_tree(const Node& root, Config& config, Origins& origins, std::vector<Located>& faults);

}  // namespace netweave::config
