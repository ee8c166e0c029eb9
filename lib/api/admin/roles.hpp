#pragma once

#include "api/idempotency.hpp"
#include "api/router.hpp"

namespace netweave::api::admin {

/// The roles that the caller's users may have (/roles), and what roles are made of (/permissions).
void add_roles(Handlers& handlers, Idempotency& idempotency);

}  // namespace netweave::api::admin
