#include "tenancy/audit.hpp"

#include <doctest/doctest.h>

using namespace netweave;
using namespace netweave::tenancy;

namespace {

AuditEvent event(std::string type, std::string tenant) {
  AuditEvent made;
  made.type = std::move(type);
  made.tenant = std::move(tenant);
  return made;
}

std::vector<std::string> types(store::Streams& streams, const std::string& stream, AuditPlace after = {},
                               AuditPlace* last = nullptr, std::size_t most = SIZE_MAX) {
  std::vector<std::string> found;
  auto read = read_audit(streams, stream, after, [&](AuditPlace place, std::string_view json) {
    if (found.size() == most) return false;
    if (last != nullptr) *last = place;
    found.emplace_back(Value::parse(json).value().at("type").as_text());
    return true;
  });
  REQUIRE(read);
  return found;
}

Clock at(Millis& now) {
  return [&now] { return std::chrono::system_clock::time_point(std::chrono::milliseconds(now)); };
}

}  // namespace

TEST_CASE("what was taken is written by the time it stops, in order") {
  auto store = store::open_memory();
  Millis now = 1000;
  AuditLog log(store->streams(), at(now), {});
  for (int i = 0; i < 5000; ++i) log.record(event(std::to_string(i), i % 2 == 0 ? "acme" : "other"));
  log.stop();
  auto all = types(store->streams(), audit_stream());
  REQUIRE(all.size() == 5000);
  CHECK(all[0] == "0");
  CHECK(all[4999] == "4999");
  CHECK(types(store->streams(), audit_stream("acme")).size() == 2500);
}

TEST_CASE("reading goes on behind the last event, wherever it stands") {
  auto store = store::open_memory();
  Millis now = 1000;
  AuditLog log(store->streams(), at(now), {});
  for (int i = 0; i < 1000; ++i) log.record(event(std::to_string(i), ""));
  log.stop();
  AuditPlace place;
  int next = 0;
  for (auto page = types(store->streams(), "audit", place, &place, 7); !page.empty();
       page = types(store->streams(), "audit", place, &place, 7))
    for (const std::string& type : page) CHECK(type == std::to_string(next++));
  CHECK(next == 1000);
}

TEST_CASE("a tenant that is made anew sees nothing of the one before") {
  auto store = store::open_memory();
  Millis now = 1000;
  AuditLog log(store->streams(), at(now), {});
  log.record(event("old", "acme"));
  log.begin_tenant("acme");
  log.record(event("new", "acme"));
  log.stop();
  CHECK(types(store->streams(), audit_stream("acme")) == std::vector<std::string>{"new"});
  CHECK(types(store->streams(), audit_stream()) == std::vector<std::string>{"old", "new"});
}

TEST_CASE("what is older than the retention goes") {
  auto store = store::open_memory();
  for (Millis time = 1; time <= 100; ++time)
    REQUIRE(store->streams().append("audit", "{\"type\":\"" + std::to_string(time) + "\"}\n", time));
  REQUIRE(trim_audit(store->streams(), "audit", 61));
  auto left = types(store->streams(), "audit");
  REQUIRE(left.size() == 40);
  CHECK(left[0] == "61");
}
