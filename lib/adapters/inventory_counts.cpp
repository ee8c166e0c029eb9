#include "adapters/inventory_counts.hpp"

namespace netweave::adapters {

void InventoryCounts::begin(const state::Snapshot& snapshot, const std::vector<AdapterConfig>& adapters) {
  Counts counts;
  for (Kind kind : model::observed_kinds) {
    auto& by_adapter = counts[kind];
    for (const AdapterConfig& adapter : adapters) by_adapter[adapter.name] = 0;
    for (auto cursor = snapshot.table(kind).begin(); cursor.valid(); cursor.next()) add(counts, *cursor, 1);
  }
  std::lock_guard lock(mutex_);
  counts_ = std::move(counts);
}

void InventoryCounts::count(std::span<const store::Entry> entries) {
  std::lock_guard lock(mutex_);
  for (const store::Entry& entry : entries) {
    if (!entry.object && !entry.prior) continue;
    if (!counts_.contains(entry.subject().kind())) continue;
    if (entry.object) add(counts_, *entry.object, 1);
    if (entry.prior) add(counts_, *entry.prior, -1);
  }
}

void InventoryCounts::add(Counts& counts, const model::Object& object, std::int64_t by) {
  auto& by_adapter = counts[object.kind()];
  auto place = by_adapter.find(object.adapter());
  if (place == by_adapter.end()) place = by_adapter.emplace(object.adapter(), 0).first;
  place->second += by;
}

void InventoryCounts::read(const telemetry::Metrics::Emit& emit) const {
  std::lock_guard lock(mutex_);
  for (const auto& [kind, by_adapter] : counts_)
    for (const auto& [adapter, count] : by_adapter)
      emit({{"kind", std::string(to_string(kind))}, {"adapter", adapter}}, static_cast<double>(count));
}

}  // namespace netweave::adapters
