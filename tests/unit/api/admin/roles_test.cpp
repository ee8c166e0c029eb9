#include "office.hpp"

using namespace netweave;
using namespace netweave::test;

namespace {

/// A tenant whose user `karl` keeps roles and users, and little else.
struct Keeper {
  Rack rack;
  Office office{rack};
  Keeper() {
    office.tenant("acme");
    auto role = office.send(
        "POST", "/roles", R"({"roleId":"keeper","tenantId":"acme","permissions":["roles:*","users:*","alarms:read"]})");
    CAPTURE(role.text);
    REQUIRE(role.status == 201);
    office.user("acme", "karl", R"("keeper")");
  }
  Office::Answer karl(const std::string& method, const std::string& path, const std::string& body = {}) {
    return office.send_as("karl", method, path, body);
  }
};

}  // namespace

TEST_CASE("the built-in roles are there, and stay as they are") {
  Keeper keeper;
  auto roles = keeper.office.send("GET", "/roles?builtIn%5Beq%5D=true");
  CHECK(roles.json.at("total").as_integer() == 6);
  CHECK(keeper.karl("GET", "/roles").json.at("total").as_integer() == 7);
  CHECK(keeper.office.send("PATCH", "/roles/viewer", R"({"permissions":["*"]})").status == 409);
  CHECK(keeper.office.send("DELETE", "/roles/viewer").status == 409);
  CHECK(keeper.karl("DELETE", "/roles/viewer").status == 409);
  CHECK(keeper.office.send("POST", "/roles", R"({"roleId":"viewer","permissions":[]})").status == 409);
}

TEST_CASE("a role takes a subset of what its maker may") {
  Keeper keeper;
  auto made = keeper.karl("POST", "/roles", R"({"roleId":"listener","permissions":["alarms:read","users:read"]})");
  CHECK(made.status == 201);
  CHECK(made.json.at("tenantId").as_text() == "acme");
  CHECK(made.json.at("scope").as_text() == "tenant");
  CHECK(keeper.karl("POST", "/roles", R"({"roleId":"more","permissions":["alarms:update"]})").status == 403);
  CHECK(keeper.karl("PATCH", "/roles/listener", R"({"permissions":["*"]})").status == 403);
  CHECK(keeper.karl("POST", "/roles", R"({"roleId":"all","scope":"platform","permissions":[]})").status == 403);
  CHECK(keeper.karl("POST", "/roles", R"({"roleId":"o","tenantId":"default","permissions":[]})").status == 400);
  auto wrong = keeper.karl("POST", "/roles", R"({"roleId":"w","permissions":["alarms:read","alarms:fly"]})");
  CHECK(wrong.status == 400);
  CHECK(wrong.json.at("invalidParams").as_array()[0].at("name").as_text() == "permissions[1]");
}

TEST_CASE("a change of a role holds for its users at once, and one in use is not deleted") {
  Keeper keeper;
  REQUIRE(keeper.karl("POST", "/roles", R"({"roleId":"listener","permissions":["users:read"]})").status == 201);
  REQUIRE(keeper.karl("POST", "/tenant/users", Office::body_of("lisa", R"("listener")")).status == 201);
  CHECK(keeper.office.send_as("lisa", "GET", "/tenant/users").status == 200);
  CHECK(keeper.karl("PATCH", "/roles/listener", R"({"permissions":["alarms:read"]})").status == 200);
  CHECK(keeper.office.send_as("lisa", "GET", "/tenant/users").status == 403);
  CHECK(keeper.karl("DELETE", "/roles/listener").status == 409);
  CHECK(keeper.karl("DELETE", "/tenant/users/lisa").status == 204);
  CHECK(keeper.karl("DELETE", "/roles/listener").status == 204);
}

TEST_CASE("another tenant's role is not there; one over all tenants is for every tenant's users") {
  Keeper keeper;
  keeper.office.tenant("other");
  keeper.office.user("other", "otto", R"("owner")");
  CHECK(keeper.office.send_as("otto", "GET", "/roles/keeper").status == 404);
  CHECK(keeper.office.send("PATCH", "/admin/tenants/other/users/otto", R"({"roles":["keeper"]})").status == 400);
  REQUIRE(keeper.office.send("POST", "/roles", R"({"roleId":"watch","scope":"platform","permissions":["alarms:read"]})")
              .status == 201);
  CHECK(keeper.office.send("PATCH", "/admin/tenants/other/users/otto", R"({"roles":["watch"]})").status == 200);
  CHECK(keeper.office.send_as("otto", "GET", "/user").json.at("platformPermissions").size() == 1);
}

TEST_CASE("the permissions are listed") {
  Keeper keeper;
  auto list = keeper.karl("GET", "/permissions");
  CHECK(list.status == 200);
  CHECK(list.json.at("total").as_integer() == static_cast<std::int64_t>(list.json.at("items").size()));
}
