#pragma once

#include "api/idempotency.hpp"
#include "api/router.hpp"

namespace netweave::api::admin {

/// Users of the caller's own tenant (/tenant/users) and of any (/admin/tenants/{id}/users); who asks (/user).
void add_users(Handlers& handlers, Idempotency& idempotency);

}  // namespace netweave::api::admin
