#pragma once

#include <atomic>
#include <mutex>

#include "netweave/gateway.hpp"

#include "adapters/making.hpp"
#include "adapters/metrics.hpp"
#include "api/api.hpp"
#include "api/http_metrics.hpp"
#include "base/executor.hpp"
#include "events/callback.hpp"
#include "events/metrics.hpp"
#include "events/stream_hub.hpp"
#include "fleet/duties.hpp"
#include "limits/limiter.hpp"
#include "tenancy/audit.hpp"
#include "tenancy/authenticator.hpp"
#ifdef NETWEAVE_WEBHOOKS
#include "events/delivery.hpp"
#endif

namespace netweave {

/// The parts, lowest first; they end in the opposite order.
struct Gateway::Impl {
  static constexpr std::string_view house = "house";  // the duty to cut what grows without end

  Impl(Config with, Options given, Log logger, std::optional<telemetry::SendSpans> send_spans,
       std::unique_ptr<store::Store> kept);

  std::unique_ptr<telemetry::Tracer> make_tracer(telemetry::SendSpans send);
  Result<void> load();
  Result<void> make_delivery();
  api::NewWebhook new_webhook(std::string_view api_version, std::optional<model::Revision> from) const;
  std::optional<Value> known_status(const std::string& id) const;
  Result<Value> stored_status(const std::string& id) const;
  Result<void> check_callback(const std::string& url) const;
  bool in_flight(const adapters::Intent& intent) const;
  void add_duties();
  void add_hosts(std::vector<adapters::MadeAdapter> made);
  Result<void> make_authenticator();
  Result<void> make_services(std::string cursor_key);
  void add_metrics();
  void refuse_quota(Kind kind);
  void audit_webhook(const std::string& subscription_id, const std::string& reason);
  Result<void> start();
  void keep_house(std::stop_token stop);
  void stop();

  Config config;
  Options options;
  Log log;
  Clock clock;
  telemetry::Metrics metrics;
  std::string member;                         // of the fleet
  std::unique_ptr<telemetry::Tracer> tracer;  // with tracing
  std::unique_ptr<store::Store> store;
  state::State state;
  state::Writer writer;
  state::Tail tail;
  adapters::HostContext host_context;
  std::unique_ptr<tenancy::AuditLog> audit;  // with multi-tenancy
  tenancy::Quotas quotas;
  fleet::Duties duties;
  adapters::Writes writes;
  routing::Hosts hosts;
  routing::Rules routing_rules;
  Executor pool;
  Executor scans;
  api::HttpMetrics http_metrics;
  std::unique_ptr<limits::Limiter> limiter;
  events::EventCounts event_counts;
  adapters::InventoryCounts inventory;
  std::string sealing_key;  // 32 bytes, or empty
  std::optional<events::CallbackRules> callback_rules;
#ifdef NETWEAVE_WEBHOOKS
  std::unique_ptr<events::Delivery> delivery;
#endif
  std::shared_ptr<events::StreamHub> streams;  // bodies of answers keep it
  std::unique_ptr<tenancy::Authenticator> authenticator;
  std::unique_ptr<api::Services> services;
  std::unique_ptr<api::Api> api;
  mutable std::mutex mutex;
  std::string service_uri;
  std::atomic<bool> draining{false};
  std::atomic<bool> stopped{false};
  std::stop_source stopping;  // ends the event readers
  bool started = false;
  std::jthread housekeeper;
};

}  // namespace netweave
