#include "limits/metrics.hpp"

namespace netweave::limits {

void add_metrics(telemetry::Metrics& metrics, const Limiter& limiter) {
  using Emit = telemetry::Metrics::Emit;
  metrics.counter_from("netweave_rate_limited_total", "Requests refused, by whose limit", [&](const Emit& emit) {
    for (Scope scope : scopes)
      emit({{"scope", std::string(to_string(scope))}}, static_cast<double>(limiter.refused(scope)));
  });
  metrics.gauge("netweave_rate_limit_local", "1 while this gateway keeps to its share: the store can't be reached",
                [&](const Emit& emit) { emit({}, limiter.cut_off() ? 1 : 0); });
  metrics.gauge("netweave_rate_limit_members", "Gateways that share the limits, as far as this one knows",
                [&](const Emit& emit) { emit({}, limiter.members()); });
  metrics.counter_from("netweave_rate_limit_round_trips_total", "Looks at the buckets that the fleet shares",
                       [&](const Emit& emit) { emit({}, static_cast<double>(limiter.round_trips())); });
}

}  // namespace netweave::limits
