#include "query/selection.hpp"

#include <algorithm>

#include <doctest/doctest.h>

using namespace netweave;
using namespace netweave::query;

namespace {

using Path = std::vector<std::string>;

Selection parse(Kind kind, const std::string& query, std::vector<Fault>& faults) {
  auto parameters = Parameters::parse(query);
  REQUIRE(parameters);
  return query::parse({}, kind, *parameters, Limits(), faults);
}

Selection good(Kind kind, const std::string& query) {
  std::vector<Fault> faults;
  Selection selection = parse(kind, query, faults);
  for (const Fault& fault : faults) CHECK_MESSAGE(false, fault.field << ": " << fault.reason);
  return selection;
}

std::vector<std::string> faults_of(Kind kind, const std::string& query) {
  std::vector<Fault> faults;
  parse(kind, query, faults);
  std::vector<std::string> fields;
  for (const Fault& fault : faults) fields.push_back(fault.field);
  return fields;
}

Value json(const std::string& text) { return Value::parse(text).value(); }

bool meets(const Selection& selection, const std::string& object) {
  Value value = json(object);
  return std::all_of(selection.conditions.begin(), selection.conditions.end(),
                     [&](const Condition& condition) { return query::meets(condition, value); });
}

}  // namespace

TEST_CASE("without parameters a list is everything, a page at a time, by id") {
  Selection selection = good(Kind::resource, "");
  CHECK(selection.conditions.empty());
  CHECK(selection.sort.empty());
  CHECK(selection.fields.empty());
  CHECK(selection.limit == 100);
  CHECK(selection.offset == 0);
  CHECK(selection.cursor.empty());
}

TEST_CASE("limit and offset are whole numbers within their bounds") {
  CHECK(good(Kind::resource, "limit=1").limit == 1);
  CHECK(good(Kind::resource, "limit=1000&offset=0").limit == 1000);
  CHECK(good(Kind::resource, "offset=12345").offset == 12345);
  for (const char* bad : {"0", "1001", "-1", "+1", "1.0", "1e2", "", " 1", "1 ", "0x1", "99999999999999999999", "one"})
    CHECK(faults_of(Kind::resource, "limit=" + percent_encode(bad)) == std::vector<std::string>{"limit"});
  for (const char* bad : {"-1", "", "18446744073709551615", "x"})
    CHECK(faults_of(Kind::resource, std::string("offset=") + bad) == std::vector<std::string>{"offset"});
}

TEST_CASE("each kind has its own filters") {
  struct Case {
    Kind kind;
    std::vector<std::string> names;
  };
  std::vector<std::string> all = {"resourcePoolId", "resourceTypeId", "resourceId", "location", "oCloudId",
                                  "resourceClass",  "resourceKind",   "vendor",     "model",    "labels"};
  for (const Case& one :
       {Case{Kind::resource, all}, Case{Kind::resource_pool, {"resourcePoolId", "location", "oCloudId", "labels"}},
        Case{Kind::resource_type, {"resourceTypeId", "resourceClass", "resourceKind", "vendor", "model"}},
        Case{Kind::deployment_manager, {"location", "oCloudId"}}, Case{Kind::subscription, {}}})
    for (const std::string& name : all) {
      CAPTURE(name);
      bool known = std::find(one.names.begin(), one.names.end(), name) != one.names.end();
      CHECK(faults_of(one.kind, name + "=a:b").empty() == known);
    }
}

TEST_CASE("a filter given twice means either, two filters mean both") {
  Selection selection = good(Kind::resource, "resourcePoolId=a&resourceTypeId=t&resourcePoolId=b");
  REQUIRE(selection.conditions.size() == 2);
  REQUIRE(selection.conditions[0].operands.size() == 2);
  CHECK(selection.conditions[0].operands[0].text == "a");
  CHECK(selection.conditions[0].operands[1].text == "b");
  CHECK(meets(selection, R"({"resourcePoolId":"b","resourceTypeId":"t"})"));
  CHECK_FALSE(meets(selection, R"({"resourcePoolId":"b","resourceTypeId":"u"})"));
  CHECK_FALSE(meets(selection, R"({"resourcePoolId":"ab","resourceTypeId":"t"})"));
}

