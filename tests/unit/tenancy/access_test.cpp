#include "tenancy/access.hpp"

#include "unit/tenancy/world.hpp"

using namespace netweave;
using tenancy::access_of;
using test::World;

namespace {

std::string user(std::string_view subject, std::string_view roles, std::string_view more = "") {
  return R"({"userId":"u","subject":")" + std::string(subject) + R"(","name":"n","roles":[)" + std::string(roles) +
         "]" + std::string(more) + "}";
}

void add_tenant(World& world, const std::string& id, const std::string& status = "active") {
  world.put(Kind::tenant, id, R"({"tenantId":")" + id + R"(","name":"n","status":")" + status + R"("})");
}

std::string why(const Result<std::shared_ptr<const tenancy::Access>>& access) {
  REQUIRE_FALSE(access);
  CHECK(access.error().kind == ErrorKind::denied);
  return access.error().message;
}

}  // namespace

TEST_CASE("a subject's user says the tenant and the roles") {
  World world;
  add_tenant(world, "red");
  world.put(Kind::user, "u", user("CN=a", R"("viewer","tenant-admin","no such role")"), "red");
  auto access = access_of(*world.now(), {"CN=a", {}});
  REQUIRE(access);
  CHECK((*access)->tenant == "red");
  CHECK((*access)->user_id == "u");
  CHECK((*access)->own.hold(tenancy::permission("resources:read")));
  auto own = (*access)->scope_for(tenancy::permission("resources:read"));
  REQUIRE(own);
  CHECK(own->tenant() == "red");
  CHECK((*access)->scope_for(tenancy::permission("tenants:read"))->all());
  CHECK_FALSE((*access)->scope_for(tenancy::permission("resources:update")));
}

TEST_CASE("a user's own tenant's roles count, another's do not") {
  World world;
  add_tenant(world, "red");
  world.put(Kind::role, "mine", R"({"roleId":"mine","scope":"tenant","permissions":["alarms:update"]})", "red");
  world.put(Kind::role, "theirs", R"({"roleId":"theirs","scope":"tenant","permissions":["*"]})", "blue");
  world.put(Kind::user, "u", user("CN=a", R"("mine","theirs")"), "red");
  auto access = access_of(*world.now(), {"CN=a", {}});
  REQUIRE(access);
  CHECK((*access)->all() == tenancy::permission("alarms:update"));
}

TEST_CASE("who is unknown, disabled or of a tenant that is not active may nothing") {
  World world;
  add_tenant(world, "red");
  add_tenant(world, "grey", "suspended");
  world.put(Kind::user, "u", user("CN=off", "", R"(,"enabled":false)"), "red");
  world.put(Kind::user, "v", user("CN=grey", R"("owner")"), "grey");
  world.put(Kind::user, "w", user("CN=nowhere", R"("owner")"), "gone");
  CHECK(why(access_of(*world.now(), {"CN=nobody", {}})) == "no user has the subject CN=nobody");
  CHECK(why(access_of(*world.now(), {"CN=off", {}})) == "the user n is disabled");
  CHECK(why(access_of(*world.now(), {"CN=grey", {}})) == "the tenant grey is suspended");
  CHECK(why(access_of(*world.now(), {"CN=nowhere", {}})) == "there is no tenant gone");
}

TEST_CASE("a token's grant counts where the store has no user of its subject") {
  World world;
  add_tenant(world, "red");
  tenancy::Identity::Grant grant{"red", {"viewer"}};
  auto access = access_of(*world.now(), {"jwt:a", grant});
  REQUIRE(access);
  CHECK((*access)->tenant == "red");
  CHECK((*access)->user_id.empty());
  CHECK((*access)->own.hold(tenancy::permission("resources:read")));
  world.put(Kind::user, "u", user("jwt:a", ""), "red");
  access = access_of(*world.now(), {"jwt:a", grant});
  REQUIRE(access);
  CHECK((*access)->user_id == "u");
  CHECK((*access)->all().empty());
}
