#include <future>
#include <thread>

#include "office.hpp"

using namespace netweave;
using namespace netweave::test;

namespace {

struct Audited {
  Rack rack;
  Office office;
  explicit Audited(const Config& config = tenants_config()) : office(rack, config) {
    office.tenant("acme");
    office.tenant("other");
    office.user("acme", "olga", R"("owner")");
    office.user("acme", "vera", R"("viewer")");
    office.user("other", "otto", R"("owner")");
  }
  /// The events that the path shows, once there are so many: they are written a moment after the answer.
  std::vector<Value> events(const std::string& who, const std::string& path, std::size_t at_least = 1) {
    auto until = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (true) {
      auto answer = office.send_as(who, "GET", path);
      CAPTURE(answer.text);
      REQUIRE(answer.status == 200);
      bool over = std::chrono::steady_clock::now() > until;
      if (answer.json.at("items").size() >= at_least || over) return answer.json.at("items").as_array();
      std::this_thread::yield();
    }
  }
  std::string text_of_all() { return office.send_as(root, "GET", "/admin/audit/events?limit=1000").text; }
};

}  // namespace

TEST_CASE("a write is in its tenant's audit and in that of all, and not in another's") {
  Audited audited;
  auto made = audited.office.send_as("olga", "POST", "/o2ims/v3/resourcePools", R"({"name":"one"})",
                                     {{"User-Agent", "test/1"}, {"X-Request-ID", "r-1"}});
  REQUIRE(made.status == 201);
  auto events = audited.events("olga", "/tenant/audit/events/type/resourcepool.created");
  REQUIRE(events.size() == 1);
  const Value& event = events[0];
  CHECK(event.at("tenantId").as_text() == "acme");
  CHECK(event.at("userId").as_text() == "olga");
  CHECK(event.at("resourceType").as_text() == "resourcePool");
  CHECK(event.at("resourceId") == made.json.at("resourcePoolId"));
  CHECK(event.at("action").as_text() == "create");
  CHECK(event.at("clientIp").as_text() == "192.0.2.7");
  CHECK(event.at("userAgent").as_text() == "test/1");
  CHECK(event.at("requestId").as_text() == "r-1");
  CHECK(audited.events(root, "/admin/audit/events?resourceType=resourcePool&userId=olga").size() == 1);
  for (const Value& each : audited.events("otto", "/tenant/audit/events?limit=1000"))
    CHECK(each.at("tenantId").as_text() == "other");
  CHECK(audited.office.send_as("olga", "GET", "/admin/audit/events").status == 403);
  CHECK(audited.office.send_as("vera", "GET", "/tenant/audit/events").status == 403);
}

TEST_CASE("who was not let in, and who was not allowed, are in it with the reason") {
  Audited audited;
  CHECK(audited.office.send_as("", "GET", "/tenant").status == 401);
  CHECK(audited.office.send_as("CN=nobody", "GET", "/tenant").status == 403);
  CHECK(audited.office.send_as("vera", "DELETE", "/tenant/users/olga").status == 403);
  auto failures = audited.events(root, "/admin/audit/events?type=auth.failure", 2);
  REQUIRE(failures.size() == 2);
  CHECK(failures[1].at("subject").as_text() == "CN=nobody");
  CHECK(failures[1].at("details").at("status").as_integer() == 403);
  auto denied = audited.events("olga", "/tenant/audit/events?type=access.denied");
  REQUIRE(denied.size() == 1);
  CHECK(denied[0].at("userId").as_text() == "vera");
  CHECK(denied[0].at("details").at("operation").as_text() == "deleteUser");
  CHECK(denied[0].at("details").at("reason").as_text().find("users:delete") != std::string_view::npos);
}

TEST_CASE("who is recognised is noted once an hour, in the audit and in the user") {
  Audited audited;
  for (int i = 0; i < 5; ++i) CHECK(audited.office.send_as("vera", "GET", "/tenant").status == 200);
  CHECK(audited.events("olga", "/tenant/audit/events?type=auth.success&userId=vera").size() == 1);
  auto until = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  auto seen = [&] { return audited.office.send_as("vera", "GET", "/user").json.find("lastSeenAt") != nullptr; };
  while (!seen() && std::chrono::steady_clock::now() < until) std::this_thread::yield();
  CHECK(seen());
  audited.office.send_as("vera", "GET", "/tenant/audit/events");  // denied: a mark behind all that came before
  audited.events("olga", "/tenant/audit/events?type=access.denied");
  CHECK(audited.events("olga", "/tenant/audit/events?type=auth.success&userId=vera").size() == 1);
}

