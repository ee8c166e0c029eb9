#include <doctest/doctest.h>

#include "api/page.hpp"
#include "query/path.hpp"
#include "unit/api/inventory.hpp"

using namespace netweave;

// The real lists against their slow twin, on random inventories and random queries, in every dialect.

namespace {

using namespace netweave::twin;

const std::string cursor_key = "a key of tests";
constexpr auto no_time_limit = std::chrono::steady_clock::time_point::max();

const std::vector<twin::Path> paths = {
    {"resourceId"},
    {"resourcePoolId"},
    {"resourceTypeId"},
    {"description"},
    {"createdAt"},
    {"extensions", "labels", "zone"},
    {"extensions", "labels", "topology/rack"},
    {"extensions", "cpu", "cores"},
    {"extensions", "cpu", "model"},
    {"extensions", "a"},
    {"extensions", "a", "x"},
    {"extensions", "b", "dotted.name"},
    {"extensions", "quo\"ted"},
    {"extensions", "absent", "deep"},
    {"extensions"},
};

std::string random_operand(Random& random) {
  switch (below(random, 7)) {
    case 0:
      return one_of(random, numbers);
    case 1:
      return "pool-" + std::to_string(below(random, 7));
    case 2:
      return "res-" + std::to_string(below(random, 400));
    case 3:
      return one_of(random, zones);
    case 4:
      return random() % 2 == 0 ? "true" : "EPYC " + std::to_string(below(random, 6));
    case 5:
      return std::to_string(below(random, 50));
    default:
      return one_of(random, words);
  }
}

twin::Asked random_condition(Random& random) {
  static const Strings ops = {"eq", "eq", "ne", "gt", "gte", "lt", "lte", "contains", "regex", "in", "nin"};
  twin::Asked asked;
  asked.path = paths[below(random, paths.size())];
  asked.op = one_of(random, ops);
  bool several = asked.op == "in" || asked.op == "nin";
  for (std::size_t i = several ? 1 + below(random, 30) : 1; i > 0; --i)
    asked.operands.push_back(random_operand(random));
  if (asked.op == "regex") asked.operands = {one_of(random, {"^a", "a$", "[0-9]+", "E.YC [12]", "(alpha|gamma)", ""})};
  return asked;
}

/// v2's text of a condition; the operands of `in` hold no comma here.
std::string to_text(const twin::Asked& asked) {
  std::string value;
  for (const std::string& operand : asked.operands)
    value += (value.empty() && &operand == &asked.operands[0] ? "" : ",") + operand;
  return query::percent_encode(query::to_string(asked.path) + "[" + asked.op + "]") + "=" +
         query::percent_encode(value);
}

struct Simple {
  std::string name;
  twin::Asked asked;
};

Simple random_simple(Random& random) {
  auto text = [&](const char* stem, std::size_t bound) { return stem + std::to_string(below(random, bound)); };
  switch (below(random, 8)) {
    case 0:
      return {"resourcePoolId", {"self", {"resourcePoolId"}, "in", {text("pool-", 6), text("pool-", 6)}}};
    case 1:
      return {"resourceTypeId", {"self", {"resourceTypeId"}, "in", {text("type-", 4)}}};
    case 2:
      return {"resourceId", {"self", {"resourceId"}, "in", {text("res-", 400), text("res-", 400), text("res-", 400)}}};
    case 3:
      return {"location", {"pool", {"location"}, "prefix", {one_of(random, {"us-", "us-west", "eu", ""})}}};
    case 4:
      return {"vendor", {"type", {"vendor"}, "in", {one_of(random, {"Dell", "HPE", "IBM"})}}};
    case 5:
      return {"resourceClass", {"type", {"resourceClass"}, "in", {"compute"}}};
    case 6:
      return {"oCloudId", {"pool", {"oCloudId"}, "in", {"ocloud-1"}}};
    default:
      return {"labels", {"self", {"extensions", "labels", "zone"}, "eq", {one_of(random, zones)}}};
  }
}

struct GeneratedQuery {
  std::string text;
  twin::Query query;
};

GeneratedQuery random_query(Random& random, const query::Dialect& dialect) {
  GeneratedQuery made;
  auto add = [&](const std::string& part) { made.text += (made.text.empty() ? "" : "&") + part; };
  std::string used;
  bool joined = false;
  for (std::size_t i = below(random, 3); i > 0; --i) {
    Simple simple = random_simple(random);
    if (used.find(simple.name) != std::string::npos) continue;  // repeated they would be one condition
    used += simple.name;
    for (const std::string& operand : simple.asked.operands)
      add(simple.name + "=" + query::percent_encode(simple.name == "labels" ? "zone:" + operand : operand));
    made.query.asked.push_back(simple.asked);
  }
  for (std::size_t i = dialect.operators ? below(random, 3) : 0; i > 0; --i) {
    twin::Asked asked = random_condition(random);
    bool joins = asked.op == "in" || asked.op == "nin";
    if (joins && std::exchange(joined, true)) continue;  // two of one field would be one list
    add(to_text(asked));
    made.query.asked.push_back(std::move(asked));
  }
  std::size_t keys = below(random, 3);
  std::string sort;
  for (std::size_t i = 0; i < (dialect.operators ? keys : std::min<std::size_t>(keys, 1)); ++i) {
    twin::Sorted key{paths[below(random, paths.size())], random() % 2 == 0};
    sort += (sort.empty() ? "" : ",") + std::string(key.descending && dialect.operators ? "-" : "") +
            query::to_string(key.path);
    if (!dialect.operators) add(std::string("sortOrder=") + (key.descending ? "desc" : "asc"));
    made.query.sorted.push_back(std::move(key));
  }
  if (!sort.empty()) add((dialect.operators ? "sort=" : "sortBy=") + query::percent_encode(sort));
  return made;
}

api::Page page_of(const state::State& state, const query::Dialect& dialect, const std::string& text,
                  const tenancy::Scope& scope = {}) {
  std::vector<Fault> faults;
  auto parameters = query::Parameters::parse(text);
  REQUIRE(parameters);
  query::Selection selection = query::parse(dialect, Kind::resource, *parameters, {}, faults);
  for (const Fault& fault : faults) FAIL(fault.field << ": " << fault.reason);
  auto page =
      api::make_page(api::make_plan(state, Kind::resource, selection, scope), selection, cursor_key, no_time_limit);
  REQUIRE_MESSAGE(page, page.error().message);
  return std::move(*page);
}

Strings ids_of(const api::Page& page) {
  Strings ids;
  for (const model::ObjectRef& object : page.objects) ids.emplace_back(object->id());
  return ids;
}

/// All pages, by cursor.
Strings follow(const state::State& state, const query::Dialect& dialect, const std::string& text, std::size_t limit,
               std::size_t total, const tenancy::Scope& scope = {}) {
  Strings ids;
  std::string cursor;
  do {
    std::string asked = text + (text.empty() ? "" : "&") + "limit=" + std::to_string(limit);
    if (!cursor.empty()) asked += "&cursor=" + cursor;
    api::Page page = page_of(state, dialect, asked, scope);
    CHECK(page.total == total);
    for (std::string& id : ids_of(page)) ids.push_back(std::move(id));
    cursor = page.next;
  } while (!cursor.empty());
  return ids;
}

void compare_with_twin(const Inventory& inventory, Random& random, const query::Dialect& dialect) {
  GeneratedQuery made = random_query(random, dialect);
  CAPTURE(made.text);
  Strings expected = twin::evaluate(inventory.world, inventory.world.resources, made.query);
  CHECK(follow(inventory.state, dialect, made.text, 1 + below(random, 1000), expected.size()) == expected);
  std::size_t offset = below(random, expected.size() + 3);
  api::Page page = page_of(inventory.state, dialect,
                           made.text + (made.text.empty() ? "" : "&") + "limit=7&offset=" + std::to_string(offset));
  Strings part(expected.begin() + static_cast<std::ptrdiff_t>(std::min(offset, expected.size())),
               expected.begin() + static_cast<std::ptrdiff_t>(std::min(offset + 7, expected.size())));
  CHECK(ids_of(page) == part);
  CHECK(page.next.empty() == (offset + 7 >= expected.size()));
}

}  // namespace