TEST_CASE("a location is met by its beginning, in any of a manager's") {
  Selection pools = good(Kind::resource_pool, "location=eu-");
  CHECK(meets(pools, R"({"location":"eu-west"})"));
  CHECK_FALSE(meets(pools, R"({"location":"us-eu-"})"));
  CHECK_FALSE(meets(pools, R"({})"));
  Selection managers = good(Kind::deployment_manager, "location=eu-");
  CHECK(meets(managers, R"({"supportedLocations":["us-east","eu-west"]})"));
  CHECK_FALSE(meets(managers, R"({"supportedLocations":[]})"));
}

TEST_CASE("what a resource stands in is asked of its pool and its type") {
  CHECK(good(Kind::resource, "location=x").conditions[0].subject == Subject::pool);
  CHECK(good(Kind::resource, "oCloudId=x").conditions[0].subject == Subject::pool);
  CHECK(good(Kind::resource, "vendor=x").conditions[0].subject == Subject::type);
  CHECK(good(Kind::resource, "resourceId=x").conditions[0].subject == Subject::self);
  CHECK(good(Kind::resource_type, "vendor=x").conditions[0].subject == Subject::self);
}

TEST_CASE("labels must all be there") {
  Selection selection = good(Kind::resource, "labels=zone:a,role:web&labels=rack:7");
  CHECK(selection.conditions.size() == 3);
  CHECK(meets(selection, R"({"extensions":{"labels":{"zone":"a","role":"web","rack":"7","x":"y"}}})"));
  CHECK_FALSE(meets(selection, R"({"extensions":{"labels":{"zone":"a","role":"web"}}})"));
  CHECK(meets(good(Kind::resource, "labels=empty:"), R"({"extensions":{"labels":{"empty":""}}})"));
  CHECK(meets(good(Kind::resource, "labels=a:b:c"), R"({"extensions":{"labels":{"a":"b:c"}}})"));
  CHECK(meets(good(Kind::resource, "labels=a.b/c:d"), R"({"extensions":{"labels":{"a.b/c":"d"}}})"));
  for (const char* bad : {"", "a", ":b", "a:b,", "a:b,,c:d"})
    CHECK(faults_of(Kind::resource, std::string("labels=") + bad) == std::vector<std::string>{"labels"});
}

TEST_CASE("numbers and booleans are met by their text, objects and null by nothing") {
  auto condition = [](const std::string& value) { return Condition{{}, Subject::self, {"x"}, Test::any_of, {value}}; };
  CHECK(query::meets(condition("1"), json(R"({"x":1})")));
  CHECK(query::meets(condition("1.5"), json(R"({"x":1.5})")));
  CHECK(query::meets(condition("true"), json(R"({"x":true})")));
  CHECK(query::meets(condition("a"), json(R"({"x":["b",["a"]]})")));
  CHECK_FALSE(query::meets(condition("null"), json(R"({"x":null})")));
  CHECK_FALSE(query::meets(condition("{}"), json(R"({"x":{}})")));
  CHECK_FALSE(query::meets(condition(""), json(R"({})")));
  Condition none{{}, Subject::self, {"x"}, Test::any_of, {}};
  CHECK_FALSE(query::meets(none, json(R"({"x":"a"})")));
}

TEST_CASE("a path steps into the objects of arrays") {
  Condition condition{{}, Subject::self, {"a", "b"}, Test::any_of, {"2"}};
  CHECK(query::meets(condition, json(R"({"a":[{"b":"1"},{"b":"2"}]})")));
  CHECK(query::meets(condition, json(R"({"a":[[{"b":"2"}]]})")));
  CHECK_FALSE(query::meets(condition, json(R"({"a":[{"b":"1"},"2"]})")));
  CHECK_FALSE(query::meets(condition, json(R"({"a":"2"})")));
}

TEST_CASE("a sort names a member of the kind, in one direction") {
  Selection selection = good(Kind::resource, "sortBy=extensions.cpu.cores&sortOrder=desc");
  REQUIRE(selection.sort.size() == 1);
  CHECK(selection.sort[0].path == Path{"extensions", "cpu", "cores"});
  CHECK(selection.sort[0].descending);
  CHECK(good(Kind::resource, "sortBy=description").sort[0].descending == false);
  CHECK(good(Kind::resource, "sortOrder=asc").sort.empty());
  CHECK(good(Kind::resource, "sortOrder=desc").sort[0].path == Path{"resourceId"});
  CHECK(good(Kind::deployment_manager, "sortBy=capacity.totalCpu").sort.size() == 1);
  for (const char* bad : {"nope", "description.x", "", ".", "extensionsx", ".extensions"})
    CHECK(faults_of(Kind::resource, std::string("sortBy=") + bad) == std::vector<std::string>{"sortBy"});
  CHECK(faults_of(Kind::resource, "sortOrder=up") == std::vector<std::string>{"sortOrder"});
  CHECK(faults_of(Kind::resource, "sortBy=x&sortOrder=up") == std::vector<std::string>{"sortOrder", "sortBy"});
}

