#pragma once

#include <memory>
#include <string>

#include "store/store.hpp"
#include "telemetry/metrics.hpp"
#include "telemetry/tracer.hpp"

namespace netweave::store {

/// That store, with every call that may go to disk or network counted and timed: `netweave_store_operations_total`,
/// `netweave_store_operation_duration_seconds`. `Log::wait` is not, since waiting is its work. Those of a
/// trace have spans. Metrics and tracer must outlive it.
std::unique_ptr<Store> measured(std::unique_ptr<Store> store, StoreBackend backend, telemetry::Metrics& metrics,
                                telemetry::Tracer* tracer = nullptr);

}  // namespace netweave::store
