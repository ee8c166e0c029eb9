#include <algorithm>

#include "config/keys.hpp"

namespace netweave {
namespace {

using config::Key;

void compare_items(const config::List& list, const Config& before, const Config& after,
                   std::vector<ConfigChange>& changes) {
  std::string path(list.path);
  auto same = [&](std::size_t i) {
    const void* a = list.item(before, i);
    const void* b = list.item(after, i);
    return std::all_of(list.keys.begin(), list.keys.end(),
                       [&](const Key& key) { return key.access.read(a) == key.access.read(b); });
  };
  std::size_t common = std::min(list.size(before), list.size(after));
  for (std::size_t i = 0; i < common; ++i)
    if (!same(i)) changes.push_back({path + "[" + std::to_string(i) + "]", list.reloads});
  if (list.size(before) != list.size(after)) changes.push_back({path, list.reloads});
}

}  // namespace

std::vector<ConfigChange> config_changes(const Config& before, const Config& after) {
  std::vector<ConfigChange> changes;
  for (const Key& key : config::config_keys())
    if (key.access.read(&before) != key.access.read(&after)) changes.push_back({std::string(key.path), key.reloads});
  for (const config::List& list : config::config_lists()) compare_items(list, before, after, changes);
  return changes;
}

}  // namespace netweave