TEST_CASE("fields name members, each wrong one a fault") {
  Selection selection = good(Kind::resource, "fields=description,extensions.labels.zone");
  CHECK(selection.fields == std::vector<Path>{{"description"}, {"extensions", "labels", "zone"}});
  CHECK(faults_of(Kind::resource, "fields=a,description,b") == std::vector<std::string>{"fields", "fields"});
  CHECK(faults_of(Kind::resource, "fields=") == std::vector<std::string>{"fields"});
}

TEST_CASE("every fault of a query is told at once") {
  CHECK(faults_of(Kind::resource, "limit=x&offset=y&sortBy=z&fields=w&labels=v&u=1&cursor=c") ==
        std::vector<std::string>{"limit", "offset", "sortBy", "offset", "fields", "labels", "u"});
}

TEST_CASE("a cursor has its own place") {
  CHECK(good(Kind::resource, "cursor=abc").cursor == "abc");
  CHECK(faults_of(Kind::resource, "cursor=abc&offset=0") == std::vector<std::string>{"offset"});
}

TEST_CASE("values sort numbers, text, booleans, and what is absent last in both directions") {
  std::vector<Value> values = {json(R"({"x":-1})"),   json(R"({"x":2})"),   json(R"({"x":10})"),
                               json(R"({"x":"a"})"),  json(R"({"x":"b"})"), json(R"({"x":false})"),
                               json(R"({"x":true})"), json(R"({})")};
  for (bool descending : {false, true})
    for (std::size_t i = 0; i < values.size(); ++i)
      for (std::size_t j = 0; j < values.size(); ++j) {
        int side = compare(first_at(values[i], {"x"}), first_at(values[j], {"x"}), descending);
        bool absent = i + 1 == values.size() || j + 1 == values.size();
        int expected = i == j ? 0 : i < j ? -1 : 1;
        if (descending && !absent) expected = -expected;
        CHECK((side > 0) - (side < 0) == expected);
      }
}

TEST_CASE("objects, null and empty arrays sort as absent, an array by its first value") {
  for (const char* text : {R"({"x":null})", R"({"x":{}})", R"({"x":[]})", R"({"y":1})"})
    CHECK(first_at(json(text), {"x"}).type == Scalar::Type::absent);
  CHECK(first_at(json(R"({"x":[{"y":3},{"y":1}]})"), {"x", "y"}).number == 3);
}

TEST_CASE("a sort value goes through JSON, as in a cursor, and comes back equal") {
  for (const char* text : {"1", "1.5", "-0.25", "\"a\"", "\"\"", "true", "false", "null"}) {
    Scalar value = Scalar::of(json(text));
    Scalar again = Scalar::of(Value::parse(value.to_value().to_json()).value());
    CHECK(compare(value, again, false) == 0);
  }
}

TEST_CASE("a projection has the fields that are there, and the id always") {
  Value object = json(R"({"id":"x","a":1,"b":{"c":{"d":2,"e":3},"f":4},"g":null})");
  auto projected = [&](std::vector<Path> fields) { return project(object, fields, "id").to_json(); };
  CHECK(projected({{"a"}}) == R"({"id":"x","a":1})");
  CHECK(projected({{"id"}}) == R"({"id":"x"})");
  CHECK(projected({{"b", "c", "d"}, {"b", "f"}}) == R"({"id":"x","b":{"c":{"d":2},"f":4}})");
  CHECK(projected({{"b"}, {"b", "f"}}) == R"({"id":"x","b":{"c":{"d":2,"e":3},"f":4}})");
  CHECK(projected({{"g"}}) == R"({"id":"x","g":null})");
  CHECK(projected({{"nope"}, {"a", "b"}, {"b", "nope"}, {"b", "c", "nope"}, {"b", "c", "d", "nope"}}) ==
        R"({"id":"x"})");
}
