#pragma once

#include "api/idempotency.hpp"
#include "api/router.hpp"

namespace netweave::api::ims {

/// `version` is the ending of the operations' names: "V1".
/// Deployment managers, pools, resources, types: reads from the state, writes through the adapters.
void add_inventory(Handlers& handlers, const std::string& version, Idempotency& idempotency);
/// Subscriptions: the gateway's own documents.
void add_subscriptions(Handlers& handlers, const std::string& version, Idempotency& idempotency);
/// What can be asked of a subscription's delivery: the end of a suspension, another secret, its dead letters.
void add_delivery(Handlers& handlers, const std::string& version, Idempotency& idempotency);
/// Tenants: the gateway's own documents as well; "V3", and "" of /admin and /tenant.
void add_tenants(Handlers& handlers, const std::string& version, Idempotency& idempotency);
/// A step that makes the tenant that is always there.
Result<void> ensure_default_tenant(state::Transaction& transaction);
/// What the gateway says of itself: oCloudInfrastructure, features.
void add_about(Handlers& handlers, const std::string& version);

}  // namespace netweave::api::ims
