#include "netweave/gateway.hpp"

#include <mutex>

#include <doctest/doctest.h>

#include "netweave/http/options.hpp"

using namespace netweave;

namespace {

/// A gateway in memory over a small simulator, and what it logs.
struct Lines {
  Lines() {
    Config config;
    config.store.backend = StoreBackend::memory;
    config.logging.level = "warn";
    AdapterConfig adapter;
    adapter.name = "sim";
    adapter.type = "simulator";
    adapter.config = Value::parse(R"({"generate": {"pools": 1, "resources": 1, "resource_types": 1}})").value();
    config.adapters = {adapter};
    Options options;
    options.logger = [this](std::string_view, std::string_view line) {
      std::lock_guard lock(mutex);
      text.append(line).append("\n");
    };
    gateway = Gateway::create(config, options).value();
    REQUIRE(gateway->start());
    REQUIRE(gateway->wait_synced(std::chrono::minutes(1)));
  }
  bool logged(std::string_view words) {
    std::lock_guard lock(mutex);
    return text.find(words) != std::string::npos;
  }

  std::mutex mutex;
  std::string text;
  std::unique_ptr<Gateway> gateway;
};

}  // namespace

TEST_CASE("an engine's lines go to the gateway's log, under its level") {
  Lines lines;
  http::NativeOptions options = http::options_for(*lines.gateway);
  options.log("error", "the engine's trouble");
  options.log("info", "the engine's news");
  CHECK(lines.logged("the engine's trouble"));
  CHECK_FALSE(lines.logged("the engine's news"));
  REQUIRE(lines.gateway->set_log_level("info"));
  options.log("info", "the engine's news");
  CHECK(lines.logged("the engine's news"));
}

TEST_CASE("the metrics tell of the calls of the adapter and of the store") {
  Lines lines;
  http::Request request;
  request.method = "DELETE";
  request.target = "/o2ims/v1/resourcePools/sim-pool-0000";
  CHECK(lines.gateway->call(request).status == 409);  // it holds a resource
  request.method = "GET";
  request.target = "/metrics";
  auto answer = lines.gateway->call(request);
  std::string text(answer.body.to_string());
  CHECK(text.find(
            R"(netweave_adapter_requests_total{adapter="sim",operation="remove_resource_pool",result="conflict"} 1)") !=
        std::string::npos);
  CHECK(text.find(
            R"(netweave_adapter_request_duration_seconds_count{adapter="sim",operation="remove_resource_pool"} 1)") !=
        std::string::npos);
  CHECK(text.find(R"(netweave_store_operations_total{backend="memory",operation="commit",result="ok"})") !=
        std::string::npos);
  CHECK(text.find(R"(netweave_store_operation_duration_seconds_count{backend="memory",operation="commit"})") !=
        std::string::npos);
}
