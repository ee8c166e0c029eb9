#include "gateway/parts.hpp"

#include "netweave/version.hpp"

#include "adapters/measured.hpp"
#include "base/crypto.hpp"
#include "events/webhook.hpp"
#include "limits/metrics.hpp"
#include "store/loading.hpp"
#include "store/measured.hpp"

/// How the parts are made and bound to each other.
namespace netweave {
namespace {

constexpr unsigned backend_threads = 16;
constexpr std::size_t backend_queue = 1000;
constexpr unsigned api_threads = 2;
constexpr std::size_t api_queue = 1000;

}  // namespace

Gateway::Impl::Impl(Config with, Options given, Log logger, std::optional<telemetry::SendSpans> send_spans,
                    std::unique_ptr<store::Store> kept)
    : config(std::move(with)),
      options(std::move(given)),
      log(std::move(logger)),
      clock(options.clock ? options.clock : [] { return std::chrono::system_clock::now(); }),
      member(fleet::make_member_name()),
      tracer(send_spans ? make_tracer(std::move(*send_spans)) : nullptr),
      store(store::measured(std::move(kept), config.store.backend, metrics, tracer.get())),
      writer(store->log(), state, {config.store.commit_delay, 20000, clock, log}),
      tail(store->log(), state, log),
      host_context{store->log(),
                   state,
                   writer,
                   config.o_cloud.id,
                   clock,
                   log,
                   [this](const adapters::Intent& intent) { return in_flight(intent); },
                   member,
                   config.multi_tenancy.assign},
      audit(config.multi_tenancy.enabled ? std::make_unique<tenancy::AuditLog>(store->streams(), clock, log) : nullptr),
      quotas(tenancy::default_quota(config.multi_tenancy.default_tenant_quota),
             [this](Kind kind) { refuse_quota(kind); }),
      duties(store->leases(), host_context.member, {config.store.lease_ttl}, log),
      writes(host_context, backend_threads, backend_queue),
      routing_rules(config.routing),
      pool(api_threads, api_queue),
      scans(config.query.scan_workers, config.query.scan_workers * config.query.scan_waiting),
      http_metrics(metrics) {}

std::unique_ptr<telemetry::Tracer> Gateway::Impl::make_tracer(telemetry::SendSpans send) {
  telemetry::TracerOptions made_of;
  made_of.service = {config.tracing.service_name, std::string(version()), member};
  made_of.sampling_rate = config.tracing.sampling_rate;
  return std::make_unique<telemetry::Tracer>(std::move(made_of), std::move(send), metrics, log);
}

Result<void> Gateway::Impl::load() {
  auto kept = store::load(*store, log);
  if (!kept) return std::move(kept).error();
  model::Revision head = kept->head;
  state.load(std::move(kept->objects), head, store->log().epoch());
  events::StreamLimits limits;
  limits.max_streams = config.streams.max_streams;
  limits.buffer_bytes = config.streams.buffer_bytes;
  limits.bookmark_interval = config.streams.bookmark_interval;
  streams = events::StreamHub::make(store->log(), head, limits);
  tail.observe_epochs([this] {
    auto snapshot = state.snapshot();
    streams->on_epoch(snapshot->epoch(), snapshot->revision());
  });
  inventory.begin(*state.snapshot(), config.adapters);
  tail.observe_epochs([this] { inventory.begin(*state.snapshot(), config.adapters); });
  tail.observe([this](std::span<const store::Entry> entries) { inventory.count(entries); });
  tail.observe([hub = streams](std::span<const store::Entry> entries) { hub->on_entries(entries); });
  return {};
}

/// Notifications need a build with libcurl; without it making a subscription is refused.
Result<void> Gateway::Impl::make_delivery() {
  sealing_key = crypto::from_base64(config.store.encryption_key).value_or(std::string());
  auto rules = events::make_callback_rules(config.subscriptions);
  if (!rules) return std::move(rules).error();
  callback_rules = std::move(*rules);
#ifdef NETWEAVE_WEBHOOKS
  events::DeliveryContext context{*store, state, writer, config.subscriptions, clock, log};
  context.unseal = events::unseal_with(sealing_key);
  context.tenants = config.multi_tenancy.enabled;
  context.tracer = tracer.get();
  if (audit) context.gave_up = [this](const auto& id, const auto& reason) { audit_webhook(id, reason); };
  telemetry::Histogram& latency =
      metrics.histogram("netweave_notification_latency_seconds", "From a change's commit to its acceptance");
  context.latency = [&latency](double seconds) { latency.observe(seconds); };
  auto made = events::Delivery::make(std::move(context));
  if (!made) return std::move(made).error();
  delivery = std::move(*made);
  tail.observe([this](std::span<const store::Entry> entries) { delivery->on_entries(entries); });
#endif
  tail.observe([this](std::span<const store::Entry> entries) { event_counts.count(entries); });
  return {};
}

/// One of another gateway is under way while that lives.
bool Gateway::Impl::in_flight(const adapters::Intent& intent) const {
  if (intent.member == host_context.member) return writes.in_flight(intent.token);
  return duties.lives(intent.member);
}

/// What this gateway does alone, of those that share the store.
void Gateway::Impl::add_duties() {
  for (auto& host : hosts) {
    host->follow();
    auto begin = [&host = *host](const store::Fence& fence) { host.start(fence); };
    auto end = [&host = *host] {
      host.follow();
      host.request_stop();
    };
    duties.add({"observe/" + host->config().name, begin, end, [&host = *host] { return host.ended(); }});
  }
#ifdef NETWEAVE_WEBHOOKS
  for (unsigned share = 0; share < events::Delivery::shares; ++share)
    duties.add({events::Delivery::lease_of(share),
                [this, share](const store::Fence& fence) { delivery->assume(share, fence); },
                [this, share] { delivery->yield(share); }, [this, share] { return delivery->yielded(share); }});
#endif
  duties.add({std::string(house), [](const store::Fence&) {}, [] {}, [] { return true; }});
  tail.observe_epochs([this] {
#ifdef NETWEAVE_WEBHOOKS
    delivery->on_epoch();
#endif
    duties.restart();
  });
}

void Gateway::Impl::add_hosts(std::vector<adapters::MadeAdapter> made) {
  for (adapters::MadeAdapter& one : made) {
    auto adapter = adapters::measured(std::move(one.adapter), one.config.name, metrics, tracer.get());
    hosts.push_back(std::make_unique<adapters::Host>(std::move(one.config), std::move(adapter), host_context));
  }
}

Result<void> Gateway::Impl::make_authenticator() {
  const MultiTenancyConfig& tenancy = config.multi_tenancy;
  tenancy::AuthenticatorOptions made_of{
      tenancy.require_mtls, api::TrustedProxies(config.tls.trusted_proxies).networks(), {}};
  const JwtConfig& jwt = tenancy.jwt;
  if (!jwt.issuer.empty())
    made_of.jwt = {jwt.issuer,
                   jwt.audience,
                   jwt.jwks_uri,
                   jwt.jwks_file,
                   jwt.tenant_claim,
                   jwt.roles_claim,
                   std::chrono::duration_cast<std::chrono::seconds>(jwt.clock_skew)};
  auto made = tenancy::Authenticator::make(std::move(made_of), clock, log);
  if (!made) return std::move(made).error();
  authenticator = std::move(*made);
  return {};
}

void Gateway::Impl::refuse_quota(Kind kind) {
  metrics
      .counter("netweave_quota_rejected_total", "Creations refused by a tenant's quota",
               {{"kind", std::string(to_string(kind))}})
      .add();
}

void Gateway::Impl::add_metrics() {
  using Emit = telemetry::Metrics::Emit;
#ifdef NETWEAVE_WEBHOOKS
  events::add_metrics(metrics, delivery->counts());
#endif
  events::add_metrics(metrics, event_counts);
  events::add_metrics(metrics, *streams);
  adapters::add_metrics(metrics, hosts, clock);
  adapters::add_metrics(metrics, inventory);
  limits::add_metrics(metrics, *limiter);
  metrics.gauge("netweave_build_info", "The version that runs", [](const Emit& emit) {
    emit({{"version", std::string(version())}}, 1);
  });
  metrics.gauge("netweave_http_in_flight", "Requests that are not answered yet",
                [this](const Emit& emit) { emit({}, static_cast<double>(api->in_flight())); });
  metrics.gauge("netweave_subscriptions", "Subscriptions", [this](const Emit& emit) {
    emit({}, static_cast<double>(state.snapshot()->table(Kind::subscription).size()));
  });
  metrics.gauge("netweave_leader", "Whether this gateway observes the adapter's backend", [this](const Emit& emit) {
    for (const auto& host : hosts)
      emit({{"adapter", host->config().name}}, duties.holds("observe/" + host->config().name) ? 1 : 0);
  });
}

}  // namespace netweave
