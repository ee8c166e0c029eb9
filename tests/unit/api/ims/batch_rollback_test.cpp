#include <algorithm>
#include <atomic>
#include <thread>

#include "unit/api/ims/rack.hpp"

using namespace netweave;
using namespace netweave::test;
using ims::Operation;

namespace {

constexpr auto two = R"({"items":[{"resourcePoolId":"a","name":"a"},{"resourcePoolId":"b","name":"b"}]})";

Error refused() {
  Error error = make_error(ErrorKind::denied, "the rack says no");
  error.from_backend = true;
  return error;
}

}  // namespace

TEST_CASE("a creation that can't be rolled back is said to stay, and logged") {
  Rack rack;
  rack.script = [](Operation operation, const std::string& name) -> std::optional<Error> {
    bool fails = operation == Operation::create ? name == "b" : operation == Operation::remove;
    return fails ? std::optional(refused()) : std::nullopt;
  };
  Racked gateway(rack);
  auto answer = gateway.batch("", two);
  CHECK(answer.status == 409);
  CHECK(answer.json.at("detail") == Value("entry 1 failed: the rack says no; 1 entry could not be rolled back"));
  CHECK(answer.status_of(0) == 502);
  CHECK(answer.result(0).at("success") == Value(false));
  CHECK(answer.result(0).at("rolledBack") == Value(false));
  CHECK(answer.detail(0) ==
        "entry 1 failed, and this one could not be rolled back, so it stays created: the rack says no");
  CHECK(answer.status_of(1) == 502);
  CHECK(answer.result(1).at("rolledBack").is_null());
  CHECK(gateway.pool("a").at("name") == Value("a"));  // as the answer says
  REQUIRE(gateway.errors().size() == 1);
  CHECK(gateway.errors()[0].find("could not be rolled back") != std::string::npos);
}

TEST_CASE("a rollback that finds its backend away for a moment tries again") {
  Rack rack;
  std::atomic<int> removals{0};
  rack.script = [&](Operation operation, const std::string& name) -> std::optional<Error> {
    if (operation == Operation::create && name == "b") return refused();
    if (operation == Operation::remove && ++removals < 3) return make_error(ErrorKind::unavailable, "a moment");
    return std::nullopt;
  };
  Racked gateway(rack);
  auto answer = gateway.batch("", two);
  CHECK(answer.result(0).at("rolledBack") == Value(true));
  CHECK(removals == 3);
  CHECK(gateway.count() == 0);
  CHECK(rack.ids().empty());
  CHECK(gateway.errors().empty());
}

TEST_CASE("a write whose outcome is not known is not undone, and says so") {
  Rack rack;
  rack.script = [](Operation operation, const std::string& name) -> std::optional<Error> {
    bool lost = operation == Operation::create && name == "b";
    return lost ? std::optional(make_error(ErrorKind::timeout, "no answer")) : std::nullopt;
  };
  Racked gateway(rack);
  auto answer = gateway.batch("", two);
  CHECK(answer.status == 409);
  CHECK(answer.result(0).at("rolledBack") == Value(true));
  CHECK(answer.status_of(1) == 504);
  CHECK(answer.result(1).at("rolledBack") == Value(false));
  CHECK(answer.detail(1).find("whether it took effect is not known") != std::string::npos);
  CHECK(gateway.errors().size() == 1);
}

TEST_CASE("an update is put back without what others changed meanwhile") {
  Rack rack;
  Racked gateway(rack);
  gateway.have({"a", "b"});
  rack.script = [&](Operation operation, const std::string& name) -> std::optional<Error> {
    if (operation != Operation::update || name != "b") return std::nullopt;
    while (gateway.pool("a").at("description") != Value("by the batch")) std::this_thread::yield();
    CHECK(gateway.send("PATCH", "/o2ims/v1/resourcePools/a", R"({"location":"by another"})").status == 200);
    return refused();
  };
  auto answer = gateway.batch("/update", R"({"items":[
      {"id":"a","body":{"description":"by the batch","extensions":{"x":{"y":1}}}},
      {"id":"b","body":{"description":"by the batch"}}]})");
  CHECK(answer.status == 409);
  CHECK(answer.result(0).at("rolledBack") == Value(true));
  Value pool = gateway.pool("a");
  CHECK(pool.at("description").as_text().empty());
  CHECK(pool.at("extensions").at("x").is_null());
  CHECK(pool.at("location") == Value("by another"));
}

TEST_CASE("an update that can't be put back, or whose object went, is said to stay") {
  Rack rack;
  Racked gateway(rack);
  gateway.have({"a", "b", "c"});
  std::atomic<int> of_a{0};
  rack.script = [&](Operation operation, const std::string& name) -> std::optional<Error> {
    if (operation == Operation::update && name == "a" && ++of_a > 1) return refused();
    if (operation != Operation::update || name != "c") return std::nullopt;
    for (const char* id : {"a", "b"})
      while (gateway.pool(id).at("description") != Value("new")) std::this_thread::yield();
    CHECK(gateway.send("DELETE", "/o2ims/v1/resourcePools/b").status == 204);
    return refused();
  };
  auto answer = gateway.batch("/update", R"({"items":[{"id":"a","body":{"description":"new"}},
      {"id":"b","body":{"description":"new"}},{"id":"c","body":{"description":"new"}}]})");
  CHECK(answer.json.at("detail").as_text().find("2 entries could not be rolled back") != std::string_view::npos);
  CHECK(answer.detail(0).find("so it stays changed: the rack says no") != std::string::npos);
  CHECK(answer.status_of(1) == 404);
  CHECK(answer.detail(1).find("it was deleted meanwhile") != std::string::npos);
  CHECK(gateway.pool("a").at("description") == Value("new"));
}

