#include "api/operations.hpp"

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
    bool known = services.state.revision() > 0;
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

Value link(const char* rel, const char* href) {
  Value link;
  link["rel"] = rel;
  link["href"] = href;
  return link;
}

void answer_root(const CallRef& call) {
  Value body;
  body["name"] = "netweave";
  body["version"] = version();
  for (auto [rel, href] : {std::pair{"o2ims", "/o2ims"}, std::pair{"health", "/healthz"}, std::pair{"ready", "/readyz"},
                           std::pair{"docs", "/docs/"}, std::pair{"openapi", "/openapi.json"}})
    body["links"].push_back(link(rel, href));
  call->answer_json(body);
}

void answer_o2ims(const CallRef& call) {
  Value version_1;
  version_1["version"] = "v1";
  version_1["href"] = "/o2ims/v1";
  for (auto [rel, href] :
       {std::pair{"deploymentManagers", "/o2ims/v1/deploymentManagers"},
        std::pair{"resourcePools", "/o2ims/v1/resourcePools"}, std::pair{"resources", "/o2ims/v1/resources"},
        std::pair{"resourceTypes", "/o2ims/v1/resourceTypes"}, std::pair{"subscriptions", "/o2ims/v1/subscriptions"},
        std::pair{"oCloudInfrastructure", "/o2ims/v1/oCloudInfrastructure"},
        std::pair{"features", "/o2ims/v1/features"}})
    version_1["links"].push_back(link(rel, href));
  Value body;
  body["versions"].push_back(std::move(version_1));
  call->answer_json(body);
}

}  // namespace

void add_operations(Handlers& handlers, bool metrics) {
  for (const char* operation : {"getHealth", "getHealthz"}) handlers.add(operation, answer_health);
  for (const char* operation : {"getReady", "getReadyz"}) handlers.add(operation, answer_ready);
  if (metrics) handlers.add("getMetrics", answer_metrics);
  handlers.add("getRoot", answer_root);
  handlers.add("getO2ims", answer_o2ims);
  handlers.add("getVersionV1", answer_o2ims);
}

}  // namespace netweave::api