TEST_CASE("lists agree with their slow twin on random queries of every dialect") {
  for (unsigned seed = 0; seed < inventories(6); ++seed) {
    CAPTURE(seed);
    Random random(seed);
    std::size_t count = std::array<std::size_t, 6>{0, 1, 40, 300, 700, 1500}.at(seed);
    // the last ones have no room for columns, or little
    Inventory inventory(random, count, seed == 3 ? 0 : seed == 4 ? 20000 : std::size_t{1} << 20U);
    for (int round = 0; round < 400; ++round) {
      for (query::Dialect dialect : {query::Dialect{}, query::Dialect{true, false}, query::Dialect{true, true}})
        compare_with_twin(inventory, random, dialect);
      if (round % 10 == 0 && count > 0) inventory.change(random, count);
    }
  }
}

TEST_CASE("a tenant's lists are those of an inventory that holds nothing else") {
  const Strings tenants = {"default", "red", "blue", "none of it"};
  for (unsigned seed = 0; seed < inventories(4); ++seed) {
    CAPTURE(seed);
    Random random(seed + 100);
    // the last one has no tenant but two, and so nothing of the default tenant's
    Inventory inventory(random, 200 + 300 * seed, seed == 1 ? 0 : std::size_t{1} << 20U,
                        seed == 3 ? Strings{"red", "blue"} : Strings{"default", "red", "blue"});
    for (int round = 0; round < 150; ++round) {
      const std::string& tenant = tenants[static_cast<std::size_t>(round) % tenants.size()];
      CAPTURE(tenant);
      tenancy::Scope scope(tenant);
      GeneratedQuery made = random_query(random, {true, true});
      CAPTURE(made.text);
      twin::World seen = inventory.seen_by(tenant);
      Strings expected = twin::evaluate(seen, seen.resources, made.query);
      CHECK(follow(inventory.state, {true, true}, made.text, 1 + below(random, 500), expected.size(), scope) ==
            expected);
      std::size_t offset = below(random, expected.size() + 3);
      api::Page page =
          page_of(inventory.state, {true, true},
                  made.text + (made.text.empty() ? "" : "&") + "limit=7&offset=" + std::to_string(offset), scope);
      CHECK(page.total == expected.size());
      if (round % 5 == 0) inventory.change(random, 500);
    }
  }
}

