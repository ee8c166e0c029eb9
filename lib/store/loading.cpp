#include "store/loading.hpp"

#include <algorithm>

namespace netweave::store {
namespace {

Result<Loaded> fold(store::Log& entries) {
  Loaded loaded;
  auto head = entries.load([&](ObjectRef object) { loaded.objects.push_back(std::move(object)); });
  if (!head) return std::move(head).error();
  loaded.head = *head;
  return loaded;
}

}  // namespace

Result<std::unique_ptr<Store>> open(const Config& config) {
  const StoreConfig& store = config.store;
  if (store.backend == StoreBackend::memory) return open_memory();
  if (store.backend == StoreBackend::redis) return open_redis(redis_options(config));
  return open_sqlite({store.path, store.sync == StoreSync::full});
}

Result<Loaded> load(Store& store, const netweave::Log& log) {
  // first: what another gateway of the fleet commits and tells meanwhile is no log that went backwards
  auto positions = store.positions().load();
  if (!positions) return std::move(positions).error();
  auto loaded = fold(store.log());
  if (!loaded) return loaded;
  auto beyond = [&](const Position& position) { return position.revision > loaded->head; };
  if (std::none_of(positions->begin(), positions->end(), beyond)) return loaded;
  std::string old = store.log().epoch();
  auto begun = store.log().begin_epoch(old);
  if (!begun) return std::move(begun).error();
  log.warn("the log went backwards: another epoch begins", {{"was", old}, {"epoch", *begun}});
  return fold(store.log());
}

}  // namespace netweave::store