TEST_CASE("changes of roles and quotas say what they became") {
  Audited audited;
  REQUIRE(audited.office.send_as("olga", "PATCH", "/tenant/users/vera", R"({"roles":["operator"]})").status == 200);
  auto changed = audited.events("olga", "/tenant/audit/events?type=user.updated");
  CHECK(changed[0].at("details").at("roles").as_array()[0].as_text() == "operator");
  REQUIRE(audited.office.send("PUT", "/admin/tenants/acme/quotas", R"({"maxUsers":7})").status == 200);
  auto quota = audited.events("olga", "/tenant/audit/events?type=quota.updated");
  CHECK(quota[0].at("details").at("quota").at("maxUsers").as_integer() == 7);
}

TEST_CASE("a batch has an event for each entry, and what was rolled back says so") {
  Audited audited;
  audited.office.as = "olga";
  audited.rack.script = [](ims::Operation, const std::string& name) -> std::optional<Error> {
    if (name == "bad") return make_error(ErrorKind::conflict, "no");
    return std::nullopt;
  };
  CHECK(audited.office.batch("", R"({"items":[{"name":"a"},{"name":"bad"}]})").status == 409);
  auto events = audited.events("olga", "/tenant/audit/events/type/resourcepool.created");
  REQUIRE(events.size() == 1);
  CHECK(events[0].at("details").at("rolledBack") == Value(true));
}

TEST_CASE("events are paged by a cursor that is good for its own question alone") {
  Audited audited;
  for (int i = 0; i < 5; ++i)
    REQUIRE(audited.office.send_as("olga", "PATCH", "/tenant/users/vera", "{\"name\":\"v" + std::to_string(i) + "\"}")
                .status == 200);
  audited.events("olga", "/tenant/audit/events?type=user.updated", 5);
  std::string path = "/tenant/audit/events?type=user.updated&limit=2";
  std::size_t found = 0;
  std::string cursor;
  for (int pages = 0; pages < 4; ++pages) {
    auto page = audited.office.send_as("olga", "GET", path + (cursor.empty() ? "" : "&cursor=" + cursor));
    REQUIRE(page.status == 200);
    found += page.json.at("items").size();
    cursor = page.json.at("nextCursor").as_text();
    if (cursor.empty()) break;
    CHECK(audited.office.send_as("otto", "GET", path + "&cursor=" + cursor).status == 400);
    CHECK(audited.office.send_as("olga", "GET", "/tenant/audit/events?cursor=" + cursor).status == 400);
  }
  CHECK(found == 5);
  CHECK(audited.office.send_as("olga", "GET", "/tenant/audit/events?from=yesterday").status == 400);
  CHECK(audited.office.send_as("olga", "GET", "/tenant/audit/events?to=2001-01-01T00:00:00Z").json.at("items").size() ==
        0);
}

TEST_CASE("all of it comes as JSON lines, in pieces") {
  Audited audited;
  audited.events(root, "/admin/audit/events?type=user.created", 3);
  http::Request request;
  request.method = "GET";
  request.target = "/admin/audit/events?type=user.created";
  request.headers = {{"Accept", "application/x-ndjson"}};
  request.peer.tls_subject = root;
  http::Response response = audited.office.gateway().call(std::move(request));
  CHECK(*http::find_header(response.headers, "Content-Type") == "application/x-ndjson");
  REQUIRE(response.body.stream() != nullptr);
  std::string text;
  while (true) {
    std::promise<std::optional<std::string>> piece;
    response.body.stream()->next([&piece](std::optional<std::string> bytes) { piece.set_value(std::move(bytes)); });
    auto bytes = piece.get_future().get();
    if (!bytes) break;
    text += *bytes;
  }
  CHECK(std::count(text.begin(), text.end(), '\n') == 3);
  CHECK(Value::parse(text.substr(0, text.find('\n'))));
}

TEST_CASE("reads are noted where that is asked for") {
  Config config = tenants_config();
  config.multi_tenancy.audit_reads = true;
  Audited audited(config);
  CHECK(audited.office.send_as("vera", "GET", "/o2ims/v3/resources/none").status == 404);
  CHECK(audited.office.send_as("vera", "GET", "/o2ims/v3/resources").status == 200);
  CHECK(audited.events("olga", "/tenant/audit/events/type/resource.read").size() >= 1);
}

TEST_CASE("what clients send has no way into the audit") {
  Audited audited;
  auto made = audited.office.send_as("olga", "POST", "/o2ims/v3/resourcePools",
                                     R"({"name":"hush-name","extensions":{"password":"hush-password"}})",
                                     {{"Idempotency-Key", "hush-key"}, {"Authorization", "Bearer hush-token"}});
  REQUIRE(made.status == 201);
  audited.events("olga", "/tenant/audit/events/type/resourcepool.created");
  CHECK(audited.text_of_all().find("hush") == std::string::npos);
}
