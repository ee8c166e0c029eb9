#pragma once

#include "api/idempotency.hpp"
#include "api/router.hpp"

namespace netweave::api::ims {

/// Deployment managers, pools, resources, types: reads from the state, writes through the adapters.
void add_inventory(Router& router, const std::string& base, Idempotency& idempotency);
/// Subscriptions: the gateway's own documents.
void add_subscriptions(Router& router, const std::string& base, Idempotency& idempotency);
/// Tenants: the gateway's own documents as well; v3.
void add_tenants(Router& router, const std::string& base, Idempotency& idempotency);
/// A step that makes the tenant that is always there.
Result<void> ensure_default_tenant(state::Transaction& transaction);
/// What the gateway says of itself: oCloudInfrastructure, features.
void add_about(Router& router, const std::string& base);

}  // namespace netweave::api::ims
