#include "objects.hpp"

#include <array>
#include <optional>
#include <variant>

#include "json.hpp"

namespace netweave::python {
namespace {

using Number = std::optional<double>;
using Texts = std::vector<std::string>;

template <class T>
struct Field {
  const char* name;
  std::variant<std::string T::*, Texts T::*, Value T::*, Number T::*, Capacity T::*, StandardReference T::*,
               std::vector<AlarmDefinition> T::*, std::vector<ProbableCause> T::*,
               std::vector<PerformanceMeasurement> T::*>
      member;
  bool required = false;
};

constexpr std::array<Field<Capacity>, 6> capacity_fields = {{
    {"totalCpu", &Capacity::total_cpu},
    {"totalMemoryMb", &Capacity::total_memory_mb},
    {"totalStorageGb", &Capacity::total_storage_gb},
    {"availableCpu", &Capacity::available_cpu},
    {"availableMemoryMb", &Capacity::available_memory_mb},
    {"availableStorageGb", &Capacity::available_storage_gb},
}};
constexpr std::array<Field<DeploymentManager>, 9> manager_fields = {{
    {"deploymentManagerId", &DeploymentManager::deployment_manager_id, true},
    {"name", &DeploymentManager::name, true},
    {"description", &DeploymentManager::description},
    {"oCloudId", &DeploymentManager::o_cloud_id},
    {"serviceUri", &DeploymentManager::service_uri, true},
    {"supportedLocations", &DeploymentManager::supported_locations},
    {"capabilities", &DeploymentManager::capabilities},
    {"capacity", &DeploymentManager::capacity},
    {"extensions", &DeploymentManager::extensions},
}};
constexpr std::array<Field<ResourcePool>, 9> pool_fields = {{
    {"resourcePoolId", &ResourcePool::resource_pool_id, true},
    {"name", &ResourcePool::name, true},
    {"description", &ResourcePool::description},
    {"location", &ResourcePool::location},
    {"oCloudId", &ResourcePool::o_cloud_id},
    {"globalLocationId", &ResourcePool::global_location_id},
    {"createdAt", &ResourcePool::created_at},
    {"updatedAt", &ResourcePool::updated_at},
    {"extensions", &ResourcePool::extensions},
}};
constexpr std::array<Field<ResourceType>, 9> type_fields = {{
    {"resourceTypeId", &ResourceType::resource_type_id, true},
    {"name", &ResourceType::name, true},
    {"description", &ResourceType::description},
    {"vendor", &ResourceType::vendor},
    {"model", &ResourceType::model},
    {"version", &ResourceType::version},
    {"resourceClass", &ResourceType::resource_class},
    {"resourceKind", &ResourceType::resource_kind},
    {"extensions", &ResourceType::extensions},
}};
constexpr std::array<Field<Resource>, 8> resource_fields = {{
    {"resourceId", &Resource::resource_id, true},
    {"resourceTypeId", &Resource::resource_type_id, true},
    {"resourcePoolId", &Resource::resource_pool_id, true},
    {"globalAssetId", &Resource::global_asset_id},
    {"description", &Resource::description},
    {"createdAt", &Resource::created_at},
    {"updatedAt", &Resource::updated_at},
    {"extensions", &Resource::extensions},
}};

constexpr std::array<Field<OCloudSite>, 6> site_fields = {{
    {"oCloudSiteId", &OCloudSite::o_cloud_site_id, true},
    {"globalLocationId", &OCloudSite::global_location_id, true},
    {"name", &OCloudSite::name, true},
    {"description", &OCloudSite::description},
    {"resourcePools", &OCloudSite::resource_pools},
    {"extensions", &OCloudSite::extensions},
}};
constexpr std::array<Field<Location>, 8> location_fields = {{
    {"globalLocationId", &Location::global_location_id, true},
    {"name", &Location::name, true},
    {"description", &Location::description},
    {"oCloudSiteIds", &Location::o_cloud_site_ids},
    {"coordinate", &Location::coordinate},
    {"civicAddress", &Location::civic_address},
    {"address", &Location::address},
    {"extensions", &Location::extensions},
}};
constexpr std::array<Field<AlarmDefinition>, 10> alarm_fields = {{
    {"alarmDefinitionId", &AlarmDefinition::alarm_definition_id, true},
    {"alarmName", &AlarmDefinition::alarm_name, true},
    {"alarmLastChange", &AlarmDefinition::alarm_last_change},
    {"alarmChangeType", &AlarmDefinition::alarm_change_type, true},
    {"alarmDescription", &AlarmDefinition::alarm_description},
    {"proposedRepairActions", &AlarmDefinition::proposed_repair_actions},
    {"clearingType", &AlarmDefinition::clearing_type, true},
    {"managementInterfaceId", &AlarmDefinition::management_interface_id},
    {"pkNotificationField", &AlarmDefinition::pk_notification_field},
    {"alarmAdditionalFields", &AlarmDefinition::alarm_additional_fields},
}};
constexpr std::array<Field<StandardReference>, 3> reference_fields = {{
    {"standardDefinitionOrganization", &StandardReference::standard_definition_organization, true},
    {"standardSpecification", &StandardReference::standard_specification, true},
    {"versionOrRelease", &StandardReference::version_or_release, true},
}};
constexpr std::array<Field<ProbableCause>, 3> cause_fields = {{
    {"probableCauseCode", &ProbableCause::probable_cause_code, true},
    {"probableCauseDescription", &ProbableCause::probable_cause_description},
    {"standardReference", &ProbableCause::standard_reference},
}};
constexpr std::array<Field<AlarmDictionary>, 9> alarm_dictionary_fields = {{
    {"alarmDictionaryId", &AlarmDictionary::alarm_dictionary_id, true},
    {"alarmDictionaryVersion", &AlarmDictionary::alarm_dictionary_version},
    {"alarmDictionarySchemaVersion", &AlarmDictionary::alarm_dictionary_schema_version},
    {"entityType", &AlarmDictionary::entity_type, true},
    {"vendor", &AlarmDictionary::vendor},
    {"managementInterfaceId", &AlarmDictionary::management_interface_id},
    {"pkNotificationField", &AlarmDictionary::pk_notification_field},
    {"alarmDefinition", &AlarmDictionary::alarm_definition, true},
    {"probableCauses", &AlarmDictionary::probable_causes},
}};
constexpr std::array<Field<PerformanceMeasurement>, 6> measurement_fields = {{
    {"performanceMeasurementDefinitionId", &PerformanceMeasurement::performance_measurement_definition_id, true},
    {"performanceMeasurementId", &PerformanceMeasurement::performance_measurement_id, true},
    {"standardReference", &PerformanceMeasurement::standard_reference},
    {"supportedInterfaces", &PerformanceMeasurement::supported_interfaces},
    {"extensions", &PerformanceMeasurement::extensions},
    {"measurementDefinition", &PerformanceMeasurement::measurement_definition},
}};
constexpr std::array<Field<PerformanceDictionary>, 6> performance_dictionary_fields = {{
    {"performanceDictionaryId", &PerformanceDictionary::performance_dictionary_id, true},
    {"performanceDictionaryVersion", &PerformanceDictionary::performance_dictionary_version},
    {"performanceDictionarySchemaVersion", &PerformanceDictionary::performance_dictionary_schema_version},
    {"vendorSoftwareProduct", &PerformanceDictionary::vendor_software_product},
    {"supportedInterfaces", &PerformanceDictionary::supported_interfaces},
    {"supportedMeasurements", &PerformanceDictionary::supported_measurements, true},
}};

constexpr const auto& fields_of(const Capacity&) { return capacity_fields; }
constexpr const auto& fields_of(const DeploymentManager&) { return manager_fields; }
constexpr const auto& fields_of(const ResourcePool&) { return pool_fields; }
constexpr const auto& fields_of(const ResourceType&) { return type_fields; }
constexpr const auto& fields_of(const Resource&) { return resource_fields; }
constexpr const auto& fields_of(const OCloudSite&) { return site_fields; }
constexpr const auto& fields_of(const Location&) { return location_fields; }
constexpr const auto& fields_of(const AlarmDefinition&) { return alarm_fields; }
constexpr const auto& fields_of(const StandardReference&) { return reference_fields; }
constexpr const auto& fields_of(const ProbableCause&) { return cause_fields; }
constexpr const auto& fields_of(const AlarmDictionary&) { return alarm_dictionary_fields; }
constexpr const auto& fields_of(const PerformanceMeasurement&) { return measurement_fields; }
constexpr const auto& fields_of(const PerformanceDictionary&) { return performance_dictionary_fields; }

template <class T>
py::dict write(const T& from);

/// What is absent in the struct gives none; an object is always there, so that adapters need not ask.
struct Writer {
  py::object operator()(const std::string& member) const { return member.empty() ? py::object() : text(member); }
  py::object operator()(const Value& member) const { return to_python(member); }
  py::object operator()(const Number& member) const { return member ? py::float_(*member) : py::object(); }
  py::object operator()(const Texts& member) const {
    if (member.empty()) return {};
    py::list list;
    for (const std::string& one : member) list.append(text(one));
    return list;
  }
  template <class Nested>
  py::object operator()(const Nested& member) const {
    py::dict dict = write(member);
    return dict.empty() ? py::object() : py::object(dict);
  }
  template <class Item>
  py::object operator()(const std::vector<Item>& member) const {
    py::list list;
    for (const Item& one : member) list.append(write(one));
    return member.empty() ? py::object() : py::object(list);
  }
};

template <class T>
py::dict write(const T& from) {
  py::dict dict;
  for (const auto& field : fields_of(from)) {
    py::object written = std::visit([&](auto member) { return Writer()(from.*member); }, field.member);
    if (written) dict[field.name] = written;
  }
  return dict;
}

template <class T>
void read(const Value& json, T& into, const std::string& prefix, std::vector<Fault>& faults);

/// Each gives what was expected where the JSON is of another type, else nothing.
struct Reader {
  const std::string& path;
  std::vector<Fault>& faults;

