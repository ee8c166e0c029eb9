#include <algorithm>
#include <set>

#include <doctest/doctest.h>

#include "api/openapi/document.hpp"
#include "model/fields.hpp"

using namespace netweave;
using namespace netweave::model;

// The field tables and the documents say the same of each kind: names, what is required, types, lengths.

namespace {

const Value& document() {
  static const Value json = Value::parse(api::openapi::embedded_json()).value();
  return json;
}

const Value& resolve(const Value& schema) {
  const Value* reference = schema.find("$ref");
  if (reference == nullptr && schema.at("allOf").size() == 1) return resolve(schema.at("allOf").as_array()[0]);
  return reference == nullptr ? schema : resolve(*api::openapi::look_up(document(), reference->as_text()));
}

/// The schema of that name; of one that differs between versions, the newest's.
const Value& schema_of(const std::string& name) {
  const Value& schemas = document().at("components").at("schemas");
  for (const char* ending : {"V3", "V2", "V1", ""})
    if (const Value* schema = schemas.find(name + ending)) return *schema;
  FAIL("the document has no schema " << name);
  return schemas;
}

bool text_array(const Value& schema) {
  return schema.at("type").as_text() == "array" && resolve(schema.at("items")).at("type").as_text() == "string";
}

bool same_type(const Field& field, const Value& schema) {
  std::string_view type = schema.at("type").as_text();
  switch (field.type) {
    case FieldType::text:
      return type == "string";
    case FieldType::text_list:
      return text_array(schema);
    case FieldType::text_set:
      return schema.at("anyOf").size() == 2 && schema.at("anyOf").as_array()[0].at("type").as_text() == "string" &&
             text_array(schema.at("anyOf").as_array()[1]);
    case FieldType::number:
      return type == "number" || type == "integer";
    case FieldType::object:
    case FieldType::nested:
      return type == "object";
    default:
      return type == "boolean";
  }
}

using Names = std::set<std::string, std::less<>>;

Names names_in(const Value& list) {
  Names names;
  for (const Value& name : list.as_array()) names.emplace(name.as_text());
  return names;
}

/// `beside`: members of answers that no table has, since they are no part of the object.
void check_members(const Table& table, const Value& schema, const Names& beside = {}) {
  CAPTURE(table.name);
  CHECK(schema.at("additionalProperties") == Value(false));
  const Value& properties = schema.at("properties");
  for (const Field& field : table.fields) {
    CAPTURE(field.name);
    const Value* property = properties.find(field.name);
    REQUIRE(property != nullptr);
    CHECK(same_type(field, resolve(*property)));
    if (field.type == FieldType::nested) check_members(*field.nested, resolve(*property));
  }
  for (const Value::Member& property : properties.as_object()) {
    CAPTURE(property.first);
    CHECK((table.find(property.first) != nullptr || beside.contains(property.first)));
  }
}

void check_answer(const Table& table, const Value& schema, const Names& beside = {}) {
  check_members(table, schema, beside);
  Names required;
  for (const Field& field : table.fields)
    if (field.required) required.emplace(field.name);
  CHECK(names_in(schema.at("required")) == required);
}

/// Beside an object that belongs to a tenant, a request may say to which.
Names of_requests(const Table& table) { return has_tenant(table) ? Names{"tenantId"} : Names{}; }

/// What a creation needs, and how long its members may be.
void check_request(const Table& table, const Value& schema, const Names& needs) {
  check_members(table, schema, of_requests(table));
  CHECK(names_in(schema.at("required")) == needs);
  for (const Field& field : table.fields) {
    CAPTURE(field.name);
    const Value& property = resolve(schema.at("properties").at(field.name));
    bool text = field.type == FieldType::text;
    auto most = static_cast<std::size_t>(property.at(text ? "maxLength" : "maxProperties").as_integer());
    CHECK(most == field.max_length);
  }
}

}  // namespace

TEST_CASE("answers: every kind's members, required ones and types") {
  check_answer(deployment_manager_table(), schema_of("DeploymentManager"));
  check_answer(resource_pool_table(), schema_of("ResourcePool"), {"tenantId"});
  check_answer(resource_table(), schema_of("Resource"), {"tenantId"});
  check_answer(resource_type_table(), schema_of("ResourceType"));
  check_answer(subscription_table(), schema_of("Subscription"), {"tenantId", "status"});
  check_answer(tenant_table(), schema_of("Tenant"), {"usage"});
  check_answer(user_table(), schema_of("User"), {"tenantId"});
  check_answer(role_table(), schema_of("Role"), {"tenantId"});
  check_answer(o_cloud_table(), schema_of("OCloudInfrastructure"));
}

TEST_CASE("requests: the same members, what a creation needs, and how long they may be") {
  check_request(resource_pool_table(), schema_of("ResourcePoolWrite"), {"name"});
  check_request(resource_table(), schema_of("ResourceCreate"), {"resourceTypeId", "resourcePoolId"});
  check_request(resource_table(), schema_of("ResourceWrite"), {});
  check_request(subscription_table(), schema_of("SubscriptionWrite"), {"callback"});
  check_request(tenant_table(), schema_of("TenantWrite"), {"name"});
  check_request(user_table(), schema_of("UserWrite"), {"subject", "name"});
  check_request(role_table(), schema_of("RoleWrite"), {"roleId"});
  check_members(resource_pool_table(), schema_of("ResourcePoolPatch"), {"tenantId"});
  check_members(resource_table(), schema_of("ResourcePatch"), {"tenantId"});
}

TEST_CASE("an answer with fields is the same object without what is required") {
  for (const char* name : {"DeploymentManager", "ResourcePool", "Resource", "ResourceType", "Subscription", "Tenant"}) {
    CAPTURE(name);
    const Value& whole = schema_of(name);
    const Value& part = schema_of(std::string(name) + "Fields");
    CHECK(part.at("properties") == whole.at("properties"));
    CHECK(part.at("required").size() == 1);
    CHECK(part.at("x-netweave-only-with").as_text() == "fields");
  }
}
