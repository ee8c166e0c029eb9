#pragma once

#include "api/router.hpp"

namespace netweave::api::admin {

/// GET /admin/routing/explain: which adapter would get a creation, and why each rule would not have it.
void add_routing(Handlers& handlers);

}  // namespace netweave::api::admin
