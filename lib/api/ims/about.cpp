#include <array>

#include "netweave/version.hpp"

#include "api/ims/inventory.hpp"
#include "base/ids.hpp"
#include "model/fields.hpp"

namespace netweave::api::ims {
namespace {

void answer_o_cloud(const CallRef& call) {
  const OCloudConfig& config = call->services.config.o_cloud;
  OCloudInfrastructure o_cloud;
  o_cloud.o_cloud_id = config.id;
  o_cloud.global_cloud_id =
      config.global_cloud_id.empty() ? make_uuid5(netweave_namespace, config.id) : config.global_cloud_id;
  o_cloud.name = config.name;
  o_cloud.description = config.description;
  o_cloud.service_uri = config.service_uri.empty() ? call->services.service_uri() : config.service_uri;
  http::Response response;
  response.headers.emplace_back("Content-Type", "application/json");
  response.body = http::Body(model::to_json(model::o_cloud_table(), o_cloud));
  call->answer(std::move(response));
}

std::string_view name_of(netweave::ims::Operation operation) {
  constexpr std::array<std::string_view, 3> names = {"create", "update", "delete"};
  return names.at(static_cast<std::size_t>(operation));
}

Value describe(const adapters::Host& host) {
  adapters::AdapterStatus status = host.status();
  Value adapter;
  adapter["name"] = status.name;
  adapter["type"] = status.type;
  adapter["mode"] = status.mode == AdapterMode::observe ? "observe" : "manage";
  adapter["status"] = status.failed ? "failed" : status.synced ? "ok" : "starting";
  if (status.last_contact > 0) adapter["lastContact"] = format_rfc3339(status.last_contact);
  if (!status.error.empty()) adapter["error"] = status.error;
  Value& capabilities = adapter["capabilities"] = Value::array();
  netweave::ims::AdapterInfo info = host.adapter().info();
  if (!info.version.empty()) adapter["version"] = info.version;
  for (const netweave::ims::Capability& capability : info.capabilities) {
    Value entry;
    entry["kind"] = to_string(capability.kind);
    entry["operation"] = name_of(capability.operation);
    if (!capability.condition.empty()) entry["condition"] = capability.condition;
    capabilities.push_back(std::move(entry));
  }
  return adapter;
}

void answer_features(const CallRef& call) {
  Value features;
  features["version"] = version();
  for (const char* version : {"v1", "v2", "v3"}) features["apiVersions"].push_back(version);
  Value& kinds = features["kinds"] = Value::array();
  for (const char* kind :
       {"deploymentManagers", "resourcePools", "resources", "resourceTypes", "subscriptions", "tenants"})
    kinds.push_back(kind);
  Value& queries = features["queries"] = Value::array();
  for (const char* query : {"filter", "operators", "sort", "fields", "offset", "cursor", "explain"})
    queries.push_back(query);
  features["notifications"]["signature"] = "hmac-sha256";
  Value& adapters = features["adapters"] = Value::array();
  for (const auto& host : call->services.hosts) adapters.push_back(describe(*host));
  call->answer_json(features);
}

}  // namespace

void add_about(Router& router, const std::string& base) {
  router.add("GET", base + "/oCloudInfrastructure", answer_o_cloud);
  router.add("GET", base + "/features", answer_features);
}

}  // namespace netweave::api::ims
