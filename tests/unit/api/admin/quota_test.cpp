#include <thread>

#include "office.hpp"

using namespace netweave;
using namespace netweave::test;

namespace {

http::Response create_pool(Gateway& gateway, const std::string& who, const std::string& name) {
  http::Request request;
  request.method = "POST";
  request.target = "/o2ims/v3/resourcePools";
  request.headers = {{"Content-Type", "application/json"}};
  request.body = R"({"name":")" + name + "\"}";
  request.peer.tls_subject = who;
  return gateway.call(std::move(request));
}

}  // namespace

TEST_CASE("of a hundred creations at once, a quota of ten lets ten through") {
  Rack rack;
  Office office(rack);
  office.tenant("acme", R"(,"quota":{"maxResourcePools":10})");
  office.user("acme", "olga", R"("owner")");
  std::atomic<int> made{0};
  std::atomic<int> refused{0};
  std::vector<std::jthread> threads;
  for (int i = 0; i < 10; ++i)
    threads.emplace_back([&, i] {
      for (int j = 0; j < 10; ++j) {
        int status = create_pool(office.gateway(), "olga", std::to_string(i) + "-" + std::to_string(j)).status;
        if (status == 201) ++made;
        if (status == 429) ++refused;
      }
    });
  threads.clear();
  CHECK(made == 10);
  CHECK(refused == 90);
  CHECK(office.send("GET", "/admin/tenants/acme/usage").json.at("resourcePools").as_integer() == 10);
  CHECK(rack.ids().size() == 10);
}

TEST_CASE("what failed for certain is given back, and what was deleted too") {
  Rack rack;
  Office office(rack);
  office.tenant("acme", R"(,"quota":{"maxResourcePools":1})");
  office.user("acme", "olga", R"("owner")");
  office.as = "olga";
  rack.script = [](ims::Operation, const std::string& name) -> std::optional<Error> {
    if (name == "no") return make_error(ErrorKind::conflict, "no");
    if (name == "lost") return make_error(ErrorKind::timeout, "who knows");
    return std::nullopt;
  };
  CHECK(create_pool(office.gateway(), "olga", "no").status == 409);
  auto made = office.send("POST", "/o2ims/v3/resourcePools", R"({"name":"one"})");
  CHECK(made.status == 201);
  auto over = office.send("POST", "/o2ims/v3/resourcePools", R"({"name":"two"})");
  CHECK(over.status == 429);
  CHECK(over.json.at("title").as_text() == "QuotaExceeded");
  CHECK(over.reason().find("maxResourcePools") != std::string::npos);
  std::string id(made.json.at("resourcePoolId").as_text());
  CHECK(office.send("DELETE", "/o2ims/v3/resourcePools/" + id).status == 204);
  CHECK(create_pool(office.gateway(), "olga", "lost").status == 504);
  CHECK(create_pool(office.gateway(), "olga", "two").status == 429);  // it may have been made
  CHECK(office.send_as(root, "GET", "/metrics").text.find(R"(netweave_quota_rejected_total{kind="resourcePool"} 2)") !=
        std::string::npos);
}

TEST_CASE("users have a quota, and a tenant without its own has the configured one") {
  Rack rack;
  Config config = tenants_config();
  config.multi_tenancy.default_tenant_quota.max_users = 1;
  Office office(rack, config);
  office.tenant("acme");
  CHECK(office.send("GET", "/admin/tenants/acme/quotas").json.at("maxUsers").as_integer() == 1);
  office.user("acme", "olga", R"("owner")");
  CHECK(office.send_as("olga", "POST", "/tenant/users", Office::body_of("vera", "")).status == 429);
  CHECK(office.send("PUT", "/admin/tenants/acme/quotas", R"({"maxUsers":2})").status == 200);
  CHECK(office.send_as("olga", "POST", "/tenant/users", Office::body_of("vera", "")).status == 201);
}

TEST_CASE("an atomic batch that goes over the quota leaves nothing") {
  Rack rack;
  Office office(rack);
  office.tenant("acme", R"(,"quota":{"maxResourcePools":2})");
  office.user("acme", "olga", R"("owner")");
  office.as = "olga";
  auto batch = office.batch("", R"({"items":[{"name":"a"},{"name":"b"},{"name":"c"}]})");
  CHECK(batch.status == 409);
  CHECK(office.count() == 0);
  batch = office.batch("", R"({"atomic":false,"items":[{"name":"a"},{"name":"b"},{"name":"c"}]})");
  CHECK(batch.status == 207);
  CHECK(office.count() == 2);
}

TEST_CASE("without multi-tenancy there is no quota") {
  Rack rack;
  Config config;
  config.multi_tenancy.default_tenant_quota.max_resource_pools = 0;
  Racked gateway(rack, config);
  gateway.have({"one"});
  CHECK(gateway.send("GET", "/user").status == 404);
}
