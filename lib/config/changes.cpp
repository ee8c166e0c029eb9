#include <algorithm>

#include "config/keys.hpp"

namespace netweave {
namespace {

using config::Key;

bool same(const AdapterConfig& a, const AdapterConfig& b) {
  for (const Key& key : config::adapter_keys())
    if (key.access.read(&a) != key.access.read(&b)) return false;
  return true;
}

}  // namespace

std::vector<ConfigChange> config_changes(const Config& before, const Config& after) {
  std::vector<ConfigChange> changes;
  for (const Key& key : config::config_keys())
    if (key.access.read(&before) != key.access.read(&after)) changes.push_back({std::string(key.path), key.reloads});
  std::size_t common = std::min(before.adapters.size(), after.adapters.size());
  for (std::size_t i = 0; i < common; ++i)
    if (!same(before.adapters[i], after.adapters[i])) changes.push_back({"adapters[" + std::to_string(i) + "]", false});
  if (before.adapters.size() != after.adapters.size()) changes.push_back({"adapters", false});
  return changes;
}

}  // namespace netweave
