#include "netweave/gateway.hpp"

#include <future>

#include "adapters/making.hpp"
#include "api/limits.hpp"
#include "base/ids.hpp"
#include "gateway/parts.hpp"
#include "store/loading.hpp"
#include "transport/span_sender.hpp"

namespace netweave {
namespace {

Result<Log> open_log(const Config& config, const Options& options) {
  LogLevel level = LogLevel::info;
  if (!parse_log_level(config.logging.level, level))
    return make_error(ErrorKind::invalid, "logging.level must be trace, debug, info, warn or error");
  bool json = config.logging.format == LogFormat::json;
  if (options.logger) return Log::to_sink(options.logger, level, json);
  return Log::to_output(config.logging.output, level, json);
}

/// Nothing where there is no fault.
Result<void> refuse(std::vector<Fault> faults, std::string_view message) {
  if (faults.empty()) return {};
  Error error = make_error(ErrorKind::invalid, std::string(message));
  error.faults = std::move(faults);
  return error;
}

constexpr std::string_view wrong_configuration = "the configuration is wrong";

void refuse_stopped(const http::Request& request, const http::Completion& done) {
  Error error = make_error(ErrorKind::unavailable, "the gateway is stopping");
  done(api::to_response(api::to_problem(error), request.target.substr(0, request.target.find('?')), make_uuid()));
}

}  // namespace

Gateway::Gateway(std::unique_ptr<Impl> impl) noexcept : impl_(std::move(impl)) {}
Gateway::~Gateway() { stop(); }

Result<std::unique_ptr<Gateway>> Gateway::create(Config config, Options options) {
  if (auto valid = refuse(config.validate(), wrong_configuration); !valid) return std::move(valid).error();
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
  return refuse(std::move(faults), wrong_configuration);
}

Result<void> Gateway::start() { return impl_->start(); }
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
  if (auto valid = refuse(wanted.validate(), "the routing is wrong"); !valid) return valid;
  impl_->routing_rules.replace(std::move(routing));
  return {};
}

Result<void> Gateway::set_rate_limit(RateLimitConfig rate_limit) {
  Config wanted = impl_->config;
  wanted.rate_limit = rate_limit;
  if (auto valid = refuse(wanted.validate(), "the rate limits are wrong"); !valid) return valid;
  return impl_->limiter->configure(rate_limit);
}

const Config& Gateway::config() const noexcept { return impl_->config; }

}  // namespace netweave
