#include "api/oran/inventory.hpp"

#include <array>

#include "api/oran/path.hpp"
#include "api/oran/reading.hpp"
#include "api/oran/view.hpp"
#include "base/ids.hpp"

namespace netweave::api::oran {
namespace {

using query::Selectable;

constexpr std::string_view base = "/o2ims-infrastructureInventory";

constexpr std::array o_cloud_attributes = {
    Selectable{"oCloudId"},
    Selectable{"globalCloudId"},
    Selectable{"globalcloudId"},
    Selectable{"name"},
    Selectable{"description"},
    Selectable{"serviceUri"},
    Selectable{"extensions", true, true, true},
};

std::string service_uri(const Services& services) {
  const std::string& configured = services.config.o_cloud.service_uri;
  std::string uri = configured.empty() ? services.service_uri() : configured;
  while (uri.ends_with('/')) uri.pop_back();
  return uri;
}

void answer_o_cloud(const CallRef& call) {
  const OCloudConfig& config = call->services.config.o_cloud;
  std::string global =
      config.global_cloud_id.empty() ? make_uuid5(netweave_namespace, config.id) : config.global_cloud_id;
  Value json;
  json["oCloudId"] = o_cloud_uuid(config);
  json["globalCloudId"] = global;
  if (call->version == "v1") json["globalcloudId"] = global;  // its tables have the one, its examples the other
  json["name"] = config.name;
  json["description"] = config.description;
  json["serviceUri"] = service_uri(call->services);
  json["extensions"] = Value::object();
  answer_value(*call, json, o_cloud_attributes);
}

/// ApiVersionInformation (clause 3.1.6.1.6). `uriPrefix` is in the spelling that was asked.
void answer_versions(const CallRef& call, std::span<const std::string_view> majors) {
  std::string path = clean_path(call->path).value_or(CleanPath{call->path, {}}).asked;
  Value json;
  json["uriPrefix"] = service_uri(call->services) + path.substr(0, path.rfind('/'));
  for (std::string_view major : majors) {
    Value entry;
    entry["version"] = full_version(major);
    entry["isDeprecated"] = false;
    json["apiVersions"].push_back(std::move(entry));
  }
  call->answer_json(json);
}

/// 406 where a version is asked for that this path does not have (ETSI GS NFV-SOL 013 clause 9).
bool version_served(Call& call) {
  const std::string* asked = call.header("Version");
  std::string_view served = full_version(call.version);
  if (asked == nullptr || served.empty()) return true;
  std::string_view plain = std::string_view(*asked).substr(0, asked->find("-impl:"));
  if (plain == served) return true;
  call.answer(not_acceptable("version " + *asked + " is not served here: this path has " + std::string(served)));
  return false;
}

template <class Handle>
CallHandler in_version(Handle handle) {
  return [handle](const CallRef& call) {
    if (version_served(*call)) handle(call);
  };
}

void add_kind(Router& router, const std::string& path, Kind kind) {
  router.add("GET", path, in_version([kind](const CallRef& call) { answer_list(call, kind); }));
  router.add("GET", path + "/{id}", in_version([kind](const CallRef& call) { answer_object(call, kind); }));
}

void add_made(Router& router, const std::string& path, Made what) {
  router.add("GET", path, in_version([what](const CallRef& call) { answer_list(call, what); }));
  router.add("GET", path + "/{id}", in_version([what](const CallRef& call) { answer_object(call, what); }));
}

void add_version(Router& router, std::string_view major) {
  std::string root = std::string(base) + "/" + std::string(major);
  router.add("GET", root, in_version(answer_o_cloud));
  router.add("GET", root + "/api_versions",
             in_version([](const CallRef& call) { answer_versions(call, std::array{call->version}); }));
  add_kind(router, root + "/deploymentManagers", Kind::deployment_manager);
  add_kind(router, root + "/resourcePools", Kind::resource_pool);
  add_kind(router, root + "/resourceTypes", Kind::resource_type);
  router.add("GET", root + "/resourcePools/{id}/resources", in_version(answer_resources_of_pool));
  router.add("GET", root + "/resourcePools/{id}/resources/{resource}", in_version(answer_resource_of_pool));
}

}  // namespace

void add_inventory(Router& router) {
  router.add("GET", std::string(base) + "/api_versions", [](const CallRef& call) {
    constexpr std::array<std::string_view, 2> majors = {"v1", "v2"};
    answer_versions(call, majors);
  });
  add_version(router, "v1");
  add_version(router, "v2");
  add_made(router, std::string(base) + "/v2/oCloudSites", Made::site);
  add_made(router, std::string(base) + "/v2/locations", Made::location);
}

}  // namespace netweave::api::oran