TEST_CASE("a deletion is rolled back under the same id, as another object of the backend") {
  Rack rack;
  Racked gateway(rack);
  gateway.have({"a", "b"});
  auto before = rack.ids();
  Value was = gateway.pool("a");
  rack.script = [](Operation operation, const std::string& name) -> std::optional<Error> {
    return operation == Operation::remove && name == "b" ? std::optional(refused()) : std::nullopt;
  };
  auto answer = gateway.batch("/delete", R"({"ids":["a","b"]})");
  CHECK(answer.status == 409);
  CHECK(answer.result(0).at("rolledBack") == Value(true));
  Value is = gateway.pool("a");
  for (const char* member : {"resourcePoolId", "name", "oCloudId"}) CHECK(is.at(member) == was.at(member));
  CHECK(rack.ids().size() == 2);
  CHECK(rack.ids() != before);
  // and it can be deleted as ever
  rack.script = [](Operation, const std::string&) { return std::nullopt; };
  CHECK(gateway.batch("/delete", R"({"ids":["a","b"]})").status == 200);
  CHECK(rack.ids().empty());
}

TEST_CASE("a deletion that can't be rolled back is said to stay") {
  Rack rack;
  Racked gateway(rack);
  gateway.have({"a", "b"});
  rack.script = [](Operation operation, const std::string& name) -> std::optional<Error> {
    bool fails = operation == Operation::create || name == "b";
    return fails ? std::optional(refused()) : std::nullopt;
  };
  auto answer = gateway.batch("/delete", R"({"ids":["a","b"]})");
  CHECK(answer.detail(0).find("so it stays deleted: the rack says no") != std::string::npos);
  CHECK(gateway.send("GET", "/o2ims/v1/resourcePools/a").status == 404);
}

TEST_CASE("what the adapter could not undo is refused in an atomic batch before anything is done") {
  Rack rack;
  Racked gateway(rack);
  gateway.have({"a", "b", "c"});
  rack.creates = false;
  auto answer = gateway.batch("/delete", R"({"ids":["a","b"]})");
  CHECK(answer.status == 409);
  CHECK(answer.status_of(0) == 501);
  CHECK(answer.detail(0) ==
        R"(the adapter rack (rack) can't create a resourcePool, so this could not be undone: send "atomic": false)");
  CHECK(gateway.count() == 3);
  CHECK(gateway.batch("/delete", R"({"ids":["a"]})").status == 200);  // alone there is nothing to undo
  CHECK(gateway.batch("/delete", R"({"ids":["b","c"],"atomic":false})").status == 200);
  CHECK(gateway.count() == 0);
}

TEST_CASE("what the request has no time left for is not begun") {
  Rack rack;
  Racked gateway(rack);
  gateway.over = true;
  auto answer = gateway.batch("", two);
  CHECK(answer.status == 409);
  CHECK(answer.status_of(0) == 504);
  CHECK(answer.detail(0) == "its time was over before it was begun");
  auto each = gateway.batch("", std::string(R"({"atomic":false,)") + (two + 1));
  CHECK(each.status == 207);
  CHECK(each.status_of(1) == 504);
  gateway.over = false;
  CHECK(gateway.count() == 0);
}

TEST_CASE("an atomic batch begins nothing more once an entry failed") {
  Rack rack;
  std::atomic<int> creations{0};
  rack.script = [&](Operation operation, const std::string&) -> std::optional<Error> {
    if (operation != Operation::create) return std::nullopt;
    ++creations;
    return refused();
  };
  Racked gateway(rack);
  std::string items;
  for (int i = 0; i < 100; ++i) items += std::string(items.empty() ? "" : ",") + R"({"name":"x"})";
  auto answer = gateway.batch("", R"({"items":[)" + items + "]}");
  CHECK(answer.status == 409);
  CHECK(creations <= 8);  // what was under way already
  CHECK(answer.detail(99).starts_with("nothing was done: entry "));
  CHECK(answer.json.at("failureCount") == Value(100));
  auto each = gateway.batch("", R"({"atomic":false,"items":[)" + items + "]}");
  CHECK(each.status == 207);
  CHECK(creations >= 100);
}

TEST_CASE("as many entries are written at once as batch.at_once allows, and no more") {
  for (std::size_t allowed : {std::size_t{1}, std::size_t{3}}) {
    Rack rack;
    std::mutex mutex;
    std::condition_variable changed;
    std::size_t running = 0;
    std::size_t most = 0;
    rack.script = [&](Operation, const std::string&) -> std::optional<Error> {
      std::unique_lock lock(mutex);
      most = std::max(most, ++running);
      changed.notify_all();
      changed.wait_for(lock, std::chrono::minutes(1), [&] { return most >= allowed; });
      --running;
      return std::nullopt;
    };
    Config config;
    config.batch = {.max_entries = 6, .at_once = allowed};
    Racked gateway(rack, config);
    std::string items;
    for (int i = 0; i < 6; ++i) items += (i > 0 ? R"(,{"name":"p)" : R"({"name":"p)") + std::to_string(i) + "\"}";
    CHECK(gateway.batch("", R"({"items":[)" + items + "]}").status == 200);
    CHECK(most == allowed);
    auto refused = gateway.batch("", R"({"items":[)" + items + R"(,{"name":"x"}]})");
    CHECK(refused.status == 400);
    CHECK(refused.json.at("detail") == Value("/items at most 6 items"));
  }
}
