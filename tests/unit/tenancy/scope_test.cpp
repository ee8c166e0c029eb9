#include "tenancy/scope.hpp"

#include "unit/tenancy/world.hpp"

using namespace netweave;
using tenancy::Scope;
using test::World;

namespace {

std::string pool(std::string_view id, bool shared = false) {
  return R"({"resourcePoolId":")" + std::string(id) + R"(","name":"p")" + (shared ? R"(,"shared":true})" : "}");
}
std::string resource(std::string_view id, std::string_view in) {
  return R"({"resourceId":")" + std::string(id) + R"(","resourcePoolId":")" + std::string(in) + R"("})";
}

}  // namespace

TEST_CASE("a tenant sees what it owns, what is shared and what is common") {
  World world;
  auto own = world.put(Kind::resource_pool, "own", pool("own"), "red");
  auto other = world.put(Kind::resource_pool, "other", pool("other"), "blue");
  auto shared = world.put(Kind::resource_pool, "shared", pool("shared", true), "blue");
  auto in_other = world.put(Kind::resource, "a", resource("a", "other"), "blue", "other");
  auto in_shared = world.put(Kind::resource, "b", resource("b", "shared"), "blue", "shared");
  auto type = world.put(Kind::resource_type, "t", R"({"resourceTypeId":"t"})");
  auto nobodys = world.put(Kind::resource_pool, "default", pool("default"));
  Scope red("red");
  auto sees = [&](const model::ObjectRef& object) { return red.sees(*world.now(), *object); };
  CHECK(sees(own));
  CHECK_FALSE(sees(other));
  CHECK(sees(shared));
  CHECK_FALSE(sees(in_other));
  CHECK(sees(in_shared));
  CHECK(sees(type));
  CHECK_FALSE(sees(nobodys));
  CHECK(Scope("default").sees(*world.now(), *nobodys));
  CHECK(Scope().sees(*world.now(), *other));
  CHECK(red.owns(*own));
  CHECK_FALSE(red.owns(*shared));
  world.put(Kind::resource_pool, "shared", pool("shared"), "blue");
  CHECK_FALSE(sees(in_shared));  // no longer
}

TEST_CASE("tenants and roles are seen by those whose they are") {
  World world;
  auto red = world.put(Kind::tenant, "red", R"({"tenantId":"red"})");
  auto role = world.put(Kind::role, "night", R"({"roleId":"night"})", "blue");
  CHECK(Scope("red").sees(*world.now(), *red));
  CHECK_FALSE(Scope("blue").sees(*world.now(), *red));
  CHECK(Scope("blue").sees(*world.now(), *role));
  CHECK_FALSE(Scope("red").sees(*world.now(), *role));
}

TEST_CASE("what changes hands is a deletion to the one tenant and a creation to the other") {
  World world;
  auto before = world.put(Kind::resource, "a", resource("a", "p"), "red", "p");
  auto after = world.put(Kind::resource, "a", resource("a", "p"), "blue", "p");
  store::Entry entry{2, 5, after, before};
  store::Entry part;
  const store::Entry* red = tenancy::seen(Scope("red"), *world.now(), entry, part);
  REQUIRE(red == &part);
  CHECK(!red->object);
  CHECK(red->prior.get() == before.get());
  CHECK(red->revision == 2);
  const store::Entry* blue = tenancy::seen(Scope("blue"), *world.now(), entry, part);
  REQUIRE(blue == &part);
  CHECK(blue->object.get() == after.get());
  CHECK(!blue->prior);
  CHECK(tenancy::seen(Scope("green"), *world.now(), entry, part) == nullptr);
  CHECK(tenancy::seen(Scope(), *world.now(), entry, part) == &entry);
}