  const char* operator()(const Value& json, std::string& into) const {
    if (!json.is_text()) return "must be text";
    into = json.as_text();
    return nullptr;
  }
  const char* operator()(const Value& json, Value& into) const {
    bool list = into.is_array();  // a member's default says which it is
    if (list ? !json.is_array() : !json.is_object()) return list ? "must be a list" : "must be an object";
    into = json;
    return nullptr;
  }
  const char* operator()(const Value& json, Number& into) const {
    if (!json.is_number()) return "must be a number";
    into = json.as_number();
    return nullptr;
  }
  const char* operator()(const Value& json, Texts& into) const {
    if (!json.is_array()) return "must be a list of texts";
    into.clear();
    for (const Value& item : json.as_array()) {
      if (!item.is_text()) return "must be a list of texts";
      into.emplace_back(item.as_text());
    }
    return nullptr;
  }
  template <class Nested>
  const char* operator()(const Value& json, Nested& into) const {
    if (!json.is_object()) return "must be an object";
    read(json, into, path + ".", faults);
    return nullptr;
  }
  template <class Item>
  const char* operator()(const Value& json, std::vector<Item>& into) const {
    if (!json.is_array()) return "must be a list of objects";
    for (std::size_t i = 0; i < json.size(); ++i) {
      const std::string place = path + "[" + std::to_string(i) + "]";
      const char* wrong = Reader{place, faults}(json.as_array()[i], into.emplace_back());
      if (wrong != nullptr) faults.push_back({place, wrong});
    }
    return nullptr;
  }
};

template <class T>
void read(const Value& json, T& into, const std::string& prefix, std::vector<Fault>& faults) {
  std::size_t known = 0;
  for (const auto& field : fields_of(into)) {
    const Value* value = json.find(field.name);
    std::string path = prefix + field.name;
    if (value != nullptr) ++known;
    if (value == nullptr || value->is_null()) {
      if (field.required) faults.push_back({path, "is required"});
      continue;
    }
    const char* wrong = std::visit(
        [&](auto member) {
          return Reader{path, faults}(*value, into.*member);
        },
        field.member);
    if (wrong != nullptr) faults.push_back({path, wrong});
  }
  if (known == json.size()) return;
  for (const Value::Member& member : json.as_object()) {
    bool found = false;
    for (const auto& field : fields_of(into)) found = found || member.first == field.name;
    if (!found) faults.push_back({prefix + member.first, "no such member"});
  }
}

template <class T>
T read_object(const Value& json, std::vector<Fault>& faults) {
  T object;
  read(json, object, {}, faults);
  return object;
}

}  // namespace

Kind kind_of(py::handle name) {
  std::string given = utf8(name);
  for (Kind kind : {Kind::deployment_manager, Kind::resource_pool, Kind::resource_type, Kind::resource,
                    Kind::o_cloud_site, Kind::location, Kind::alarm_dictionary, Kind::performance_dictionary})
    if (to_string(kind) == given) return kind;
  raise(make_error(ErrorKind::invalid, "\"" + given +
                                           "\" is no kind of an adapter's: deploymentManager, resourcePool, "
                                           "resourceType, resource, oCloudSite, location, alarmDictionary or "
                                           "performanceDictionary"));
}

py::dict to_dict(const ResourcePool& pool) { return write(pool); }
py::dict to_dict(const Resource& resource) { return write(resource); }

py::object to_python(const ims::Observed& observed) {
  py::dict object = std::visit([](const auto& one) { return write(one); }, observed.object);
  return py::module_::import("netweave.adapter")
      .attr("Observed")(object, text(to_string(ims::kind_of(observed))), text(observed.uid), observed.version,
                        text(observed.client_token), observed.kept);
}

ims::Observed to_observed(py::handle given) {
  Kind kind = kind_of(given.attr("kind"));
  py::object object = given.attr("object");
  if (!PyDict_Check(object.ptr())) throw py::type_error("Observed.object must be a dict");
  Value json = to_value(object);
  ims::Observed observed;
  std::vector<Fault> faults;
  if (kind == Kind::deployment_manager) observed.object = read_object<DeploymentManager>(json, faults);
  if (kind == Kind::resource_pool) observed.object = read_object<ResourcePool>(json, faults);
  if (kind == Kind::resource_type) observed.object = read_object<ResourceType>(json, faults);
  if (kind == Kind::resource) observed.object = read_object<Resource>(json, faults);
  if (kind == Kind::o_cloud_site) observed.object = read_object<OCloudSite>(json, faults);
  if (kind == Kind::location) observed.object = read_object<Location>(json, faults);
  if (kind == Kind::alarm_dictionary) observed.object = read_object<AlarmDictionary>(json, faults);
  if (kind == Kind::performance_dictionary) observed.object = read_object<PerformanceDictionary>(json, faults);
  if (!faults.empty()) {
    Error error = make_error(ErrorKind::invalid, "the " + std::string(to_string(kind)) + " is not as it must be");
    error.faults = std::move(faults);
    raise(error);
  }
  observed.uid = utf8(given.attr("uid"));
  observed.version = given.attr("version").cast<std::uint64_t>();
  observed.client_token = utf8(given.attr("client_token"));
  observed.kept = given.attr("kept").cast<bool>();
  return observed;
}

}  // namespace netweave::python
