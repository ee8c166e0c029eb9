#pragma once

#include "api/router.hpp"

namespace netweave::api {

/// Liveness, readiness, metrics and the links at the roots.
void add_operations(Router& router, const std::string& metrics_path, bool metrics);

}  // namespace netweave::api
