#include <thread>

#include "office.hpp"

using namespace netweave;
using namespace netweave::test;

namespace {

/// Two tenants, and in one of them somebody of each rank.
struct Acme {
  Rack rack;
  Office office{rack};
  Acme() {
    office.tenant("acme");
    office.tenant("other");
    office.user("acme", "olga", R"("owner")");
    office.user("acme", "adam", R"("admin")");
    office.user("acme", "vera", R"("viewer")");
    office.user("other", "otto", R"("owner")");
  }
};

}  // namespace

TEST_CASE("who has no certificate is unknown, and one without a user may nothing") {
  Acme acme;
  CHECK(acme.office.send_as("", "GET", "/user").status == 401);
  CHECK(acme.office.send_as("CN=nobody", "GET", "/user").status == 403);
  CHECK(acme.office.send_as("", "GET", "/health").status == 200);
}

TEST_CASE("a user sees itself, its tenant and its tenant's users, and nothing of another's") {
  Acme acme;
  auto self = acme.office.send_as("vera", "GET", "/user");
  CHECK(self.status == 200);
  CHECK(self.json.at("tenantId").as_text() == "acme");
  CHECK(self.json.at("platformPermissions").size() == 0);
  auto tenant = acme.office.send_as("vera", "GET", "/tenant");
  CHECK(tenant.json.at("tenantId").as_text() == "acme");
  CHECK(tenant.json.at("usage").at("users").as_integer() == 3);
  CHECK(acme.office.send_as("vera", "GET", "/tenant/users").json.at("total").as_integer() == 3);
  CHECK(acme.office.send_as("vera", "GET", "/tenant/users/otto").status == 404);
  CHECK(acme.office.send_as("olga", "DELETE", "/tenant/users/otto").status == 404);
  CHECK(acme.office.send_as("olga", "GET", "/admin/tenants").status == 403);
  CHECK(acme.office.send_as("olga", "GET", "/admin/tenants/acme/users").status == 403);
  CHECK(acme.office.send("GET", "/admin/tenants/nowhere/users").status == 404);
  CHECK(acme.office.send("GET", "/admin/tenants").json.at("total").as_integer() == 3);
  CHECK(acme.office.send("GET", "/tenant/users").json.at("total").as_integer() == 1);
}

TEST_CASE("users are listed, filtered and paged like every kind") {
  Acme acme;
  auto page = acme.office.send_as("olga", "GET", "/tenant/users?limit=2&fields=name");
  CHECK(page.json.at("items").size() == 2);
  std::string cursor(page.json.at("nextCursor").as_text());
  auto rest = acme.office.send_as("olga", "GET", "/tenant/users?limit=2&fields=name&cursor=" + cursor);
  CHECK(rest.json.at("items").size() == 1);
  CHECK(acme.office.send_as("otto", "GET", "/tenant/users?limit=2&cursor=" + cursor).status == 400);
  CHECK(acme.office.send_as("olga", "GET", "/tenant/users?explain=true").status == 200);
  auto found = acme.office.send_as("olga", "GET", "/tenant/users?name%5Beq%5D=adam");
  CHECK(found.json.at("total").as_integer() == 1);
  CHECK(acme.office.send_as("olga", "GET", "/tenant/users?name%5Beq%5D=otto").json.at("total").as_integer() == 0);
}

TEST_CASE("a user is changed by PUT and PATCH, under its ETag") {
  Acme acme;
  auto before = acme.office.send_as("olga", "GET", "/tenant/users/vera");
  auto changed = acme.office.send_as("olga", "PATCH", "/tenant/users/vera", R"({"email":"vera@example.com"})",
                                     {{"If-Match", before.header("ETag")}});
  CHECK(changed.status == 200);
  CHECK(changed.json.at("email").as_text() == "vera@example.com");
  CHECK(acme.office
            .send_as("olga", "PUT", "/tenant/users/vera", Office::body_of("vera", R"("viewer")"),
                     {{"If-Match", before.header("ETag")}})
            .status == 412);
  auto replaced = acme.office.send_as("olga", "PUT", "/tenant/users/vera",
                                      R"({"subject":"vera","name":"Vera","createdAt":"2001-01-01T00:00:00Z"})");
  CHECK(replaced.json.find("email") == nullptr);
  CHECK(replaced.json.at("createdAt") == before.json.at("createdAt"));
  CHECK(acme.office.send_as("olga", "PATCH", "/tenant/users/vera", R"({"tenantId":"other"})").status == 400);
  CHECK(acme.office.send_as("olga", "DELETE", "/tenant/users/vera").status == 204);
  CHECK(acme.office.send_as("vera", "GET", "/user").status == 403);
}

TEST_CASE("an Idempotency-Key gets the first answer again") {
  Acme acme;
  std::string body = R"({"subject":"CN=new","name":"New"})";
  auto first = acme.office.send_as("olga", "POST", "/tenant/users", body, {{"Idempotency-Key", "k"}});
  auto again = acme.office.send_as("olga", "POST", "/tenant/users", body, {{"Idempotency-Key", "k"}});
  CHECK(first.status == 201);
  CHECK(again.status == 201);
  CHECK(again.json.at("userId") == first.json.at("userId"));
}

