#include "events/metrics.hpp"

#include <algorithm>

namespace netweave::events {
namespace {

using Emit = telemetry::Metrics::Emit;

}  // namespace

void add_metrics(telemetry::Metrics& metrics, const DeliveryCounts& counts) {
  metrics.counter_from("netweave_notifications_total", "Notifications by what became of them",
                       [&counts](const Emit& emit) {
                         emit({{"result", "delivered"}}, static_cast<double>(counts.delivered.load()));
                         emit({{"result", "retried"}}, static_cast<double>(counts.retried.load()));
                         emit({{"result", "refused"}}, static_cast<double>(counts.refused.load()));
                         emit({{"result", "dead"}}, static_cast<double>(counts.dead.load()));
                       });
  metrics.gauge("netweave_notification_queue", "Notifications that wait", [&counts](const Emit& emit) {
    std::size_t under_way = counts.under_way.load();
    std::size_t held = counts.held.load();
    std::size_t all = counts.pending.load();
    emit({{"state", "under_way"}}, static_cast<double>(under_way));
    emit({{"state", "held"}}, static_cast<double>(held));
    emit({{"state", "pending"}}, static_cast<double>(all - std::min(all, under_way + held)));
  });
}

void add_metrics(telemetry::Metrics& metrics, const EventCounts& counts) {
  metrics.counter_from("netweave_events_total", "Events in the log, by type", [&counts](const Emit& emit) {
    for (const EventType& type : event_types())
      emit({{"type", std::string(type.name)}}, static_cast<double>(counts.of(type)));
  });
}

void add_metrics(telemetry::Metrics& metrics, const StreamHub& streams) {
  metrics.gauge("netweave_streams", "Event streams and watches that are open",
                [&streams](const Emit& emit) { emit({}, static_cast<double>(streams.open_streams())); });
  metrics.counter_from("netweave_streams_ended_total", "Streams that the gateway ended, by why",
                       [&streams](const Emit& emit) {
                         for (Ending why : endings)
                           emit({{"reason", std::string(to_string(why))}}, static_cast<double>(streams.ended(why)));
                       });
}

}  // namespace netweave::events
