#include "api/limits.hpp"
#include "events/event.hpp"
#include "events/status.hpp"
#include "events/webhook.hpp"
#include "gateway/parts.hpp"

/// What the API stands on.
namespace netweave {

api::NewWebhook Gateway::Impl::new_webhook(std::string_view api_version, std::optional<model::Revision> from) const {
  events::Webhook webhook{events::make_secret(), std::string(api_version), from};
  return {events::make_webhook({}, webhook, sealing_key).json, events::security_object(webhook.secret)};
}

/// Of who is delivered here and has nothing to wait for; how far behind one is, the log must say.
std::optional<Value> Gateway::Impl::known_status([[maybe_unused]] const std::string& id) const {
#ifdef NETWEAVE_WEBHOOKS
  auto status = delivery->status(id);
  if (!status || events::waits(*status)) return std::nullopt;
  return events::status_json(*status, store->log(), to_millis(clock()));
#else
  return Value::object();
#endif
}

Result<Value> Gateway::Impl::stored_status(const std::string& id) const {
#ifdef NETWEAVE_WEBHOOKS
  if (auto status = delivery->status(id)) return events::status_json(*status, store->log(), to_millis(clock()));
#endif
  auto status = events::stored_status(store->positions(), id);
  if (!status) return std::move(status).error();
  return events::status_json(*status, store->log(), to_millis(clock()));
}

Result<void> Gateway::Impl::check_callback([[maybe_unused]] const std::string& url) const {
#ifdef NETWEAVE_WEBHOOKS
  return events::check_callback_blocking(url, *callback_rules);
#else
  return make_error(ErrorKind::unimplemented, "this build delivers no notifications (Meson feature webhooks)");
#endif
}

void Gateway::Impl::audit_webhook(const std::string& subscription_id, const std::string& reason) {
  tenancy::AuditEvent event;
  event.type = "webhook.failed";
  event.resource_type = to_string(Kind::subscription);
  event.resource_id = subscription_id;
  event.action = "deliver";
  event.details["reason"] = reason;
  auto snapshot = state.snapshot();
  if (const model::Object* object = snapshot->find(Kind::subscription, subscription_id)) event.tenant = object->owner();
  audit->record(std::move(event));
}

Result<void> Gateway::Impl::make_services(std::string cursor_key) {
  if (config.multi_tenancy.enabled)
    if (auto made = make_authenticator(); !made) return made;
  services = std::make_unique<api::Services>(api::Services{
      .config = config,
      .state = state,
      .writer = writer,
      .writes = writes,
      .hosts = hosts,
      .routing = routing_rules,
      .pool = pool,
      .scans = scans,
      .entries = store->log(),
      .letters = store->streams(),
      .streams = streams,
      .clock = clock,
      .log = log,
      .cursor_key = std::move(cursor_key),
      .sealing_key = sealing_key,
      .service_uri =
          [this] {
            std::lock_guard lock(mutex);
            return service_uri;
          },
      .metrics = [this] { return metrics.text(); },
      .draining = [this] { return draining.load() || stopped.load(); },
      .store_fault = [this] { return writer.fault(); },
      .known_status = [this](const std::string& id) { return known_status(id); },
      .stored_status = [this](const std::string& id) { return stored_status(id); },
      .check_callback = [this](const std::string& url) { return check_callback(url); },
      .make_webhook = [this](std::string_view version,
                             std::optional<model::Revision> from) { return new_webhook(version, from); },
      .identify = [this](const http::Request& request,
                         auto done) { authenticator->identify(request, std::move(done)); },
      .audit = audit.get(),
      .quotas = config.multi_tenancy.enabled ? &quotas : nullptr,
      .trusted_proxies = api::TrustedProxies(config.tls.trusted_proxies),
      .tracer = tracer.get(),
  });
  auto observe = [this](const api::Call& call, int status, std::chrono::nanoseconds took) {
    http_metrics.observe(call, status, took);
    if (!log.enabled(LogLevel::debug)) return;
    log.debug("request", {{"request_id", call.request_id},
                          {"trace_id", call.trace().trace_text()},
                          {"tenant", call.own_tenant()},
                          {"method", call.request.method},
                          {"route", std::string(call.route)},
                          {"status", std::to_string(status)},
                          {"duration_ms", std::to_string(std::chrono::duration<double, std::milli>(took).count())}});
  };
  auto made = api::Api::make(*services, observe);
  if (!made) return std::move(made).error();
  api = std::move(*made);
  limits::Limiter::Context context{store->buckets(), [this] { return static_cast<unsigned>(duties.members().size()); },
                                   log};
  limiter = std::make_unique<limits::Limiter>(std::move(context), api::limited_routes(api->document()));
  services->limiter = limiter.get();
  return limiter->configure(config.rate_limit);
}

}  // namespace netweave
