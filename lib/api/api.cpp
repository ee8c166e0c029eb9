#include "api/api.hpp"

#include "api/admin/routing.hpp"
#include "api/ims/batch.hpp"
#include "api/ims/inventory.hpp"
#include "api/operations.hpp"

namespace netweave::api {

Api::Api(const Services& services, Observer observer) : services_(services), observer_(std::move(observer)) {
  for (const std::string base : {"/o2ims/v1", "/o2ims/v2", "/o2ims/v3"}) {
    ims::add_inventory(router_, base, idempotency_);
    ims::add_subscriptions(router_, base, idempotency_);
    ims::add_about(router_, base);
    if (base != "/o2ims/v1") ims::add_batch(router_, base, idempotency_);
  }
  ims::add_tenants(router_, "/o2ims/v3", idempotency_);
  admin::add_routing(router_);
  add_operations(router_, services.config.metrics.path, services.config.metrics.enabled);
}

void Api::handle(http::Request request, http::Completion done) const {
  auto call = std::make_shared<Call>(services_, std::move(request), std::move(done));
  if (observer_)
    call->finished = [this](const Call& answered, int status) { observer_(answered, status, answered.took()); };
  try {
    router_.dispatch(call);
  } catch (const std::exception& exception) {
    services_.log.error("a handler failed", {{"route", std::string(call->route)}, {"error", exception.what()}});
    call->answer(make_error(ErrorKind::internal, "a fault of this gateway; its log says more under this request id"));
  }
}

}  // namespace netweave::api
