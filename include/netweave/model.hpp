#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "netweave/value.hpp"

/// The inventory's kinds, as the netweave family of paths shows them (JSON names are the members' in camelCase).
/// Empty text and an empty object mean "absent" wherever a member is optional. Identifiers match
/// `[A-Za-z0-9][A-Za-z0-9._:-]{0,254}`. Times are RFC 3339 text in UTC ("2026-01-02T03:04:05.678Z").
/// Source: O-RAN.WG6.TS.O2IMS-INTERFACE clause 3.2.6 for the standard's members; createdAt, updatedAt and the
/// contents of `extensions` are netweave's own.
namespace netweave {

enum class Kind : std::uint8_t {
  deployment_manager = 1,
  resource_pool = 2,
  resource_type = 3,
  resource = 4,
  subscription = 5,
  o_cloud = 6,
  tenant = 7,
  o_cloud_site = 8,
  location = 9,
  user = 10,
  role = 11,
  alarm_dictionary = 12,
  performance_dictionary = 13,
};

/// "resourcePool" and so on; a static string.
std::string_view to_string(Kind kind) noexcept;

/// What a deployment manager's O-Cloud has and what is left of it. Absent where a backend can't say.
struct Capacity {
  std::optional<double> total_cpu;  ///< cores
  std::optional<double> total_memory_mb;
  std::optional<double> total_storage_gb;
  std::optional<double> available_cpu;
  std::optional<double> available_memory_mb;
  std::optional<double> available_storage_gb;
};

struct DeploymentManager {
  std::string deployment_manager_id;  ///< required
  std::string name;                   ///< required
  std::string description;
  std::string o_cloud_id;   ///< required; an adapter leaves it empty, the gateway fills in its own
  std::string service_uri;  ///< required
  std::vector<std::string> supported_locations;
  std::vector<std::string> capabilities;
  Capacity capacity;
  Value extensions = Value::object();
};

struct ResourcePool {
  std::string resource_pool_id;  ///< required
  std::string name;              ///< required
  std::string description;
  std::string location;
  std::string o_cloud_id;          ///< required; an adapter leaves it empty
  std::string global_location_id;  ///< a geo URI (RFC 5870)
  std::string created_at;          ///< empty: the gateway fills in when it first saw the object
  std::string updated_at;          ///< always the gateway's
  std::optional<bool> shared;      ///< true: all tenants see it and its resources; the gateway's, no adapter is asked
  Value extensions = Value::object();
};

struct Resource {
  std::string resource_id;       ///< required
  std::string resource_type_id;  ///< required
  std::string resource_pool_id;  ///< required
  std::string global_asset_id;   ///< starts with "urn:"
  std::string description;       ///< at most 1,000 characters
  std::string created_at;
  std::string updated_at;
  Value extensions = Value::object();  ///< at most 100 members; `labels` holds a string by name, for every backend
};

struct ResourceType {
  std::string resource_type_id;  ///< required
  std::string name;              ///< required
  std::string description;
  std::string vendor;
  std::string model;
  std::string version;
  std::string resource_class;  ///< compute, storage or network
  std::string resource_kind;   ///< physical, virtual or logical
  Value extensions = Value::object();
};

/// A part of the O-Cloud at one location. Shown by the O-RAN family alone, like Location.
struct OCloudSite {
  std::string o_cloud_site_id;     ///< required; a UUID is shown as it is
  std::string global_location_id;  ///< required
  std::string name;                ///< required
  std::string description;
  std::vector<std::string> resource_pools;  ///< ids; empty: the pools whose location is the site's
  Value extensions = Value::object();
};

/// A place that the SMO knows; one of coordinate, civic address and address is there.
struct Location {
  std::string global_location_id;  ///< required
  std::string name;                ///< required
  std::string description;
  std::vector<std::string> o_cloud_site_ids;  ///< passed over: the sites say where they are
  Value coordinate = Value::object();         ///< a GeoJSON Point (RFC 7946)
  Value civic_address = Value::array();       ///< of {caType, caValue} (RFC 4776)
  std::string address;
  Value extensions = Value::object();
};

/// One alarm that resources can raise.
struct AlarmDefinition {
  std::string alarm_definition_id;  ///< required; a UUID
  std::string alarm_name;           ///< required
  std::string alarm_last_change;    ///< the dictionary's version in which it changed last
  std::string alarm_change_type;    ///< required: ADDED, DELETED or MODIFIED
  std::string alarm_description;
  std::string proposed_repair_actions;
  std::string clearing_type;                         ///< required: AUTOMATIC or MANUAL
  std::vector<std::string> management_interface_id;  ///< O2IMS alone
  std::vector<std::string> pk_notification_field;
  Value alarm_additional_fields = Value::object();
};

/// Where a standards body defines a probable cause.
struct StandardReference {
  std::string standard_definition_organization;  ///< required, as the others
  std::string standard_specification;
  std::string version_or_release;
};

struct ProbableCause {
  std::string probable_cause_code;  ///< required
  std::string probable_cause_description;
  StandardReference standard_reference;
};

/// The alarms that resources of a type can raise: the type names it in `extensions.alarmDictionaryId`. Shown by the
/// O-RAN family alone, like PerformanceDictionary.
struct AlarmDictionary {
  std::string alarm_dictionary_id;  ///< required
  std::string alarm_dictionary_version;
  std::string alarm_dictionary_schema_version;
  std::string entity_type;  ///< required
  std::string vendor;
  std::vector<std::string> management_interface_id = {"O2IMS"};
  std::vector<std::string> pk_notification_field = {"alarmDefinitionId"};
  std::vector<AlarmDefinition> alarm_definition;  ///< required
  std::vector<ProbableCause> probable_causes;
};

struct PerformanceMeasurement {
  std::string performance_measurement_definition_id;  ///< required; a UUID
  std::string performance_measurement_id;             ///< required
  std::string standard_reference;
  std::string supported_interfaces;
  Value extensions = Value::object();
  Value measurement_definition = Value::object();  ///< as 3GPP TS 32.404 or ETSI GS NFV-IFA 027 has it
};

/// What can be measured of resources of a type: the type names it in `extensions.performanceDictionaryId`.
struct PerformanceDictionary {
  std::string performance_dictionary_id;  ///< required
  std::string performance_dictionary_version;
  std::string performance_dictionary_schema_version;
  std::string vendor_software_product;
  std::string supported_interfaces = "O2IMS";
  std::vector<PerformanceMeasurement> supported_measurements;  ///< required
};

/// What a subscription reports: it names by inclusion; an empty member names everything.
struct SubscriptionFilter {
  std::vector<std::string> resource_pool_id;
  std::vector<std::string> resource_type_id;
  std::vector<std::string> resource_id;
  Value labels = Value::object();  ///< all of them must match
  std::string expression;  ///< a filter in the grammar of ETSI GS NFV-SOL 013 clause 5.2; at most 4,096 characters
};

struct Subscription {
  std::string subscription_id;  ///< required in a response
  std::string callback;         ///< required; absolute http or https URL
  std::string consumer_subscription_id;
  SubscriptionFilter filter;
  std::vector<std::string> event_types;  ///< empty: the API version's own
  std::string from_revision;             ///< "epoch.revision" that it begins after; empty: its own creation
  std::string created_at;
  std::string updated_at;
};

/// What a tenant may have at most (contract: tenants). Defaults are the gateway's.
struct TenantQuota {
  std::optional<double> max_subscriptions;
  std::optional<double> max_resource_pools;
  std::optional<double> max_resources;
  std::optional<double> max_deployments;
  std::optional<double> max_users;
  std::optional<double> max_requests_per_minute;
};

/// Who owns objects; v3 and later. Without multi-tenancy there is one, `default`.
struct Tenant {
  std::string tenant_id;  ///< required in a response
  std::string name;       ///< required
  std::string description;
  std::string status;  ///< required in a response: active, suspended or pending_deletion
  std::string contact_email;
  Value metadata = Value::object();
  TenantQuota quota;
  std::string created_at;
  std::string updated_at;
};

/// Who may use a gateway with multi-tenancy, in the tenant that owns the object.
struct User {
  std::string user_id;  ///< required in a response
  std::string subject;  ///< required, one user's alone: a certificate's DN (RFC 2253), or "jwt:<sub>"
  std::string name;     ///< required
  std::string email;
  std::vector<std::string> roles;  ///< of Role::role_id; none: nothing is allowed
  std::optional<bool> enabled;     ///< absent: true
  std::string created_at;
  std::string updated_at;
  std::string last_seen_at;  ///< to the hour
};

/// Permissions under a name. One that a tenant made belongs to it, a built-in one to nobody.
struct Role {
  std::string role_id;  ///< required: its name
  std::string description;
  std::string scope;                     ///< platform: over all tenants; tenant: inside the user's own
  std::vector<std::string> permissions;  ///< "resourcePools:create", "resourcePools:*", "*"
  std::optional<bool> built_in;
  std::string created_at;
  std::string updated_at;
};

struct OCloudInfrastructure {
  std::string o_cloud_id;
  std::string global_cloud_id;
  std::string name;
  std::string description;
  std::string service_uri;
  Value extensions = Value::object();
};

}  // namespace netweave