TEST_CASE("a cursor neither repeats nor skips what stood throughout, whatever comes and goes") {
  Random random(7);
  Inventory inventory(random, 600, std::size_t{1} << 20U);
  for (const std::string text : {"", "resourcePoolId=pool-1", "sort=extensions.cpu.cores,-createdAt", "labels=zone:a",
                                 "extensions.cpu.cores%5Bgte%5D=4", "sort=-description"}) {
    CAPTURE(text);
    twin::Rows before = inventory.world.resources;
    std::map<std::string, int> shown;
    Strings first =
        follow(inventory.state, {true, false}, text, 1000, page_of(inventory.state, {true, false}, text).total);
    std::string cursor;
    do {
      std::string asked = text + (text.empty() ? "" : "&") + "limit=20" + (cursor.empty() ? "" : "&cursor=" + cursor);
      api::Page page = page_of(inventory.state, {true, false}, asked);
      for (const std::string& id : ids_of(page)) ++shown[id];
      cursor = page.next;
      inventory.change(random, 900);
    } while (!cursor.empty());
    for (const std::string& id : first) {
      auto now = inventory.world.resources.find(id);
      if (now == inventory.world.resources.end() || !(now->second == before.at(id))) continue;  // it did not stand
      CHECK_MESSAGE(shown[id] == 1, id);
    }
    for (const auto& one : shown) CHECK_MESSAGE(one.second >= 1, one.first);
  }
}

