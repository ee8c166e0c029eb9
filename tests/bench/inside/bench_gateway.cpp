#include "bench_gateway.hpp"

#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <mutex>

namespace netweave::bench {
namespace {

/// Lists 1,000 resources, then does what its script says.
class Scripted final : public ims::Adapter {
 public:
  Scripted(unsigned pools, Script script) : pools_(pools), script_(std::move(script)) {}
  ims::AdapterInfo info() const override { return {"scripted", {}, {}}; }
  ims::Health health() const override { return {true, {}}; }

  void observe(ims::Feed& feed, std::stop_token stop) override {
    auto pass = feed.begin({Kind::resource_pool, Kind::resource_type, Kind::resource});
    for (unsigned i = 0; i < pools_; ++i) {
      ResourcePool pool;
      pool.resource_pool_id = "t-pool-" + std::to_string(i);
      pool.name = "pool";
      pass->add({pool});
    }
    ResourceType type;
    type.resource_type_id = "t-type";
    type.name = "type";
    pass->add({type});
    for (unsigned i = 0; i < 1000; ++i) pass->add(resource(i, pools_, 0));
    (void)pass->commit();
    feed.alive();
    script_(feed, stop);
  }

 private:
  unsigned pools_;
  Script script_;
};

}  // namespace

struct BenchGateway::Gate {
  std::mutex mutex;
  std::condition_variable_any changed;
  bool open = false;
};

void fail(const std::string& why) {
  std::fprintf(stderr, "%s\n", why.c_str());
  std::_Exit(1);
}

Config config_over(const std::string& kind, const std::string& where) {
  Config config;
  config.logging.level = "warn";
  config.store.path = where;
  if (kind == "memory") config.store.backend = StoreBackend::memory;
  if (kind == "redis") {
    config.store.backend = StoreBackend::redis;
    config.redis.addresses = {where};
  }
  return config;
}

ims::Observed resource(unsigned index, unsigned pools, std::int64_t stamp) {
  Resource resource;
  resource.resource_id = "t-res-" + std::to_string(index);
  resource.resource_pool_id = "t-pool-" + std::to_string(index % pools);
  resource.resource_type_id = "t-type";
  resource.description = "stamp:" + std::to_string(stamp) + ";";
  resource.extensions["filler"] = std::string(400, 'x');
  return {resource};
}

BenchGateway::BenchGateway(Config config, unsigned pools, Script script) : gate_(std::make_shared<Gate>()) {
  AdapterConfig adapter;
  adapter.name = "t";
  adapter.type = "scripted";
  config.adapters = {adapter};
  Script gated = [gate = gate_, script = std::move(script)](ims::Feed& feed, const std::stop_token& stop) {
    std::unique_lock lock(gate->mutex);
    if (!gate->changed.wait(lock, stop, [&] { return gate->open; })) return;
    script(feed, stop);
    gate->changed.wait(lock, stop, [] { return false; });
  };
  Options options;
  options.adapters["scripted"] = [=](const ims::AdapterSettings&) -> Result<std::unique_ptr<ims::Adapter>> {
    return std::unique_ptr<ims::Adapter>(std::make_unique<Scripted>(pools, gated));
  };
  auto made = Gateway::create(std::move(config), options);
  if (!made) fail(made.error().message);
  gateway_ = std::move(*made);
  if (auto started = gateway_->start(); !started) fail(started.error().message);
  if (auto synced = gateway_->wait_synced(std::chrono::seconds(60)); !synced) fail(synced.error().message);
}

BenchGateway::~BenchGateway() = default;

void BenchGateway::open() {
  std::lock_guard lock(gate_->mutex);
  gate_->open = true;
  gate_->changed.notify_all();
}

void BenchGateway::subscribe(int port, const std::string& pool) {
  http::Request request;
  request.method = "POST";
  request.target = "/o2ims/v1/subscriptions";
  request.headers = {{"Content-Type", "application/json"}};
  request.body = R"({"callback":"http://127.0.0.1:)" + std::to_string(port) + R"(/hook")";
  if (!pool.empty()) request.body += R"(,"filter":{"resourcePoolId":")" + pool + R"("})";
  request.body += "}";
  http::Response answer = gateway_->call(std::move(request));
  if (answer.status != 201) fail("no subscription: " + std::to_string(answer.status));
}

double BenchGateway::delivered() {
  http::Request request;
  request.method = "GET";
  request.target = "/metrics";
  http::Response answer = gateway_->call(std::move(request));
  std::string text = answer.body.to_string();
  constexpr std::string_view name = "netweave_notifications_total{result=\"delivered\"} ";
  std::size_t at = text.find(name);
  return at == std::string::npos ? 0 : std::strtod(text.c_str() + at + name.size(), nullptr);
}

}  // namespace netweave::bench
