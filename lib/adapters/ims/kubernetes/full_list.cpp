#include "adapters/ims/kubernetes/full_list.hpp"

namespace netweave::ims::kubernetes {
namespace {

Result<void> list_machines(const std::string& path, ListWatch& list_watch, const Settings& settings,
                           Inventory& inventory, const std::stop_token& stop) {
  bool openshift = path.find(openshift_group) != std::string::npos;
  auto note = [&](const Json& machine) {
    Meta meta = meta_of(machine);
    std::string key = openshift ? openshift_group : cluster_api_group;
    key.append("/").append(meta.name_space).append("/").append(meta.name);
    inventory.set_machine(key, pool_of_machine(settings.name, openshift, machine));
  };
  Result<std::string> listed = list_watch.list(path, note, stop);
  if (!listed) return std::move(listed).error();
  return {};
}

}  // namespace

Result<std::map<std::string, std::string>> list_everything(ListWatch& list_watch, const Discovery& discovery,
                                                           const Settings& settings, Inventory& inventory,
                                                           const std::function<void(Observed)>& add,
                                                           const std::stop_token& stop) {
  for (const std::string& path : machine_paths(discovery, settings.cluster_api))
    if (Result<void> listed = list_machines(path, list_watch, settings, inventory, stop); !listed)
      return std::move(listed).error();
  Changes changes;
  auto add_all = [&] {
    for (Change& change : changes)
      if (auto* observed = std::get_if<Observed>(&change)) add(std::move(*observed));
    changes.clear();
  };
  std::map<std::string, std::string> revisions;
  for (const Collection& collection : collections_of(discovery, settings.cluster_api)) {
    auto note = [&](const Json& object) {
      inventory.put(collection.source, object, changes);
      add_all();
    };
    Result<std::string> listed = list_watch.list(collection.path, note, stop);
    if (!listed) return std::move(listed).error();
    revisions[collection.path] = std::move(*listed);
  }
  inventory.refresh(changes);
  add_all();
  return revisions;
}

}  // namespace netweave::ims::kubernetes
