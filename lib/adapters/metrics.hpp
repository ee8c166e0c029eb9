#pragma once

#include <memory>
#include <vector>

#include "adapters/host.hpp"
#include "adapters/inventory_counts.hpp"
#include "telemetry/metrics.hpp"

namespace netweave::adapters {

/// What the metrics say of the adapters, which must outlive the metrics' last text.
void add_metrics(telemetry::Metrics& metrics, const std::vector<std::unique_ptr<Host>>& hosts, Clock clock);

/// Likewise of what they found.
void add_metrics(telemetry::Metrics& metrics, const InventoryCounts& inventory);

}  // namespace netweave::adapters
