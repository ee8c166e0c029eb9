#include "api/operations.hpp"

#include <algorithm>
#include <array>

#include "netweave/version.hpp"

namespace netweave::api {
namespace {

void answer_health(const CallRef& call) {
  Value body;
  body["status"] = "ok";
  body["version"] = version();
  call->answer_json(body);
}

/// Ready while the store works and every adapter has delivered its first list. A backend that went away later makes
/// the gateway stale, which the body says, not useless: reads go on.
void answer_ready(const CallRef& call) {
  const Services& services = call->services;
  bool ready = !services.draining();
  Value body;
  body["status"] = nullptr;
  Value& components = body["components"] = Value::object();
  std::string fault = services.store_fault();
  components["store"]["status"] = fault.empty() ? "ok" : "failed";
  if (!fault.empty()) {
    components["store"]["error"] = fault;
    ready = false;
  }
  components["eventLoop"]["status"] = services.draining() ? "draining" : "ok";
  Millis now = to_millis(services.clock());
  Value& adapters = components["adapters"] = Value::array();
  for (const auto& host : services.hosts) {
    adapters::AdapterStatus status = host->status();
    Value adapter;
    adapter["name"] = status.name;
    adapter["type"] = status.type;
    adapter["status"] = status.failed ? "stale" : status.synced ? "ok" : "starting";
    if (status.last_contact > 0) {
      adapter["lastContact"] = format_rfc3339(status.last_contact);
      adapter["ageSeconds"] = static_cast<double>(now - status.last_contact) / 1000;
    }
    if (!status.error.empty()) adapter["error"] = status.error;
    bool known = status.last_contact > 0;  // by this gateway or one before it: stale, but served
    ready = ready && (status.synced || (status.failed && known));
    adapters.push_back(std::move(adapter));
  }
  body["status"] = ready ? "ready" : "not ready";
  http::Response response;
  response.status = ready ? 200 : 503;
  response.headers.emplace_back("Content-Type", "application/json");
  response.body = http::Body(body.to_json());
  call->answer(std::move(response));
}

void answer_metrics(const CallRef& call) {
  http::Response response;
  response.headers.emplace_back("Content-Type", "text/plain; version=0.0.4; charset=utf-8");
  response.body = http::Body(call->services.metrics());
  call->answer(std::move(response));
}

Value link(std::string_view rel, std::string_view href) {
  Value link;
  link["rel"] = rel;
  link["href"] = href;
  return link;
}

void answer_root(const CallRef& call) {
  Value body;
  body["name"] = "netweave";
  body["version"] = version();
  for (auto [rel, href] : {std::pair{"o2ims", "/o2ims"},
                           std::pair{"o2ims-infrastructureInventory", "/o2ims-infrastructureInventory/api_versions"},
                           std::pair{"health", "/healthz"}, std::pair{"ready", "/readyz"}, std::pair{"docs", "/docs/"},
                           std::pair{"openapi", "/openapi.json"}})
    body["links"].push_back(link(rel, href));
  call->answer_json(body);
}

/// The versions, and where each one's collections are.
void answer_o2ims(const CallRef& call) {
  Value body;
  for (const std::string name : {"v1", "v2", "v3"}) {
    Value version;
    version["version"] = name;
    version["href"] = "/o2ims/" + name;
    for (const std::string rel : {"deploymentManagers", "resourcePools", "resources", "resourceTypes", "subscriptions",
                                  "oCloudInfrastructure", "features"})
      version["links"].push_back(link(rel, "/o2ims/" + name + "/" + rel));
    if (name == "v3") version["links"].push_back(link("tenants", "/o2ims/v3/tenants"));
    body["versions"].push_back(std::move(version));
  }
  call->answer_json(body);
}

}  // namespace

bool is_probe(const openapi::Operation& operation) {
  constexpr std::array<std::string_view, 5> probes = {"getHealth", "getHealthz", "getMetrics", "getReady", "getReadyz"};
  return std::find(probes.begin(), probes.end(), operation.id) != probes.end();
}

void add_operations(Handlers& handlers, bool metrics) {
  for (const char* operation : {"getHealth", "getHealthz"}) handlers.add(operation, answer_health);
  for (const char* operation : {"getReady", "getReadyz"}) handlers.add(operation, answer_ready);
  if (metrics) handlers.add("getMetrics", answer_metrics);
  handlers.add("getRoot", answer_root);
  for (const char* operation : {"getO2ims", "getVersionV1", "getVersionV2", "getVersionV3"})
    handlers.add(operation, answer_o2ims);
}

}  // namespace netweave::api
