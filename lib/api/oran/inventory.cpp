#include "api/oran/inventory.hpp"

#include <array>

#include "api/oran/path.hpp"
#include "api/oran/reading.hpp"
#include "api/oran/view.hpp"
#include "base/ids.hpp"

namespace netweave::api::oran {
namespace {

using query::Selectable;

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

/// `name` is what the operations call the kind: "ResourcePool"; `version` their ending: "V1".
template <class What>
void add_reads(Handlers& handlers, const std::string& name, const std::string& version, What what) {
  handlers.add("listOran" + name + "s" + version,
               in_version([what](const CallRef& call) { oran::answer_list(call, what); }), Faults::merged);
  handlers.add("getOran" + name + version, in_version([what](const CallRef& call) { answer_object(call, what); }),
               Faults::merged);
}

/// `name`: "Alarm" or "Performance".
void add_dictionaries(Handlers& handlers, const std::string& name, const std::string& version, Kind kind) {
  handlers.add("listOran" + name + "Dictionaries" + version,
               in_version([kind](const CallRef& call) { answer_list(call, kind); }), Faults::merged);
  handlers.add("getOran" + name + "Dictionary" + version,
               in_version([kind](const CallRef& call) { answer_object(call, kind); }), Faults::merged);
  handlers.add("getOran" + name + "DictionaryOfType" + version,
               in_version([kind](const CallRef& call) { answer_dictionary_of_type(call, kind); }), Faults::merged);
}

void add_version(Handlers& handlers, const std::string& version) {
  handlers.add("getOranOCloud" + version, in_version(answer_o_cloud), Faults::merged);
  handlers.add("getOranInventoryVersions" + version,
               in_version([](const CallRef& call) { answer_versions(call, std::array{call->version}); }));
  add_reads(handlers, "DeploymentManager", version, Kind::deployment_manager);
  add_reads(handlers, "ResourcePool", version, Kind::resource_pool);
  add_reads(handlers, "ResourceType", version, Kind::resource_type);
  add_dictionaries(handlers, "Alarm", version, Kind::alarm_dictionary);
  handlers.add("listOranResources" + version, in_version(answer_resources_of_pool), Faults::merged);
  handlers.add("getOranResource" + version, in_version(answer_resource_of_pool), Faults::merged);
}

}  // namespace

void add_inventory(Handlers& handlers) {
  handlers.add("getOranInventoryVersions", [](const CallRef& call) {
    constexpr std::array<std::string_view, 2> majors = {"v1", "v2"};
    answer_versions(call, majors);
  });
  add_version(handlers, "V1");
  add_version(handlers, "V2");
  add_dictionaries(handlers, "Performance", "V2", Kind::performance_dictionary);
  add_reads(handlers, "Site", "V2", Made::site);
  add_reads(handlers, "Location", "V2", Made::location);
}

}  // namespace netweave::api::oran
