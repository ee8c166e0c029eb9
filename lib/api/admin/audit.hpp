#pragma once

#include "api/router.hpp"

namespace netweave::api::admin {

/// The audit's events: of the caller's tenant (/tenant/audit/events), of all (/admin/audit/events). A page at a time,
/// or all of them as JSON lines.
void add_audit(Handlers& handlers);

}  // namespace netweave::api::admin
