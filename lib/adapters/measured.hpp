#pragma once

#include <memory>
#include <string>

#include "netweave/adapter/ims.hpp"

#include "telemetry/metrics.hpp"
#include "telemetry/tracer.hpp"

namespace netweave::adapters {

/// That adapter, with its writes and reads counted and timed: `netweave_adapter_requests_total`,
/// `netweave_adapter_request_duration_seconds`. Those of a trace have spans, which their
/// contexts name. `observe`, which runs until it is stopped, is left alone. Metrics and tracer must outlive it.
std::unique_ptr<ims::Adapter> measured(std::unique_ptr<ims::Adapter> adapter, const std::string& name,
                                       telemetry::Metrics& metrics, telemetry::Tracer* tracer = nullptr);

}  // namespace netweave::adapters