TEST_CASE("a cursor of another list, and one that was touched, are refused") {
  Random random(8);
  Inventory inventory(random, 50, 1000);
  std::string cursor = page_of(inventory.state, {true, false}, "limit=10&sort=description").next;
  REQUIRE_FALSE(cursor.empty());
  auto refused = [&](const std::string& text, const std::string& key = cursor_key) {
    std::vector<Fault> faults;
    auto parameters = query::Parameters::parse(text);
    query::Selection selection = query::parse({true, false}, Kind::resource, *parameters, {}, faults);
    auto page =
        api::make_page(api::make_plan(inventory.state, Kind::resource, selection, {}), selection, key, no_time_limit);
    return !page && page.error().kind == ErrorKind::invalid && page.error().faults.at(0).field == "cursor";
  };
  CHECK_FALSE(refused("limit=20&sort=description&cursor=" + cursor));
  CHECK(refused("cursor=" + cursor));
  CHECK(refused("sort=-description&cursor=" + cursor));
  CHECK(refused("sort=description&resourcePoolId=pool-1&cursor=" + cursor));
  CHECK(refused("sort=description&cursor=" + cursor, "another key"));
  std::string touched = cursor;
  touched[touched.size() / 2] = touched[touched.size() / 2] == 'A' ? 'B' : 'A';
  CHECK(refused("sort=description&cursor=" + touched));
}

TEST_CASE("a list ends at its deadline, and when its client has gone") {
  Random random(9);
  Inventory inventory(random, 600, 1000);
  std::vector<Fault> faults;
  query::Selection selection =
      query::parse({true, false}, Kind::resource, *query::Parameters::parse("sort=description"), {}, faults);
  api::Plan plan = api::make_plan(inventory.state, Kind::resource, selection, {});
  auto late = api::make_page(plan, selection, cursor_key, std::chrono::steady_clock::time_point::min());
  REQUIRE_FALSE(late);
  CHECK(late.error().kind == ErrorKind::exhausted);
  std::stop_source gone;
  gone.request_stop();
  auto left = api::make_page(plan, selection, cursor_key, no_time_limit, gone.get_token());
  REQUIRE_FALSE(left);
  CHECK(left.error().kind == ErrorKind::cancelled);
}

TEST_CASE("an indexed label that is a time is equal to the same time written otherwise") {
  state::State state;
  model::Draft draft;
  draft.id = "r";
  draft.pool = "p";
  draft.type = "t";
  draft.json =
      R"({"resourceId":"r","resourcePoolId":"p","resourceTypeId":"t","extensions":{"labels":{"since":"2026-01-02T03:04:05Z"}}})";
  auto object = model::Object::make(draft);
  object.stamp(1);
  std::vector<store::Entry> entries = {{1, 0, object, {}}};
  state.apply(entries);
  CHECK(page_of(state, {true, false}, "extensions.labels.since%5Beq%5D=2026-01-02T04:04:05%2B01:00").total == 1);
  CHECK(page_of(state, {true, false}, "extensions.labels.since%5Beq%5D=2026-01-02T04:04:05Z").total == 0);
}

TEST_CASE("equality on an indexed field looks at its members alone") {
  Random random(10);
  Inventory inventory(random, 1000, std::size_t{1} << 20U);
  auto plan_of = [&](const std::string& text) {
    std::vector<Fault> faults;
    auto parameters = query::Parameters::parse(text);
    return api::make_plan(inventory.state, Kind::resource,
                          query::parse({true, false}, Kind::resource, *parameters, {}, faults), {});
  };
  CHECK(plan_of("").scans() == 0);
  CHECK(plan_of("resourcePoolId=pool-1").scans() == 0);
  CHECK(plan_of("resourcePoolId=pool-1&resourcePoolId=pool-2").scans() == 0);
  CHECK(plan_of("resourceTypeId%5Beq%5D=type-1").by == "resourceTypeId");
  CHECK(plan_of("labels=zone:a").by == "extensions.labels.zone");
  CHECK(plan_of("labels=zone:a").scans() == 0);
  CHECK(plan_of("location=us-west").by == "resourcePoolId");
  CHECK(plan_of("resourceId=res-3&resourceId=res-4").candidates == 2);
  CHECK(plan_of("resourceId=res-3&description=x").candidates <= 1);
  CHECK(plan_of("extensions.cpu.cores%5Bgte%5D=4").scans() == inventory.world.resources.size());
}
