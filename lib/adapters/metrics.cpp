#include "adapters/metrics.hpp"

namespace netweave::adapters {

void add_metrics(telemetry::Metrics& metrics, const std::vector<std::unique_ptr<Host>>& hosts, Clock clock) {
  metrics.gauge("netweave_inventory_lag_seconds", "Age of what is known of a backend",
                [&hosts, clock = std::move(clock)](const telemetry::Metrics::Emit& emit) {
                  Millis now = to_millis(clock());
                  for (const auto& host : hosts) {
                    AdapterStatus status = host->status();
                    if (status.last_contact > 0)
                      emit({{"adapter", status.name}}, static_cast<double>(now - status.last_contact) / 1000);
                  }
                });
}

void add_metrics(telemetry::Metrics& metrics, const InventoryCounts& inventory) {
  metrics.gauge("netweave_inventory_objects", "Objects in the inventory",
                [&inventory](const telemetry::Metrics::Emit& emit) { inventory.read(emit); });
}

}  // namespace netweave::adapters
