#include "routing/rules.hpp"

#include <doctest/doctest.h>

using namespace netweave;
using routing::mismatch;

namespace {

routing::Creation pool(const std::string& location, std::string_view extensions = "{}") {
  ResourcePool pool;
  pool.location = location;
  pool.extensions = Value::parse(extensions).value();
  return routing::creation_of(pool);
}

RoutingRule at(RoutingLocation location) {
  RoutingRule rule;
  rule.location = std::move(location);
  return rule;
}

}  // namespace

TEST_CASE("a rule without conditions takes anything") { CHECK(mismatch({}, pool("")).empty()); }

TEST_CASE("a resource type is the kind, the instance type, or any") {
  RoutingRule rule;
  rule.resource_type = "resourcePool";
  CHECK(mismatch(rule, pool("")).empty());
  rule.resource_type = "m5.large";
  CHECK(mismatch(rule, pool("")) == "it is for m5.large, this is a resourcePool");
  CHECK(mismatch(rule, pool("", R"({"instanceType":"m5.small"})")) ==
        "it is for m5.large, this is a resourcePool of m5.small");
  CHECK(mismatch(rule, pool("", R"({"instanceType":"m5.large"})")).empty());
}

TEST_CASE("all labels must be there") {
  RoutingRule rule;
  rule.labels = Value::parse(R"({"zone":"a","tier":"edge"})").value();
  CHECK(mismatch(rule, pool("", R"({"labels":{"tier":"edge","zone":"a","more":"x"}})")).empty());
  CHECK(mismatch(rule, pool("", R"({"labels":{"zone":"a"}})")) == R"(the label tier must be "edge", and is not there)");
  CHECK(mismatch(rule, pool("", R"({"labels":{"zone":"b","tier":"edge"}})")) ==
        R"(the label zone must be "a", is "b")");
  CHECK_FALSE(mismatch(rule, pool("")).empty());
}

TEST_CASE("a location is compared as a whole, by its beginning, its end, or what is in it") {
  CHECK(mismatch(at({"berlin", "", "", ""}), pool("berlin")).empty());
  CHECK(mismatch(at({"berlin", "", "", ""}), pool("berlin-2")) == R"(the location must be "berlin", is "berlin-2")");
  CHECK(mismatch(at({"", "edge-", "", ""}), pool("edge-1")).empty());
  CHECK_FALSE(mismatch(at({"", "edge-", "", ""}), pool("an edge-1")).empty());
  CHECK(mismatch(at({"", "", "-1", ""}), pool("edge-1")).empty());
  CHECK_FALSE(mismatch(at({"", "", "-1", ""}), pool("edge-10")).empty());
  CHECK(mismatch(at({"", "", "", "dg"}), pool("edge-1")).empty());
  CHECK_FALSE(mismatch(at({"", "", "", "gd"}), pool("edge-1")).empty());
  CHECK(mismatch(at({"", "edge", "1", ""}), pool("edge-1")).empty());
  CHECK(mismatch(at({"", "edge", "2", ""}), pool("edge-1")) == R"(the location must end with "2", is "edge-1")");
  CHECK(mismatch(at({"", "", "", "e"}), pool("")) == R"(the location must have in it "e", and there is none)");
}

TEST_CASE("members of extensions are compared at any depth") {
  RoutingRule rule;
  rule.extensions = Value::parse(R"({"site":{"tier":1}})").value();
  CHECK(mismatch(rule, pool("", R"({"site":{"tier":1,"row":2}})")).empty());
  CHECK(mismatch(rule, pool("", R"({"site":{"tier":2}})")) == "extensions.site.tier must be 1, is 2");
  CHECK(mismatch(rule, pool("", R"({"site":7})")) == R"(extensions.site must be {"tier":1}, is 7)");
  CHECK(mismatch(rule, pool("")) == R"(extensions.site must be {"tier":1}, and is not there)");
}

TEST_CASE("rules that are replaced leave a search under way its own") {
  RoutingConfig config;
  config.rules.resize(1);
  config.rules[0].name = "old";
  routing::Rules rules(config);
  auto before = rules.now();
  rules.replace({});
  CHECK(before->rules[0].name == "old");
  CHECK(rules.now()->rules.empty());
}
