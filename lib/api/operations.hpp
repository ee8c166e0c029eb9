#pragma once

#include "api/openapi/document.hpp"
#include "api/router.hpp"

namespace netweave::api {

/// What probes and scrapers ask, and must be told however busy the gateway is: health, readiness, metrics.
bool is_probe(const openapi::Operation& operation);

/// Liveness, readiness, metrics and the links at the roots.
void add_operations(Handlers& handlers, bool metrics);

}  // namespace netweave::api
