#include "tenancy/permissions.hpp"

#include <array>
#include <stdexcept>

namespace netweave::tenancy {
namespace {

// The order is that of the bits, which are nowhere stored.
constexpr std::array known = std::to_array<PermissionName>({
    {"subscriptions", "read"},
    {"subscriptions", "create"},
    {"subscriptions", "update"},
    {"subscriptions", "delete"},
    {"resourcePools", "read"},
    {"resourcePools", "create"},
    {"resourcePools", "update"},
    {"resourcePools", "delete"},
    {"resources", "read"},
    {"resources", "create"},
    {"resources", "update"},
    {"resources", "delete"},
    {"resourceTypes", "read"},
    {"deploymentManagers", "read"},
    {"deploymentManagers", "credentials"},
    {"deployments", "read"},
    {"deployments", "create"},
    {"deployments", "update"},
    {"deployments", "delete"},
    {"descriptors", "read"},
    {"descriptors", "create"},
    {"descriptors", "update"},
    {"descriptors", "delete"},
    {"packages", "read"},
    {"packages", "create"},
    {"packages", "update"},
    {"packages", "delete"},
    {"workflows", "read"},
    {"workflows", "create"},
    {"workflows", "delete"},
    {"serviceModels", "read"},
    {"serviceModels", "create"},
    {"serviceModels", "delete"},
    {"policies", "read"},
    {"policies", "create"},
    {"policies", "delete"},
    {"smo", "read"},
    {"smo", "create"},
    {"smo", "delete"},
    {"alarms", "read"},
    {"alarms", "update"},
    {"provisioning", "read"},
    {"provisioning", "create"},
    {"provisioning", "update"},
    {"provisioning", "delete"},
    {"tenants", "read"},
    {"tenants", "create"},
    {"tenants", "update"},
    {"tenants", "delete"},
    {"users", "read"},
    {"users", "create"},
    {"users", "update"},
    {"users", "delete"},
    {"roles", "read"},
    {"roles", "create"},
    {"roles", "update"},
    {"roles", "delete"},
    {"audit", "read"},
    {"adapters", "select"},
});
static_assert(known.size() <= 64);

/// What stands in a tenant, of which its owner may do everything.
constexpr std::array<std::string_view, 14> of_a_tenant = {
    "subscriptions", "resourcePools", "resources", "resourceTypes", "deploymentManagers",
    "deployments",   "descriptors",   "packages",  "workflows",     "serviceModels",
    "policies",      "smo",           "alarms",    "provisioning"};

/// One action on each of those.
std::vector<std::string> each(std::string_view action) {
  std::vector<std::string> texts;
  for (std::string_view resource : of_a_tenant) texts.push_back(std::string(resource) + ":" + std::string(action));
  return texts;
}

std::vector<std::string> with(std::vector<std::string> texts, std::initializer_list<std::string> more) {
  texts.insert(texts.end(), more);
  return texts;
}

Role role(std::string id, std::string_view scope, std::vector<std::string> permissions, std::string description) {
  Role made;
  made.role_id = std::move(id);
  made.description = std::move(description);
  made.scope = scope;
  made.permissions = std::move(permissions);
  made.built_in = true;
  return made;
}

}  // namespace

std::optional<Permissions> Permissions::parse(std::string_view text) {
  if (text == "*") return all();
  std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  std::string_view resource = text.substr(0, colon);
  std::string_view action = text.substr(colon + 1);
  std::uint64_t bits = 0;
  for (std::size_t i = 0; i < known.size(); ++i)
    if (known[i].resource == resource && (action == "*" || known[i].action == action)) bits |= std::uint64_t{1} << i;
  return bits == 0 ? std::nullopt : std::optional(Permissions(bits));
}

Permissions Permissions::all() noexcept { return Permissions((std::uint64_t{1} << known.size()) - 1); }

std::vector<std::string> Permissions::names() const {
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < known.size(); ++i)
    if ((bits_ >> i & 1U) != 0) texts.push_back(std::string(known[i].resource) + ":" + std::string(known[i].action));
  return texts;
}

Permissions permission(std::string_view text) {
  auto found = Permissions::parse(text);
  if (!found) throw std::logic_error("no such permission: " + std::string(text));
  return *found;
}

std::span<const PermissionName> all_permissions() noexcept { return known; }

std::span<const Role> built_in_roles() {
  static const std::array<Role, 6> roles = {
      role("platform-admin", platform_scope, {"*"}, "Everything, over all tenants"),
      role("tenant-admin", platform_scope,
           {"tenants:read", "tenants:create", "tenants:update", "users:*", "audit:read"},
           "Tenants and their users, over all tenants"),
      role("owner", tenant_scope, with(each("*"), {"users:*", "roles:read", "audit:read"}),
           "Everything inside its tenant"),
      role("admin", tenant_scope, with(each("*"), {"users:read", "users:create", "users:update", "roles:read"}),
           "As owner, without deleting users and without the audit"),
      role("operator", tenant_scope,
           with(each("read"),
                {"users:read", "roles:read", "subscriptions:create", "subscriptions:update", "subscriptions:delete",
                 "resources:create", "resources:update", "deployments:create", "deployments:update"}),
           "Reads all, subscribes, creates and updates resources and deployments"),
      role("viewer", tenant_scope, with(each("read"), {"users:read", "roles:read"}), "Reads"),
  };
  return roles;
}

}  // namespace netweave::tenancy
