#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "netweave/gateway.hpp"

/// A gateway over a backend of pools that does what a test says.
namespace netweave::test {

/// The backend: pools under ids of its own making. Any thread.
class Rack {
 public:
  /// Asked before each write takes effect, with the pool's name; an error is the answer then.
  using Script = std::function<std::optional<Error>(ims::Operation, const std::string& name)>;
  Script script = [](ims::Operation, const std::string&) { return std::nullopt; };
  bool creates = true;  ///< it is able to

  Result<ims::Observed> put(ResourcePool pool, ims::Operation how, const std::string& token) {
    if (auto fault = script(how, pool.name)) return *fault;
    std::lock_guard lock(mutex_);
    if (how == ims::Operation::create) pool.resource_pool_id = "rack-pool-" + std::to_string(++made_);
    ims::Observed observed{pool};
    observed.uid =
        how == ims::Operation::create ? "uid-" + std::to_string(made_) : pools_.at(pool.resource_pool_id).uid;
    observed.client_token = token;
    pools_[pool.resource_pool_id] = observed;
    return observed;
  }
  Result<ims::Removal> erase(const std::string& id) {
    std::string name = std::get<ResourcePool>(find(id).object).name;
    if (auto fault = script(ims::Operation::remove, name)) return *fault;
    std::lock_guard lock(mutex_);
    pools_.erase(id);
    return ims::Removal::done;
  }
  ims::Observed find(const std::string& id) {
    std::lock_guard lock(mutex_);
    return pools_.at(id);
  }
  std::vector<std::string> ids() {
    std::lock_guard lock(mutex_);
    std::vector<std::string> all;
    for (const auto& [id, pool] : pools_) all.push_back(id);
    return all;
  }

 private:
  std::mutex mutex_;
  std::map<std::string, ims::Observed> pools_;
  int made_ = 0;
};

class RackAdapter final : public ims::Adapter {
 public:
  explicit RackAdapter(Rack& rack) : rack_(rack) {}
  [[nodiscard]] ims::AdapterInfo info() const override {
    ims::AdapterInfo info{"rack", "1", {}};
    if (rack_.creates) info.capabilities.push_back({Kind::resource_pool, ims::Operation::create, {}});
    info.capabilities.push_back({Kind::resource_pool, ims::Operation::update, {}});
    info.capabilities.push_back({Kind::resource_pool, ims::Operation::remove, {}});
    return info;
  }
  [[nodiscard]] ims::Health health() const override { return {true, {}}; }
  void observe(ims::Feed& feed, std::stop_token stop) override {
    if (!feed.begin({Kind::resource_pool})->commit()) return;
    std::mutex mutex;
    std::unique_lock lock(mutex);
    std::condition_variable_any().wait(lock, stop, [] { return false; });
  }
  Result<ims::Observed> create_resource_pool(const ResourcePool& pool, const ims::CallContext& context) override {
    return rack_.put(pool, ims::Operation::create, context.client_token);
  }
  Result<ims::Observed> update_resource_pool(const ResourcePool& pool, const Value&, const ims::CallContext&) override {
    return rack_.put(pool, ims::Operation::update, {});
  }
  Result<ims::Removal> remove_resource_pool(const std::string& id, const ims::CallContext&) override {
    return rack_.erase(id);
  }

 private:
  Rack& rack_;
};

/// The whole gateway in memory over one rack.
class Racked {
 public:
  explicit Racked(Rack& rack, Config config = {}) {
    config.store.backend = StoreBackend::memory;
    config.store.commit_delay = std::chrono::milliseconds(0);
    AdapterConfig adapter;
    adapter.name = adapter.type = "rack";
    config.adapters = {adapter};
    Options options;
    options.adapters["rack"] = [&rack](const ims::AdapterSettings&) -> Result<std::unique_ptr<ims::Adapter>> {
      return std::unique_ptr<ims::Adapter>(std::make_unique<RackAdapter>(rack));
    };
    options.logger = [this](std::string_view level, std::string_view line) {
      std::lock_guard lock(mutex_);
      if (level == "error") errors_.emplace_back(line);
    };
    auto made = Gateway::create(config, options);
    REQUIRE(made);
    gateway_ = std::move(*made);
    REQUIRE(gateway_->start());
    REQUIRE(gateway_->wait_synced(std::chrono::minutes(1)));
  }

  bool over = false;  ///< requests come when their time is over
  std::string as;     ///< the subject of the client's certificate; empty: it has none

  struct Answer {
    int status = 0;
    Value json;
    http::Headers headers;
    std::string text;
    [[nodiscard]] std::string header(std::string_view name) const {
      const std::string* found = http::find_header(headers, name);
      return found != nullptr ? *found : "";
    }
    [[nodiscard]] std::string reason() const { return std::string(json.at("detail").as_text()); }
    [[nodiscard]] const Value& result(std::size_t index) const { return json.at("results").as_array()[index]; }
    [[nodiscard]] std::string detail(std::size_t index) const {
      return std::string(result(index).at("problem").at("detail").as_text());
    }
    [[nodiscard]] std::int64_t status_of(std::size_t index) const { return result(index).at("status").as_integer(); }
  };
  Answer send(const std::string& method, const std::string& path, const std::string& body = {},
              const http::Headers& headers = {}) {
    http::Request request;
    request.method = method;
    request.target = path;
    request.body = body;
    request.headers = headers;
    request.headers.emplace_back("Content-Type", "application/json");
    request.peer.address = "192.0.2.7:4711";
    request.peer.tls_subject = as;
    if (over) request.deadline = std::chrono::steady_clock::now();
    http::Response response = gateway_->call(std::move(request));
    std::string text = response.body.to_string();
    return {response.status, Value::parse(text).value_or(Value()), std::move(response.headers), std::move(text)};
  }
  Answer batch(const std::string& how, const std::string& body) {
    return send("POST", "/o2ims/v2/batch/resourcePools" + how, body);
  }
  /// Makes pools of these ids, each its own name.
  void have(const std::vector<std::string>& ids) {
    for (const std::string& id : ids)
      REQUIRE(send("POST", "/o2ims/v1/resourcePools", R"({"resourcePoolId":")" + id + R"(","name":")" + id + "\"}")
                  .status == 201);
  }
  Value pool(const std::string& id) { return send("GET", "/o2ims/v1/resourcePools/" + id).json; }
  std::int64_t count() { return send("GET", "/o2ims/v1/resourcePools").json.at("total").as_integer(); }
  std::vector<std::string> errors() {
    std::lock_guard lock(mutex_);
    return errors_;
  }
  Gateway& gateway() { return *gateway_; }

 private:
  std::mutex mutex_;
  std::vector<std::string> errors_;
  std::unique_ptr<Gateway> gateway_;
};

}  // namespace netweave::test
