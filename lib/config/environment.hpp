#pragma once

#include <map>
#include <string>
#include <vector>

#include "config/tree.hpp"

namespace netweave::config {

using Variables = std::map<std::string, std::string>;

/// Replaces `${NAME}` and `${NAME:-default}` (set and not empty, as in a shell) in every scalar; `$${` is a literal
/// `${`. What comes in is not looked at again.
void expand(Node& root, const Variables& variables, std::vector<Located>& faults);

/// Lays the NETWEAVE_ variables over the tree, each as a node whose origin is the variable.
void override_with(const Variables& variables, Node& root, std::vector<Located>& faults,
                   std::vector<std::string>& warnings);

}  // namespace netweave::config
