#pragma once

#include "api/router.hpp"

namespace netweave::api {

/// Liveness, readiness, metrics and the links at the roots.
void add_operations(Handlers& handlers, bool metrics);

}  // namespace netweave::api
