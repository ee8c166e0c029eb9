#include "api/api.hpp"

#include "api/admin/audit.hpp"
#include "api/admin/roles.hpp"
#include "api/admin/routing.hpp"
#include "api/admin/users.hpp"
#include "api/audit_trail.hpp"
#include "api/ims/batch.hpp"
#include "api/ims/inventory.hpp"
#include "api/operations.hpp"
#include "api/oran/inventory.hpp"
#include "api/request_span.hpp"
#include "api/streams/events.hpp"

namespace netweave::api {

Result<std::unique_ptr<Api>> Api::make(const Services& services, Observer observer) {
  std::unique_ptr<Api> api(new Api(services, std::move(observer)));
  auto document = openapi::Document::make(openapi::configured(services.config));
  if (!document) return std::move(document).error();
  api->document_ = std::move(*document);
  api->pages_ = std::make_unique<docs::Pages>(*api->document_);
  Handlers handlers;
  for (const std::string version : {"V1", "V2", "V3"}) {
    ims::add_inventory(handlers, version, api->idempotency_);
    ims::add_subscriptions(handlers, version, api->idempotency_);
    ims::add_about(handlers, version);
    if (version != "V1") ims::add_batch(handlers, version, api->idempotency_);
    if (version != "V1") streams::add_events(handlers, version);
  }
  for (const std::string version : {"V3", ""}) ims::add_tenants(handlers, version, api->idempotency_);
  admin::add_users(handlers, api->idempotency_);
  admin::add_roles(handlers, api->idempotency_);
  admin::add_audit(handlers);
  oran::add_inventory(handlers);
  admin::add_routing(handlers);
  add_operations(handlers, services.config.metrics.enabled);
  docs::add_docs(handlers, *api->pages_);
  auto guard = Guard::make(services, *api->document_);
  if (!guard) return std::move(guard).error();
  api->guard_ = std::make_unique<const Guard>(std::move(*guard));
  // without multi-tenancy no request pays for being let in
  const Guard* asked = services.config.multi_tenancy.enabled ? api->guard_.get() : nullptr;
  auto router = Router::make(*api->document_, handlers, asked);
  if (!router) return std::move(router).error();
  api->router_ = std::move(*router);
  auto operations = Router::make(*api->document_, handlers, nullptr, is_probe);
  if (!operations) return std::move(operations).error();
  api->operations_ = std::move(*operations);
  return api;
}

void Api::handle(http::Request request, http::Completion done) const {
  dispatch(router_, std::move(request), std::move(done));
}

void Api::handle_operations(http::Request request, http::Completion done) const {
  dispatch(operations_, std::move(request), std::move(done));
}

void Api::dispatch(const Router& router, http::Request request, http::Completion done) const {
  auto call = std::make_shared<Call>(services_, std::move(request), std::move(done));
  in_flight_.fetch_add(1, std::memory_order_relaxed);
  call->finished = [this](const Call& answered, int status) {
    in_flight_.fetch_sub(1, std::memory_order_relaxed);
    if (services_.audit != nullptr && (answered.asked != nullptr)) audit_answer(answered, status);
    if (services_.tracer != nullptr) report_span(answered, status);
    if (observer_) observer_(answered, status, answered.took());
  };
  try {
    if (services_.tracer == nullptr) return router.dispatch(call);
    TraceScope scope(call->trace());
    router.dispatch(call);
  } catch (const std::exception& exception) {
    services_.log.error("a handler failed", {{"request_id", call->request_id},
                                             {"trace_id", call->trace().trace_text()},
                                             {"route", std::string(call->route)},
                                             {"error", exception.what()}});
    call->answer(make_error(ErrorKind::internal, "a fault of this gateway; its log says more under this request id"));
  }
}

}  // namespace netweave::api
