#include "netweave/gateway.hpp"

#include <algorithm>
#include <atomic>
#include <future>
#include <mutex>

#include "netweave/version.hpp"

#include "adapters/making.hpp"
#include "adapters/measured.hpp"
#include "adapters/metrics.hpp"
#include "api/api.hpp"
#include "api/http_metrics.hpp"
#include "api/ims/inventory.hpp"
#include "api/limits.hpp"
#include "base/crypto.hpp"
#include "base/executor.hpp"
#include "base/ids.hpp"
#include "events/callback.hpp"
#include "events/event.hpp"
#include "events/metrics.hpp"
#include "events/reader.hpp"
#include "events/retention.hpp"
#include "events/status.hpp"
#include "events/stream_hub.hpp"
#include "events/webhook.hpp"
#include "fleet/duties.hpp"
#include "limits/limiter.hpp"
#include "limits/metrics.hpp"
#include "store/loading.hpp"
#include "store/measured.hpp"
#include "telemetry/metrics.hpp"
#include "tenancy/audit.hpp"
#include "tenancy/authenticator.hpp"
#include "tenancy/rules.hpp"
#include "transport/span_sender.hpp"
#ifdef NETWEAVE_WEBHOOKS
#include "events/delivery.hpp"
#endif

namespace netweave {
namespace {

constexpr unsigned backend_threads = 16;
constexpr std::size_t backend_queue = 1000;
constexpr unsigned api_threads = 2;
constexpr std::size_t api_queue = 1000;
constexpr std::string_view house = "house";  // the duty to cut what grows without end

Result<Log> open_log(const Config& config, const Options& options) {
  LogLevel level = LogLevel::info;
  if (!parse_log_level(config.logging.level, level))
    return make_error(ErrorKind::invalid, "logging.level must be trace, debug, info, warn or error");
  bool json = config.logging.format == LogFormat::json;
  if (options.logger) return Log::to_sink(options.logger, level, json);
  return Log::to_output(config.logging.output, level, json);
}

void refuse_stopped(const http::Request& request, const http::Completion& done) {
  Error error = make_error(ErrorKind::unavailable, "the gateway is stopping");
  done(api::to_response(api::to_problem(error), request.target.substr(0, request.target.find('?')), make_uuid()));
}

}  // namespace

/// The parts, lowest first; they end in the opposite order.
struct Gateway::Impl {
  Impl(Config with, Options given, Log logger, std::optional<telemetry::SendSpans> send_spans,
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
        audit(config.multi_tenancy.enabled ? std::make_unique<tenancy::AuditLog>(store->streams(), clock, log)
                                           : nullptr),
        quotas(tenancy::default_quota(config.multi_tenancy.default_tenant_quota),
               [this](Kind kind) { refuse_quota(kind); }),
        duties(store->leases(), host_context.member, {config.store.lease_ttl}, log),
        writes(host_context, backend_threads, backend_queue),
        routing_rules(config.routing),
        pool(api_threads, api_queue),
        scans(config.query.scan_workers, config.query.scan_workers * config.query.scan_waiting),
        http_metrics(metrics) {}

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
  void trim_audits();
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

void Gateway::Impl::refuse_quota(Kind kind) {
  metrics
      .counter("netweave_quota_rejected_total", "Creations refused by a tenant's quota",
               {{"kind", std::string(to_string(kind))}})
      .add();
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

/// Every second: what grows without end is cut.
void Gateway::Impl::keep_house(std::stop_token stop) {
  std::mutex timer_mutex;
  std::condition_variable_any timer;
  unsigned round = 0;
  while (!stop.stop_requested()) {
    {
      std::unique_lock lock(timer_mutex);
      timer.wait_for(lock, stop, std::chrono::seconds(1), [] { return false; });
    }
    if (stop.stop_requested()) return;
    if (!duties.holds(house)) continue;
    auto trimmed = events::trim_log(*store, *state.snapshot(), {config.store.log_max_entries, config.store.log_max_age},
                                    to_millis(clock()));
    if (!trimmed) log.warn("the log can't be trimmed", {{"error", trimmed.error().message}});
    if (++round % 60 != 0) continue;
    writer.submit(api::Idempotency::forget_old, {});
    if (audit) trim_audits();
  }
}

void Gateway::Impl::trim_audits() {
  constexpr Millis day = 24LL * 3600 * 1000;
  auto days = static_cast<Millis>(config.multi_tenancy.audit_log_retention_days);
  Millis until = to_millis(clock()) - days * day;
  std::vector<std::string> names = {tenancy::audit_stream()};
  {
    auto snapshot = state.snapshot();
    for (auto cursor = snapshot->table(Kind::tenant).begin(); cursor.valid(); cursor.next())
      names.push_back(tenancy::audit_stream(cursor->id()));
  }
  for (const std::string& name : names)
    if (auto trimmed = tenancy::trim_audit(store->streams(), name, until); !trimmed)
      log.warn("the audit can't be trimmed", {{"stream", name}, {"error", trimmed.error().message}});
}

void Gateway::Impl::stop() {
  {
    std::lock_guard lock(mutex);
    if (stopped.exchange(true)) return;
  }
  stopping.request_stop();
  tail.settle();
  if (streams) streams->stop();
  housekeeper.request_stop();
  if (housekeeper.joinable()) housekeeper.join();
  duties.stop();
  limiter->stop();
  for (auto& host : hosts) host->stop();
  if (authenticator) authenticator->stop();
  pool.stop();
  scans.stop();
  writes.stop();
#ifdef NETWEAVE_WEBHOOKS
  if (delivery) delivery->stop();
#endif
  writer.stop();
  tail.stop();
  if (audit) audit->stop();
  if (tracer) tracer->stop();
}

Gateway::Gateway(std::unique_ptr<Impl> impl) noexcept : impl_(std::move(impl)) {}
Gateway::~Gateway() { stop(); }

Result<std::unique_ptr<Gateway>> Gateway::create(Config config, Options options) {
  if (auto faults = config.validate(); !faults.empty()) {
    Error error = make_error(ErrorKind::invalid, "the configuration is wrong");
    error.faults = std::move(faults);
    return error;
  }
  auto log = open_log(config, options);
  if (!log) return std::move(log).error();
  auto made = adapters::make_adapters(config, options.adapters, *log);
  if (!made) return std::move(made).error();
  std::optional<telemetry::SendSpans> send_spans;
  if (config.tracing.enabled) {
    auto sender = transport::otlp_sender(config.tracing.endpoint);
    if (!sender) return std::move(sender).error();
    send_spans = std::move(*sender);
  }
  auto store = store::open(config);
  if (!store) return std::move(store).error();
  auto key = (*store)->key("cursor");
  if (!key) return std::move(key).error();
  auto impl =
      std::make_unique<Impl>(std::move(config), std::move(options), *log, std::move(send_spans), std::move(*store));
  if (auto loaded = impl->load(); !loaded) return std::move(loaded).error();
  if (auto delivery = impl->make_delivery(); !delivery) return std::move(delivery).error();
  impl->add_hosts(std::move(*made));
  impl->add_duties();
  if (auto services = impl->make_services(std::move(*key)); !services) return std::move(services).error();
  impl->add_metrics();
  return std::unique_ptr<Gateway>(new Gateway(std::move(impl)));
}

Result<void> Gateway::check(const Config& config, const Options& options) {
  std::vector<Fault> faults = config.validate();
  if (auto made = adapters::make_adapters(config, options.adapters, {}); !made)
    faults.insert(faults.end(), made.error().faults.begin(), made.error().faults.end());
  auto document = api::openapi::Document::make(api::openapi::configured(config));
  if (!document) return std::move(document).error();
  auto limits = limits::check(config.rate_limit, api::limited_routes(**document));
  faults.insert(faults.end(), limits.begin(), limits.end());
  if (faults.empty()) return {};
  Error error = make_error(ErrorKind::invalid, "the configuration is wrong");
  error.faults = std::move(faults);
  return error;
}

Result<void> Gateway::start() {
  std::lock_guard lock(impl_->mutex);
  if (impl_->started || impl_->stopped) return make_error(ErrorKind::conflict, "the gateway was started before");
  impl_->started = true;
  impl_->tail.start();
  auto found = [&subject = impl_->config.multi_tenancy.bootstrap_admin_subject](state::Transaction& transaction) {
    auto made = api::ims::ensure_default_tenant(transaction);
    if (made) made = tenancy::ensure_built_in_roles(transaction);
    return made ? tenancy::ensure_bootstrap_admin(transaction, subject) : made;
  };
  if (auto made = impl_->writer.run(found); !made) return std::move(made).error();
#ifdef NETWEAVE_WEBHOOKS
  if (impl_->delivery) impl_->delivery->start();
#endif
  impl_->duties.start();
  impl_->limiter->start();
  impl_->housekeeper = std::jthread([impl = impl_.get()](std::stop_token stop) { impl->keep_house(std::move(stop)); });
  return {};
}

void Gateway::stop() { impl_->stop(); }

void Gateway::drain() {
  impl_->draining = true;
  impl_->tail.settle();  // who was answered before the stop finds it in the streams
  impl_->streams->drain();
}

void Gateway::handle(http::Request request, http::Completion done) {
  if (impl_->stopped) return refuse_stopped(request, done);
  impl_->api->handle(std::move(request), std::move(done));
}

void Gateway::handle_operations(http::Request request, http::Completion done) {
  if (impl_->stopped) return refuse_stopped(request, done);
  impl_->api->handle_operations(std::move(request), std::move(done));
}

http::Response Gateway::call(http::Request request) {
  auto promise = std::make_shared<std::promise<http::Response>>();
  auto future = promise->get_future();
  handle(std::move(request), [promise](http::Response response) { promise->set_value(std::move(response)); });
  return future.get();
}

struct EventReader::Impl {
  events::Reader reader;
  const state::State& state;
  std::stop_token stop;
};

EventReader::EventReader(std::unique_ptr<Impl> impl) noexcept : impl_(std::move(impl)) {}
EventReader::EventReader(EventReader&&) noexcept = default;
EventReader& EventReader::operator=(EventReader&&) noexcept = default;
EventReader::~EventReader() = default;

Result<std::optional<Event>> EventReader::next(std::chrono::milliseconds timeout) {
  auto event = impl_->reader.next(timeout, impl_->stop);
  // who was told of a change may look at the inventory next: it is there by then
  if (event && *event)
    impl_->state.wait(impl_->reader.position(), std::chrono::steady_clock::time_point::max(), impl_->stop);
  return event;
}

Result<EventReader> Gateway::events(std::string_view after) {
  store::Log& entries = impl_->store->log();
  model::Revision from = entries.head();
  if (!after.empty()) {
    auto position = events::read_position(entries, after);
    if (!position) return std::move(position).error();
    from = *position;
  }
  return EventReader(std::make_unique<EventReader::Impl>(
      EventReader::Impl{events::Reader(entries, from), impl_->state, impl_->stopping.get_token()}));
}

Result<void> Gateway::wait_synced(std::chrono::milliseconds timeout) {
  auto deadline = std::chrono::steady_clock::now() + timeout;
  for (auto& host : impl_->hosts)
    if (!host->wait_synced(deadline))
      return make_error(ErrorKind::timeout, "the adapter " + host->config().name + " has not delivered its first list");
  return {};
}

void Gateway::set_service_uri(std::string uri) {
  std::lock_guard lock(impl_->mutex);
  impl_->service_uri = std::move(uri);
}

void Gateway::log(std::string_view level, std::string_view message) const {
  LogLevel parsed = LogLevel::info;
  parse_log_level(level, parsed);
  impl_->log.write(parsed, message);
}

Result<void> Gateway::set_log_level(std::string_view level) {
  LogLevel parsed = LogLevel::info;
  if (!parse_log_level(level, parsed))
    return make_error(ErrorKind::invalid, "the level must be trace, debug, info, warn or error");
  impl_->log.set_level(parsed);
  return {};
}

Result<void> Gateway::set_routing(RoutingConfig routing) {
  Config wanted = impl_->config;
  wanted.routing = routing;
  if (auto faults = wanted.validate(); !faults.empty()) {
    Error error = make_error(ErrorKind::invalid, "the routing is wrong");
    error.faults = std::move(faults);
    return error;
  }
  impl_->routing_rules.replace(std::move(routing));
  return {};
}

Result<void> Gateway::set_rate_limit(RateLimitConfig rate_limit) {
  Config wanted = impl_->config;
  wanted.rate_limit = rate_limit;
  if (auto faults = wanted.validate(); !faults.empty()) {
    Error error = make_error(ErrorKind::invalid, "the rate limits are wrong");
    error.faults = std::move(faults);
    return error;
  }
  return impl_->limiter->configure(rate_limit);
}

const Config& Gateway::config() const noexcept { return impl_->config; }

}  // namespace netweave
