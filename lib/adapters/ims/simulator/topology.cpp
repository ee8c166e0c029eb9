#include "adapters/ims/simulator/topology.hpp"

#include <algorithm>
#include <array>

#include <fmt/ranges.h>

#include "base/ids.hpp"
#include "model/fields.hpp"
#include "model/uuid.hpp"

namespace netweave::ims::simulator {
namespace {

constexpr std::array cpu_models = {"Intel Xeon Gold 6338N", "Intel Xeon Platinum 8480+", "AMD EPYC 9354P",
                                   "Ampere Altra Q80-30"};
constexpr std::array gpu_models = {"NVIDIA A100 80GB", "NVIDIA L4", "NVIDIA H100 PCIe"};
constexpr std::array roles = {"cu", "du", "worker", "edge"};

/// One step of splitmix64: a number from a number, the same everywhere.
std::uint64_t mix(std::uint64_t state) {
  state += 0x9e3779b97f4a7c15ULL;
  state = (state ^ (state >> 30)) * 0xbf58476d1ce4e5b9ULL;
  state = (state ^ (state >> 27)) * 0x94d049bb133111ebULL;
  return state ^ (state >> 31);
}

std::string pool_id(const std::string& name, std::size_t index) { return fmt::format("{}-pool-{:04}", name, index); }
std::string type_id(const std::string& name, std::size_t index) { return fmt::format("{}-type-{:02}", name, index); }

Observed deployment_manager(const std::string& name) {
  DeploymentManager manager;
  manager.deployment_manager_id = name + "-dm";
  manager.name = name + " deployment manager";
  manager.description = "Simulated deployment manager";
  manager.service_uri = "https://deployment-manager." + name + ".example";
  manager.supported_locations = {"zone-a", "zone-b", "zone-c"};
  manager.capabilities = {"simulated"};
  return {manager};
}

Observed resource_type(const std::string& name, const Generate& sizes, std::size_t index) {
  std::uint64_t random = mix(sizes.seed * 31 + index);
  ResourceType type;
  type.resource_type_id = type_id(name, index);
  type.name = fmt::format("compute-{}", 16U << index % 4);
  type.description = "Simulated compute node";
  type.vendor = "Simulated Servers";
  type.model = fmt::format("SS-{}", 1000 + random % 9000);
  type.version = "1";
  type.resource_class = "compute";
  type.resource_kind = "physical";
  return {type};
}

Observed resource_pool(const std::string& name, const Generate& sizes, std::size_t index) {
  std::uint64_t random = mix(sizes.seed * 17 + index);
  ResourcePool pool;
  pool.resource_pool_id = pool_id(name, index);
  pool.name = fmt::format("Pool {}", index);
  pool.description = "Simulated resource pool";
  pool.location = fmt::format("zone-{}", static_cast<char>('a' + index % 3));
  pool.global_location_id = fmt::format("geo:{:.4f},{:.4f}", static_cast<double>(random % 1200000) / 10000 - 60,
                                        static_cast<double>(random / 7 % 3400000) / 10000 - 170);
  pool.extensions["labels"]["zone"] = pool.location;
  return {pool};
}

bool is_point(const Value& coordinate) {
  const Value::Array& numbers = coordinate.at("coordinates").as_array();
  return coordinate.size() == 2 && coordinate.at("type").as_text() == "Point" && numbers.size() >= 2 &&
         numbers.size() <= 3 &&
         std::all_of(numbers.begin(), numbers.end(), [](const Value& number) { return number.is_number(); });
}

bool is_civic_address(const Value& elements) {
  return std::all_of(elements.as_array().begin(), elements.as_array().end(), [](const Value& element) {
    std::int64_t type = element.at("caType").as_integer(-1);
    return element.size() == 2 && type >= 0 && type <= 255 && element.at("caValue").is_text();
  });
}

/// What a field table can't say of a location.
void check_location(const Location& location, std::vector<Fault>& faults) {
  if (location.coordinate.empty() && location.civic_address.empty() && location.address.empty())
    faults.push_back({"address", "is required where there is neither coordinate nor civicAddress"});
  if (!location.coordinate.empty() && !is_point(location.coordinate))
    faults.push_back({"coordinate", "must be a Point (RFC 7946): type, and coordinates of two or three numbers"});
  if (!is_civic_address(location.civic_address))
    faults.push_back({"civicAddress", "must hold objects of caType, from 0 to 255, and caValue, a text"});
}

/// The specification writes such words small, the published documents in capitals, as they are shown: both are taken.
void check_word(std::string& word, std::initializer_list<std::string_view> known, const std::string& path,
                std::vector<Fault>& faults) {
  for (char& c : word) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
  if (!word.empty() && std::find(known.begin(), known.end(), word) == known.end())
    faults.push_back({path, fmt::format("must be one of {}", fmt::join(known, ", "))});
}

void check_uuid(const std::string& id, const std::string& path, std::vector<Fault>& faults) {
  if (!id.empty() && !model::is_uuid(id)) faults.push_back({path, "must be a UUID"});
}

void check_interface(const std::string& id, const std::string& path, std::vector<Fault>& faults) {
  if (id != "O2IMS") faults.push_back({path, "can be O2IMS alone"});
}

void check_alarms(AlarmDictionary& dictionary, std::vector<Fault>& faults) {
  for (const std::string& id : dictionary.management_interface_id) check_interface(id, "managementInterfaceId", faults);
  for (std::size_t i = 0; i < dictionary.alarm_definition.size(); ++i) {
    AlarmDefinition& alarm = dictionary.alarm_definition[i];
    std::string path = fmt::format("alarmDefinition[{}].", i);
    check_uuid(alarm.alarm_definition_id, path + "alarmDefinitionId", faults);
    check_word(alarm.alarm_change_type, {"ADDED", "DELETED", "MODIFIED"}, path + "alarmChangeType", faults);
    check_word(alarm.clearing_type, {"AUTOMATIC", "MANUAL"}, path + "clearingType", faults);
    for (const std::string& id : alarm.management_interface_id)
      check_interface(id, path + "managementInterfaceId", faults);
  }
}

void check_measurements(const PerformanceDictionary& dictionary, std::vector<Fault>& faults) {
  check_interface(dictionary.supported_interfaces, "supportedInterfaces", faults);
  for (std::size_t i = 0; i < dictionary.supported_measurements.size(); ++i)
    check_uuid(dictionary.supported_measurements[i].performance_measurement_definition_id,
               fmt::format("supportedMeasurements[{}].performanceMeasurementDefinitionId", i), faults);
}

/// Required members that are "", [] or {} where nobody tells them.
constexpr std::array<std::string_view, 18> filled_in = {"oCloudId",
                                                        "description",
                                                        "extensions",
                                                        "vendor",
                                                        "alarmDictionaryVersion",
                                                        "alarmDictionarySchemaVersion",
                                                        "managementInterfaceId",
                                                        "pkNotificationField",
                                                        "probableCauses",
                                                        "alarmLastChange",
                                                        "alarmDescription",
                                                        "proposedRepairActions",
                                                        "alarmAdditionalFields",
                                                        "probableCauseDescription",
                                                        "performanceDictionaryVersion",
                                                        "performanceDictionarySchemaVersion",
                                                        "vendorSoftwareProduct",
                                                        "standardReference"};

void read_item(const Value& item, Observed& observed, std::vector<Fault>& faults) {
  const model::Table& table = model::table_of(kind_of(observed));
  std::visit(
      [&](auto& object) {
        model::read_fields(table, item, &object, faults);
        model::check_required(table, &object, filled_in, faults);
      },
      observed.object);
  if (const auto* location = std::get_if<Location>(&observed.object)) check_location(*location, faults);
  if (auto* alarms = std::get_if<AlarmDictionary>(&observed.object)) check_alarms(*alarms, faults);
  if (const auto* measures = std::get_if<PerformanceDictionary>(&observed.object))
    check_measurements(*measures, faults);
  std::string id(id_of(observed));
  if (!id.empty() && !valid_id(id))
    faults.push_back({std::string(table.id), "must match [A-Za-z0-9][A-Za-z0-9._:-]{0,254}"});
}

/// A list of a topology, and what stands in it.
struct List {
  std::string_view name;
  decltype(Observed::object) blank;
};

void read_list(const Value& topology, const List& list, std::vector<Observed>& into, std::vector<Fault>& faults) {
  const Value& items = topology.at(list.name);
  if (items.is_null()) return;
  if (!items.is_array()) {
    faults.push_back({fmt::format("topology.{}", list.name), "must be an array of objects"});
    return;
  }
  for (std::size_t i = 0; i < items.as_array().size(); ++i) {
    Observed observed{list.blank};
    std::vector<Fault> own;
    read_item(items.as_array()[i], observed, own);
    for (Fault& fault : own)
      faults.push_back({fmt::format("topology.{}[{}].{}", list.name, i, fault.field), fault.reason});
    if (own.empty()) into.push_back(std::move(observed));
  }
}

}  // namespace

Observed generate_resource(const std::string& name, const Generate& sizes, std::size_t index, std::uint64_t version) {
  std::uint64_t random = mix(sizes.seed * 1000003 + index);
  auto pick = [&](unsigned shift, std::uint64_t count) {
    return random >> shift & 0xffff ? (random >> shift & 0xffff) % count : 0;
  };
  Resource resource;
  resource.resource_id = fmt::format("{}-res-{:07}", name, index);
  resource.resource_pool_id = pool_id(name, index % sizes.pools);
  resource.resource_type_id = type_id(name, index % sizes.resource_types);
  resource.global_asset_id = fmt::format("urn:simulated:asset:{:016x}", random);
  resource.description = fmt::format("Simulated compute node {} of rack {}", index, pick(0, 40));
  Value& extensions = resource.extensions;
  extensions["cpu"]["cores"] = static_cast<std::int64_t>(16U << pick(4, 4));
  extensions["cpu"]["model"] = cpu_models.at(pick(8, cpu_models.size()));
  extensions["memory"]["gb"] = static_cast<std::int64_t>(64U << pick(12, 4));
  extensions["storage"]["gb"] = static_cast<std::int64_t>(480U << pick(16, 4));
  extensions["gpu"]["count"] = static_cast<std::int64_t>(pick(20, 5));
  extensions["gpu"]["model"] = gpu_models.at(pick(24, gpu_models.size()));
  extensions["labels"]["zone"] = fmt::format("zone-{}", static_cast<char>('a' + index % sizes.pools % 3));
  extensions["labels"]["rack"] = fmt::format("rack-{:02}", pick(0, 40));
  extensions["labels"]["role"] = roles.at(pick(28, roles.size()));
  extensions["os"] = "Debian GNU/Linux 12 (bookworm), real-time kernel 6.1";
  extensions["kubeletVersion"] = fmt::format("v1.{}.{}", 30 + pick(32, 6), version);
  return {resource};
}

std::vector<Observed> generate_all_but_resources(const std::string& name, const Generate& sizes) {
  std::vector<Observed> objects;
  objects.push_back(deployment_manager(name));
  for (std::size_t i = 0; i < sizes.resource_types; ++i) objects.push_back(resource_type(name, sizes, i));
  for (std::size_t i = 0; i < sizes.pools; ++i) objects.push_back(resource_pool(name, sizes, i));
  return objects;
}

std::vector<Observed> read_topology(const Value& topology, std::vector<Fault>& faults) {
  std::vector<Observed> objects;
  if (!topology.is_object()) {
    faults.push_back({"topology", "must be a mapping"});
    return objects;
  }
  const std::array lists = {List{"deploymentManagers", DeploymentManager()},
                            List{"resourceTypes", ResourceType()},
                            List{"resourcePools", ResourcePool()},
                            List{"resources", Resource()},
                            List{"oCloudSites", OCloudSite()},
                            List{"locations", Location()},
                            List{"alarmDictionaries", AlarmDictionary()},
                            List{"performanceDictionaries", PerformanceDictionary()}};
  std::string names;
  for (const List& list : lists) names.append(names.empty() ? "" : ", ").append(list.name);
  for (const Value::Member& member : topology.as_object())
    if (std::none_of(lists.begin(), lists.end(), [&](const List& list) { return list.name == member.first; }))
      faults.push_back({"topology." + member.first, "no such list: " + names});
  for (const List& list : lists) read_list(topology, list, objects, faults);
  return objects;
}

}  // namespace netweave::ims::simulator