TEST_CASE("a subject is one user's alone, however many ask at once") {
  Acme acme;
  CHECK(acme.office.send_as("otto", "POST", "/tenant/users", R"({"subject":"vera","name":"x"})").status == 409);
  CHECK(acme.office.send_as("olga", "PATCH", "/tenant/users/vera", R"({"subject":"otto"})").status == 409);
  std::atomic<int> made{0};
  std::vector<std::jthread> threads;
  for (int i = 0; i < 8; ++i)
    threads.emplace_back([&] {
      http::Request request;
      request.method = "POST";
      request.target = "/admin/tenants/acme/users";
      request.headers = {{"Content-Type", "application/json"}};
      request.body = R"({"subject":"CN=same","name":"x"})";
      request.peer.tls_subject = root;
      int status = acme.office.gateway().call(std::move(request)).status;
      if (status == 201) ++made;
      CHECK((status == 201 || status == 409));
    });
  threads.clear();
  CHECK(made == 1);
}

TEST_CASE("nobody gives a role that allows more than he may himself") {
  Acme acme;
  CHECK(acme.office.send_as("adam", "POST", "/tenant/users", Office::body_of("n1", R"("operator")")).status == 201);
  CHECK(acme.office.send_as("adam", "POST", "/tenant/users", Office::body_of("n2", R"("owner")")).status == 403);
  CHECK(acme.office.send_as("olga", "POST", "/tenant/users", Office::body_of("n2", R"("platform-admin")")).status ==
        403);
  CHECK(acme.office.send_as("adam", "PATCH", "/tenant/users/adam", R"({"roles":["admin","owner"]})").status == 403);
  auto taken_over = acme.office.send_as("adam", "PATCH", "/tenant/users/olga", R"({"subject":"CN=adam2"})");
  CHECK(taken_over.status == 403);
  CHECK(acme.office.send_as("adam", "DELETE", "/tenant/users/vera").status == 403);
  auto unknown = acme.office.send_as("olga", "PATCH", "/tenant/users/vera", R"({"roles":["viewer","nosuch"]})");
  CHECK(unknown.status == 400);
  CHECK(unknown.json.at("invalidParams").as_array()[0].at("name").as_text() == "roles[1]");
}

TEST_CASE("who has a role over all tenants is changed by such alone") {
  Rack rack;
  Office office(rack);
  office.user("default", "dora", R"("owner")");
  std::string admin(office.send("GET", "/user").json.at("userId").as_text());
  CHECK(office.send_as("dora", "PATCH", "/tenant/users/" + admin, R"({"enabled":false})").status == 403);
  CHECK(office.send_as("dora", "DELETE", "/tenant/users/" + admin).status == 403);
}

TEST_CASE("the last platform-admin can't be removed, disabled, demoted or suspended") {
  Rack rack;
  Office office(rack);
  std::string path = "/tenant/users/" + std::string(office.send("GET", "/user").json.at("userId").as_text());
  CHECK(office.send("DELETE", path).status == 409);
  CHECK(office.send("PATCH", path, R"({"enabled":false})").status == 409);
  CHECK(office.send("PATCH", path, R"({"roles":["owner"]})").status == 409);
  CHECK(office.send("PATCH", "/admin/tenants/default", R"({"status":"suspended"})").status == 409);
  office.tenant("acme");
  office.user("acme", "second", R"("platform-admin")");
  CHECK(office.send("PATCH", path, R"({"roles":["owner"]})").status == 200);
  CHECK(office.send_as("second", "DELETE", "/admin/tenants/acme/users/second").status == 409);
}

TEST_CASE("a disabled user and a suspended tenant are refused at once") {
  Acme acme;
  CHECK(acme.office.send_as("vera", "GET", "/tenant").status == 200);
  CHECK(acme.office.send_as("olga", "PATCH", "/tenant/users/vera", R"({"enabled":false})").status == 200);
  CHECK(acme.office.send_as("vera", "GET", "/tenant").status == 403);
  CHECK(acme.office.send("PATCH", "/admin/tenants/acme", R"({"status":"suspended"})").status == 200);
  CHECK(acme.office.send_as("olga", "GET", "/tenant").status == 403);
  CHECK(acme.office.send_as("otto", "GET", "/tenant").status == 200);
  CHECK(acme.office.send("PATCH", "/admin/tenants/acme", R"({"status":"active"})").status == 200);
  CHECK(acme.office.send_as("olga", "GET", "/tenant").status == 200);
}

TEST_CASE("a tenant goes when it has nothing left, and its users go first") {
  Acme acme;
  CHECK(acme.office.send("DELETE", "/admin/tenants/other").status == 409);
  CHECK(acme.office.send("DELETE", "/admin/tenants/other/users/otto").status == 204);
  CHECK(acme.office.send("DELETE", "/admin/tenants/other").status == 204);
  CHECK(acme.office.send("DELETE", "/admin/tenants/default").status == 409);
}
