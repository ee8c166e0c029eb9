#include "tenancy/permissions.hpp"

#include <doctest/doctest.h>

using namespace netweave;
using tenancy::Permissions;

namespace {

Permissions of(std::string_view role) {
  Permissions permissions;
  for (const Role& each : tenancy::built_in_roles())
    if (each.role_id == role)
      for (const std::string& text : each.permissions) permissions |= tenancy::permission(text);
  REQUIRE_FALSE(permissions.empty());
  return permissions;
}

bool may(std::string_view role, std::string_view what) { return of(role).hold(tenancy::permission(what)); }

}  // namespace

TEST_CASE("a permission is a resource and an action, either all of them") {
  CHECK(Permissions::parse("resourcePools:create")->names() == std::vector<std::string>{"resourcePools:create"});
  CHECK(Permissions::parse("alarms:*")->names() == std::vector<std::string>{"alarms:read", "alarms:update"});
  CHECK(Permissions::parse("*")->names().size() == tenancy::all_permissions().size());
  for (std::string_view text :
       {"", ":", "resourcePools", "resourcePools:", "resourcePools:fly", "*:read", "x:read", "alarms:create"})
    CHECK_MESSAGE(!Permissions::parse(text), text);
}

TEST_CASE("every permission can be written and read back") {
  for (const auto& name : tenancy::all_permissions()) {
    std::string text = std::string(name.resource) + ":" + std::string(name.action);
    CHECK(Permissions::parse(text)->names() == std::vector<std::string>{text});
  }
}

TEST_CASE("the built-in roles may what the contract says") {
  CHECK(of("platform-admin") == Permissions::all());
  CHECK(may("tenant-admin", "users:delete"));
  CHECK_FALSE(may("tenant-admin", "tenants:delete"));
  CHECK_FALSE(may("tenant-admin", "resources:read"));
  CHECK(may("owner", "users:delete"));
  CHECK(may("owner", "audit:read"));
  CHECK_FALSE(may("owner", "tenants:read"));
  CHECK_FALSE(may("owner", "adapters:select"));
  CHECK(may("admin", "users:update"));
  CHECK_FALSE(may("admin", "users:delete"));
  CHECK_FALSE(may("admin", "audit:read"));
  CHECK(may("operator", "subscriptions:delete"));
  CHECK(may("operator", "deployments:create"));
  CHECK_FALSE(may("operator", "resourcePools:create"));
  CHECK_FALSE(may("operator", "resources:delete"));
  CHECK(may("viewer", "resources:read"));
  CHECK_FALSE(may("viewer", "subscriptions:create"));
}

TEST_CASE("a set holds another where it has all of it") {
  Permissions some = tenancy::permission("resources:read") | tenancy::permission("resources:update");
  CHECK(some.hold(tenancy::permission("resources:read")));
  CHECK_FALSE(some.hold(tenancy::permission("resources:*")));
  CHECK(some.hold({}));
}
