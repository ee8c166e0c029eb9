#pragma once

#include "events/delivery_counts.hpp"
#include "events/event.hpp"
#include "events/stream_hub.hpp"
#include "telemetry/metrics.hpp"

/// What the metrics say of events. All that is given must outlive the metrics' last text.
namespace netweave::events {

void add_metrics(telemetry::Metrics& metrics, const DeliveryCounts& counts);
void add_metrics(telemetry::Metrics& metrics, const EventCounts& counts);
void add_metrics(telemetry::Metrics& metrics, const StreamHub& streams);

}  // namespace netweave::events
