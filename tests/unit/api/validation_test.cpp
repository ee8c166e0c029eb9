#include <condition_variable>
#include <mutex>

#include <doctest/doctest.h>

#include "netweave/gateway.hpp"

using namespace netweave;
using namespace std::chrono_literals;

namespace {

/// A backend with one pool, which was made at `created`.
class OnePool : public ims::Adapter {
 public:
  explicit OnePool(std::string created) : created_(std::move(created)) {}

  ims::AdapterInfo info() const override { return {.type = "one", .version = "", .capabilities = {}}; }
  ims::Health health() const override { return {.reachable = true, .detail = ""}; }
  void observe(ims::Feed& feed, std::stop_token stop) override {
    auto pass = feed.begin({Kind::resource_pool, Kind::resource_type, Kind::resource});
    ResourcePool pool;
    pool.resource_pool_id = "one-pool";
    pool.name = "Pool";
    pool.created_at = created_;
    pass->add({pool});
    if (auto committed = pass->commit(); !committed) feed.failed(committed.error());
    std::mutex mutex;
    std::condition_variable_any stopped;
    std::unique_lock lock(mutex);
    stopped.wait(lock, stop, [] { return false; });
  }

 private:
  std::string created_;
};

std::unique_ptr<Gateway> make_gateway(const std::string& created, ValidationConfig validation) {
  Config config;
  config.store.backend = StoreBackend::memory;
  config.logging.level = "error";
  config.validation = validation;
  config.adapters.emplace_back();
  config.adapters[0].name = "one";
  config.adapters[0].type = "one";
  Options options;
  options.logger = [](std::string_view, std::string_view) {};
  options.adapters["one"] = [created](const ims::AdapterSettings&) -> Result<std::unique_ptr<ims::Adapter>> {
    return std::unique_ptr<ims::Adapter>(std::make_unique<OnePool>(created));
  };
  auto gateway = Gateway::create(config, options).value();
  REQUIRE(gateway->start());
  REQUIRE(gateway->wait_synced(60s));
  return gateway;
}

struct Answer {
  int status;
  Value body;
};

Answer ask(Gateway& gateway, std::string method, std::string target, std::string body = {},
           http::Headers headers = {}) {
  http::Request request;
  request.method = std::move(method);
  request.target = std::move(target);
  request.headers = std::move(headers);
  if (!body.empty()) request.headers.emplace_back("Content-Type", "application/json");
  request.body = std::move(body);
  http::Response response = gateway.call(std::move(request));
  return {response.status, Value::parse(response.body.to_string()).value_or(Value())};
}

std::string names(const Answer& answer) {
  std::string text;
  for (const Value& fault : answer.body.at("invalidParams").as_array())
    text += (text.empty() ? "" : " ") + std::string(fault.at("name").as_text());
  return text;
}

constexpr const char* then = "2026-01-02T03:04:05Z";

}  // namespace

TEST_CASE("query, header and body faults are told in one answer, each place once") {
  auto gateway = make_gateway(then, {});
  Answer answer =
      ask(*gateway, "POST", "/o2ims/v1/resourcePools?colour=red",
          R"({"name":7,"oCloudId":"another","extensions":[],"resourcePoolId":"-"})", {{"Idempotency-Key", ""}});
  CHECK(answer.status == 400);
  CHECK(names(answer) == "colour Idempotency-Key name extensions resourcePoolId oCloudId");
  CHECK(answer.body.at("detail").as_text() == "the request is wrong in 6 places");
}

TEST_CASE("one fault is said in the detail") {
  auto gateway = make_gateway(then, {});
  Answer answer = ask(*gateway, "GET", "/o2ims/v1/resources?limit=x");
  CHECK(answer.status == 400);
  CHECK(answer.body.at("detail").as_text() == "limit must be a whole number from 1 to 1000");
  answer = ask(*gateway, "POST", "/o2ims/v1/resourcePools", "{");
  CHECK(answer.status == 400);
  CHECK(names(answer) == "body");
}

TEST_CASE("a parameter that an operation does not have is refused, with a body or without") {
  auto gateway = make_gateway(then, {});
  CHECK(names(ask(*gateway, "DELETE", "/o2ims/v1/resourcePools/one-pool?force=true")) == "force");
  CHECK(names(ask(*gateway, "GET", "/o2ims/v1/features?x=1")) == "x");
  CHECK(names(ask(*gateway, "POST", "/o2ims/v1/subscriptions/none/resume?from=then")) == "from");
  CHECK(ask(*gateway, "GET", "/healthz?x=1").status == 200);
}

TEST_CASE("an answer that breaks the document is a 500 that says how, where answers are validated") {
  auto gateway = make_gateway("yesterday", {.enabled = true, .validate_response = true});
  Answer answer = ask(*gateway, "GET", "/o2ims/v1/resourcePools/one-pool");
  CHECK(answer.status == 500);
  CHECK(answer.body.at("title").as_text() == "Internal");
  CHECK(answer.body.at("detail").as_text().find("createdAt must be a time") != std::string_view::npos);
  CHECK(ask(*gateway, "GET", "/o2ims/v1/resourcePools/one-pool?fields=name").status == 200);
}

TEST_CASE("an answer is left as it is where answers are not validated") {
  auto gateway = make_gateway("yesterday", {.enabled = true, .validate_response = false});
  CHECK(ask(*gateway, "GET", "/o2ims/v1/resourcePools/one-pool").status == 200);
}

TEST_CASE("without validation a handler still refuses what it can't use") {
  auto gateway = make_gateway(then, {.enabled = false, .validate_response = false});
  CHECK(names(ask(*gateway, "GET", "/o2ims/v1/resources?limit=x&colour=red")) == "limit colour");
  CHECK(names(ask(*gateway, "POST", "/o2ims/v1/resourcePools", R"({"name":7,"resourcePoolId":"-"})")) ==
        "name resourcePoolId");
  CHECK(ask(*gateway, "POST", "/o2ims/v1/resourcePools", "{").status == 400);
  CHECK(ask(*gateway, "GET", "/o2ims/v1/features?x=1").status == 200);
}
