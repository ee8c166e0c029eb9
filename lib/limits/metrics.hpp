#pragma once

#include "limits/limiter.hpp"
#include "telemetry/metrics.hpp"

namespace netweave::limits {

/// What the metrics say of the limits, which must outlive the metrics' last text.
void add_metrics(telemetry::Metrics& metrics, const Limiter& limiter);

}  // namespace netweave::limits
