#include <array>

#include "model/fields.hpp"
#include "model/kinds.hpp"

// offsetof on structs with std::string members is conditionally supported; gcc and clang define it.
#pragma GCC diagnostic ignored "-Winvalid-offsetof"

namespace netweave {

std::string_view to_string(Kind kind) noexcept {
  switch (kind) {
    case Kind::deployment_manager:
      return "deploymentManager";
    case Kind::resource_pool:
      return "resourcePool";
    case Kind::resource_type:
      return "resourceType";
    case Kind::resource:
      return "resource";
    case Kind::subscription:
      return "subscription";
    case Kind::o_cloud:
      return "oCloudInfrastructure";
    case Kind::tenant:
      return "tenant";
    case Kind::o_cloud_site:
      return "oCloudSite";
    case Kind::location:
      return "location";
    case Kind::user:
      return "user";
    case Kind::role:
      return "role";
    case Kind::alarm_dictionary:
      return "alarmDictionary";
    case Kind::performance_dictionary:
      return "performanceDictionary";
  }
  if (kind == model::intent) return "intent";
  if (kind == model::tombstone) return "tombstone";
  if (kind == model::overlay) return "overlay";
  if (kind == model::checkpoint) return "checkpoint";
  if (kind == model::answer) return "answer";
  if (kind == model::reservation) return "reservation";
  return "webhook";
}

namespace model {
namespace {

#define AT(type, member) offsetof(type, member)

using enum FieldType;

constexpr std::array capacity_fields = {
    Field{.name = "totalCpu", .type = number, .offset = AT(Capacity, total_cpu), .doc = "cores"},
    Field{.name = "totalMemoryMb", .type = number, .offset = AT(Capacity, total_memory_mb)},
    Field{.name = "totalStorageGb", .type = number, .offset = AT(Capacity, total_storage_gb)},
    Field{.name = "availableCpu", .type = number, .offset = AT(Capacity, available_cpu), .doc = "cores"},
    Field{.name = "availableMemoryMb", .type = number, .offset = AT(Capacity, available_memory_mb)},
    Field{.name = "availableStorageGb", .type = number, .offset = AT(Capacity, available_storage_gb)},
};
constexpr Table capacity{"capacity", {}, capacity_fields};

using Manager = DeploymentManager;
constexpr std::array deployment_manager_fields = {
    Field{.name = "deploymentManagerId", .offset = AT(Manager, deployment_manager_id), .required = true},
    Field{.name = "name", .offset = AT(Manager, name), .required = true},
    Field{.name = "description", .offset = AT(Manager, description)},
    Field{.name = "oCloudId", .offset = AT(Manager, o_cloud_id), .required = true, .immutable = true},
    Field{.name = "serviceUri", .offset = AT(Manager, service_uri), .required = true},
    Field{.name = "supportedLocations", .type = text_list, .offset = AT(Manager, supported_locations)},
    Field{.name = "capabilities", .type = text_list, .offset = AT(Manager, capabilities)},
    Field{.name = "capacity", .type = nested, .offset = AT(Manager, capacity), .nested = &capacity},
    Field{.name = "extensions", .type = object, .offset = AT(Manager, extensions)},
};
constexpr Table deployment_manager{"deploymentManager", "deploymentManagerId", deployment_manager_fields};

using Pool = ResourcePool;
constexpr std::array resource_pool_fields = {
    Field{.name = "resourcePoolId", .offset = AT(Pool, resource_pool_id), .required = true, .immutable = true},
    Field{.name = "name", .offset = AT(Pool, name), .required = true, .max_length = 255},
    Field{.name = "description", .offset = AT(Pool, description), .max_length = 1000},
    Field{.name = "location", .offset = AT(Pool, location), .max_length = 255},
    Field{.name = "oCloudId", .offset = AT(Pool, o_cloud_id), .required = true, .immutable = true},
    Field{.name = "globalLocationId", .offset = AT(Pool, global_location_id), .doc = "geo URI (RFC 5870)"},
    Field{.name = "createdAt", .offset = AT(Pool, created_at), .server = true},
    Field{.name = "updatedAt", .offset = AT(Pool, updated_at), .server = true},
    Field{.name = "shared", .type = flag, .offset = AT(Pool, shared)},
    Field{.name = "extensions", .type = object, .offset = AT(Pool, extensions), .max_length = 100},
};
constexpr Table resource_pool{"resourcePool", "resourcePoolId", resource_pool_fields};

constexpr std::array resource_fields = {
    Field{.name = "resourceId", .offset = AT(Resource, resource_id), .required = true, .immutable = true},
    Field{.name = "resourceTypeId", .offset = AT(Resource, resource_type_id), .required = true, .immutable = true},
    Field{.name = "resourcePoolId", .offset = AT(Resource, resource_pool_id), .required = true, .immutable = true},
    Field{.name = "globalAssetId", .offset = AT(Resource, global_asset_id), .doc = "begins with urn:"},
    Field{.name = "description", .offset = AT(Resource, description), .max_length = 1000},
    Field{.name = "createdAt", .offset = AT(Resource, created_at), .server = true},
    Field{.name = "updatedAt", .offset = AT(Resource, updated_at), .server = true},
    Field{.name = "extensions", .type = object, .offset = AT(Resource, extensions), .max_length = 100},
};
constexpr Table resource{"resource", "resourceId", resource_fields};

using Type = ResourceType;
constexpr std::array resource_type_fields = {
    Field{.name = "resourceTypeId", .offset = AT(Type, resource_type_id), .required = true, .immutable = true},
    Field{.name = "name", .offset = AT(Type, name), .required = true},
    Field{.name = "description", .offset = AT(Type, description)},
    Field{.name = "vendor", .offset = AT(Type, vendor)},
    Field{.name = "model", .offset = AT(Type, model)},
    Field{.name = "version", .offset = AT(Type, version)},
    Field{.name = "resourceClass", .offset = AT(Type, resource_class), .doc = "compute, storage or network"},
    Field{.name = "resourceKind", .offset = AT(Type, resource_kind), .doc = "physical, virtual or logical"},
    Field{.name = "extensions", .type = object, .offset = AT(Type, extensions)},
};
constexpr Table resource_type{"resourceType", "resourceTypeId", resource_type_fields};

using Filter = SubscriptionFilter;
constexpr std::array filter_fields = {
    Field{.name = "resourcePoolId", .type = text_set, .offset = AT(Filter, resource_pool_id)},
    Field{.name = "resourceTypeId", .type = text_set, .offset = AT(Filter, resource_type_id)},
    Field{.name = "resourceId", .type = text_set, .offset = AT(Filter, resource_id)},
    Field{.name = "labels", .type = object, .offset = AT(Filter, labels)},
    Field{.name = "expression", .offset = AT(Filter, expression), .max_length = 4096},
};
constexpr Table filter{"filter", {}, filter_fields};

constexpr std::array subscription_fields = {
    Field{.name = "subscriptionId", .offset = AT(Subscription, subscription_id), .required = true, .immutable = true},
    Field{.name = "callback", .offset = AT(Subscription, callback), .required = true, .max_length = 2048},
    Field{.name = "consumerSubscriptionId", .offset = AT(Subscription, consumer_subscription_id), .max_length = 255},
    Field{.name = "filter", .type = nested, .offset = AT(Subscription, filter), .nested = &filter},
    Field{.name = "eventTypes", .type = text_list, .offset = AT(Subscription, event_types)},
    Field{.name = "fromRevision", .offset = AT(Subscription, from_revision), .immutable = true, .max_length = 64},
    Field{.name = "createdAt", .offset = AT(Subscription, created_at), .required = true, .server = true},
    Field{.name = "updatedAt", .offset = AT(Subscription, updated_at), .server = true},
};
constexpr Table subscription{"subscription", "subscriptionId", subscription_fields};

using Quota = TenantQuota;
constexpr std::array quota_fields = {
    Field{.name = "maxSubscriptions", .type = number, .offset = AT(Quota, max_subscriptions)},
    Field{.name = "maxResourcePools", .type = number, .offset = AT(Quota, max_resource_pools)},
    Field{.name = "maxResources", .type = number, .offset = AT(Quota, max_resources)},
    Field{.name = "maxDeployments", .type = number, .offset = AT(Quota, max_deployments)},
    Field{.name = "maxUsers", .type = number, .offset = AT(Quota, max_users)},
    Field{.name = "maxRequestsPerMinute", .type = number, .offset = AT(Quota, max_requests_per_minute)},
};
constexpr Table quota{"quota", {}, quota_fields};

constexpr std::array tenant_fields = {
    Field{.name = "tenantId", .offset = AT(Tenant, tenant_id), .required = true, .immutable = true},
    Field{.name = "name", .offset = AT(Tenant, name), .required = true, .max_length = 255},
    Field{.name = "description", .offset = AT(Tenant, description), .max_length = 1000},
    Field{
        .name = "status", .offset = AT(Tenant, status), .required = true, .doc = "active, suspended, pending_deletion"},
    Field{.name = "contactEmail", .offset = AT(Tenant, contact_email), .max_length = 255},
    Field{.name = "metadata", .type = object, .offset = AT(Tenant, metadata), .max_length = 100},
    Field{.name = "quota", .type = nested, .offset = AT(Tenant, quota), .nested = &quota},
    Field{.name = "createdAt", .offset = AT(Tenant, created_at), .server = true},
    Field{.name = "updatedAt", .offset = AT(Tenant, updated_at), .server = true},
};
constexpr Table tenant_kind{"tenant", "tenantId", tenant_fields};

constexpr std::array user_fields = {
    Field{.name = "userId", .offset = AT(User, user_id), .required = true, .immutable = true},
    Field{.name = "subject", .offset = AT(User, subject), .required = true, .max_length = 1000},
    Field{.name = "name", .offset = AT(User, name), .required = true, .max_length = 255},
    Field{.name = "email", .offset = AT(User, email), .max_length = 255},
    Field{.name = "roles", .type = text_list, .offset = AT(User, roles)},
    Field{.name = "enabled", .type = flag, .offset = AT(User, enabled)},
    Field{.name = "createdAt", .offset = AT(User, created_at), .server = true},
    Field{.name = "updatedAt", .offset = AT(User, updated_at), .server = true},
    Field{.name = "lastSeenAt", .offset = AT(User, last_seen_at), .server = true},
};
constexpr Table user_kind{"user", "userId", user_fields};

constexpr std::array role_fields = {
    Field{.name = "roleId", .offset = AT(Role, role_id), .required = true, .immutable = true},
    Field{.name = "description", .offset = AT(Role, description), .max_length = 1000},
    Field{.name = "scope", .offset = AT(Role, scope), .doc = "platform or tenant"},
    Field{.name = "permissions", .type = text_list, .offset = AT(Role, permissions)},
    Field{.name = "builtIn", .type = flag, .offset = AT(Role, built_in), .server = true},
    Field{.name = "createdAt", .offset = AT(Role, created_at), .server = true},
    Field{.name = "updatedAt", .offset = AT(Role, updated_at), .server = true},
};
constexpr Table role_kind{"role", "roleId", role_fields};

using Site = OCloudSite;
constexpr std::array site_fields = {
    Field{.name = "oCloudSiteId", .offset = AT(Site, o_cloud_site_id), .required = true},
    Field{.name = "globalLocationId", .offset = AT(Site, global_location_id), .required = true},
    Field{.name = "name", .offset = AT(Site, name), .required = true},
    Field{.name = "description", .offset = AT(Site, description), .required = true},
    Field{.name = "resourcePools", .type = text_list, .offset = AT(Site, resource_pools)},
    Field{.name = "extensions", .type = object, .offset = AT(Site, extensions), .required = true},
};
constexpr Table site_kind{"oCloudSite", "oCloudSiteId", site_fields};

constexpr std::array location_fields = {
    Field{.name = "globalLocationId", .offset = AT(Location, global_location_id), .required = true},
    Field{.name = "name", .offset = AT(Location, name), .required = true},
    Field{.name = "description", .offset = AT(Location, description), .required = true},
    Field{.name = "oCloudSiteIds", .type = text_list, .offset = AT(Location, o_cloud_site_ids)},
    Field{.name = "coordinate", .type = object, .offset = AT(Location, coordinate)},
    Field{.name = "civicAddress", .type = array, .offset = AT(Location, civic_address)},
    Field{.name = "address", .offset = AT(Location, address)},
    Field{.name = "extensions", .type = object, .offset = AT(Location, extensions), .required = true},
};
constexpr Table location_kind{"location", "globalLocationId", location_fields};

using Alarm = AlarmDefinition;
constexpr std::array alarm_definition_fields = {
    Field{.name = "alarmDefinitionId", .offset = AT(Alarm, alarm_definition_id), .required = true, .doc = "a UUID"},
    Field{.name = "alarmName", .offset = AT(Alarm, alarm_name), .required = true},
    Field{.name = "alarmLastChange", .offset = AT(Alarm, alarm_last_change), .required = true},
    Field{.name = "alarmChangeType", .offset = AT(Alarm, alarm_change_type), .required = true},
    Field{.name = "alarmDescription", .offset = AT(Alarm, alarm_description), .required = true},
    Field{.name = "proposedRepairActions", .offset = AT(Alarm, proposed_repair_actions), .required = true},
    Field{.name = "clearingType", .offset = AT(Alarm, clearing_type), .required = true},
    Field{.name = "managementInterfaceId",
          .type = text_list,
          .offset = AT(Alarm, management_interface_id),
          .required = true},
    Field{
        .name = "pkNotificationField", .type = text_list, .offset = AT(Alarm, pk_notification_field), .required = true},
    Field{.name = "alarmAdditionalFields",
          .type = object,
          .offset = AT(Alarm, alarm_additional_fields),
          .required = true},
};
constexpr Table alarm_definition{"alarmDefinition", {}, alarm_definition_fields};

using Reference = StandardReference;
constexpr std::array standard_reference_fields = {
    Field{.name = "standardDefinitionOrganization",
          .offset = AT(Reference, standard_definition_organization),
          .required = true},
    Field{.name = "standardSpecification", .offset = AT(Reference, standard_specification), .required = true},
    Field{.name = "versionOrRelease", .offset = AT(Reference, version_or_release), .required = true},
};
constexpr Table standard_reference{"standardReference", {}, standard_reference_fields};

using Cause = ProbableCause;
constexpr std::array probable_cause_fields = {
    Field{.name = "probableCauseCode", .offset = AT(Cause, probable_cause_code), .required = true},
    Field{.name = "probableCauseDescription", .offset = AT(Cause, probable_cause_description), .required = true},
    Field{.name = "standardReference",
          .type = nested,
          .offset = AT(Cause, standard_reference),
          .nested = &standard_reference},
};
constexpr Table probable_cause{"probableCause", {}, probable_cause_fields};

using Alarms = AlarmDictionary;
constexpr std::array alarm_dictionary_fields = {
    Field{.name = "alarmDictionaryId", .offset = AT(Alarms, alarm_dictionary_id), .required = true},
    Field{.name = "alarmDictionaryVersion", .offset = AT(Alarms, alarm_dictionary_version), .required = true},
    Field{.name = "alarmDictionarySchemaVersion",
          .offset = AT(Alarms, alarm_dictionary_schema_version),
          .required = true},
    Field{.name = "entityType", .offset = AT(Alarms, entity_type), .required = true},
    Field{.name = "vendor", .offset = AT(Alarms, vendor), .required = true},
    Field{.name = "managementInterfaceId",
          .type = text_list,
          .offset = AT(Alarms, management_interface_id),
          .required = true},
    Field{.name = "pkNotificationField",
          .type = text_list,
          .offset = AT(Alarms, pk_notification_field),
          .required = true},
    Field{.name = "alarmDefinition",
          .type = items,
          .offset = AT(Alarms, alarm_definition),
          .required = true,
          .nested = &alarm_definition,
          .vector = &items_of<Alarm>},
    Field{.name = "probableCauses",
          .type = items,
          .offset = AT(Alarms, probable_causes),
          .required = true,
          .nested = &probable_cause,
          .vector = &items_of<Cause>},
};
constexpr Table alarm_dictionary{"alarmDictionary", "alarmDictionaryId", alarm_dictionary_fields};

using Measurement = PerformanceMeasurement;
constexpr std::array measurement_fields = {
    Field{.name = "performanceMeasurementDefinitionId",
          .offset = AT(Measurement, performance_measurement_definition_id),
          .required = true,
          .doc = "a UUID"},
    Field{.name = "performanceMeasurementId", .offset = AT(Measurement, performance_measurement_id), .required = true},
    Field{.name = "standardReference", .offset = AT(Measurement, standard_reference), .required = true},
    Field{.name = "supportedInterfaces", .offset = AT(Measurement, supported_interfaces)},
    Field{.name = "extensions", .type = object, .offset = AT(Measurement, extensions), .required = true},
    Field{.name = "measurementDefinition", .type = object, .offset = AT(Measurement, measurement_definition)},
};
constexpr Table measurement{"performanceMeasurement", {}, measurement_fields};

using Measures = PerformanceDictionary;
constexpr std::array performance_dictionary_fields = {
    Field{.name = "performanceDictionaryId", .offset = AT(Measures, performance_dictionary_id), .required = true},
    Field{.name = "performanceDictionaryVersion",
          .offset = AT(Measures, performance_dictionary_version),
          .required = true},
    Field{.name = "performanceDictionarySchemaVersion",
          .offset = AT(Measures, performance_dictionary_schema_version),
          .required = true},
    Field{.name = "vendorSoftwareProduct", .offset = AT(Measures, vendor_software_product), .required = true},
    Field{.name = "supportedInterfaces", .offset = AT(Measures, supported_interfaces), .required = true},
    Field{.name = "supportedMeasurements",
          .type = items,
          .offset = AT(Measures, supported_measurements),
          .required = true,
          .nested = &measurement,
          .vector = &items_of<Measurement>},
};
constexpr Table performance_dictionary{"performanceDictionary", "performanceDictionaryId",
                                       performance_dictionary_fields};

using OCloud = OCloudInfrastructure;
constexpr std::array o_cloud_fields = {
    Field{.name = "oCloudId", .offset = AT(OCloud, o_cloud_id), .required = true},
    Field{.name = "globalCloudId", .offset = AT(OCloud, global_cloud_id)},
    Field{.name = "name", .offset = AT(OCloud, name), .required = true},
    Field{.name = "description", .offset = AT(OCloud, description)},
    Field{.name = "serviceUri", .offset = AT(OCloud, service_uri), .required = true},
    Field{.name = "extensions", .type = object, .offset = AT(OCloud, extensions)},
};
constexpr Table o_cloud{"oCloudInfrastructure", "oCloudId", o_cloud_fields};

#undef AT

}  // namespace

const Table& deployment_manager_table() noexcept { return deployment_manager; }
const Table& resource_pool_table() noexcept { return resource_pool; }
const Table& resource_table() noexcept { return resource; }
const Table& resource_type_table() noexcept { return resource_type; }
const Table& subscription_table() noexcept { return subscription; }
const Table& o_cloud_table() noexcept { return o_cloud; }
const Table& tenant_table() noexcept { return tenant_kind; }
const Table& user_table() noexcept { return user_kind; }
const Table& role_table() noexcept { return role_kind; }
const Table& o_cloud_site_table() noexcept { return site_kind; }
const Table& location_table() noexcept { return location_kind; }
const Table& alarm_dictionary_table() noexcept { return alarm_dictionary; }
const Table& performance_dictionary_table() noexcept { return performance_dictionary; }

bool has_tenant(const Table& table) noexcept {
  return &table == &resource_pool || &table == &resource || &table == &subscription || &table == &user_kind ||
         &table == &role_kind;
}

const Table& table_of(Kind kind) noexcept {
  switch (kind) {
    case Kind::deployment_manager:
      return deployment_manager;
    case Kind::resource_pool:
      return resource_pool;
    case Kind::resource_type:
      return resource_type;
    case Kind::subscription:
      return subscription;
    case Kind::o_cloud:
      return o_cloud;
    case Kind::tenant:
      return tenant_kind;
    case Kind::user:
      return user_kind;
    case Kind::role:
      return role_kind;
    case Kind::o_cloud_site:
      return site_kind;
    case Kind::location:
      return location_kind;
    case Kind::alarm_dictionary:
      return alarm_dictionary;
    case Kind::performance_dictionary:
      return performance_dictionary;
    default:
      return resource;
  }
}

}  // namespace model
}  // namespace netweave
