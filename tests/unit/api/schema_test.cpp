#include "api/openapi/schema.hpp"

#include <doctest/doctest.h>

using namespace netweave;
using namespace netweave::api::openapi;

namespace {

/// The faults of a value, as "place reason; place reason".
std::string faults_of(const std::string& schema, const std::string& value, const std::string& document = "{}") {
  Value whole = Value::parse(document).value();
  Schemas schemas(whole);
  auto compiled = schemas.compile(Value::parse(schema).value());
  REQUIRE_MESSAGE(compiled, compiled.error().message);
  std::vector<Fault> faults;
  check(**compiled, Value::parse(value).value(), "x", nullptr, faults);
  std::string text;
  for (const Fault& fault : faults) text += (text.empty() ? "" : "; ") + fault.field + " " + fault.reason;
  return text;
}

std::string refusal_of(const std::string& schema) {
  Value whole = Value::object();
  Schemas schemas(whole);
  auto compiled = schemas.compile(Value::parse(schema).value());
  return compiled ? "" : compiled.error().message;
}

}  // namespace

TEST_CASE("each type takes its own values alone") {
  const std::pair<const char*, const char*> own[] = {{"boolean", "true"}, {"integer", "7"}, {"number", "7.5"},
                                                     {"string", "\"a\""}, {"array", "[]"},  {"object", "{}"}};
  for (const auto& type : own)
    for (const auto& value : own) {
      CAPTURE(type.first);
      CAPTURE(value.second);
      bool whole = type.first == std::string("number") && value.second == std::string("7");
      bool good = type.first == std::string(value.first) || whole;
      CHECK(faults_of(R"({"type":")" + std::string(type.first) + "\"}", value.second).empty() == good);
    }
  CHECK(faults_of(R"({"type":"integer"})", "7.0").empty());
  CHECK(faults_of("{}", "null").empty());
}

TEST_CASE("null is good where the schema says so") {
  CHECK(faults_of(R"({"type":"string"})", "null") == "x must be a string");
  CHECK(faults_of(R"({"nullable":true,"type":"string","minLength":1,"enum":["a"]})", "null").empty());
  CHECK(faults_of(R"({"type":"string","nullable":true})", "1") == "x must be a string or null");
}

TEST_CASE("numbers have their range on both sides") {
  const char* schema = R"({"type":"integer","minimum":1,"maximum":1000})";
  CHECK(faults_of(schema, "1").empty());
  CHECK(faults_of(schema, "1000").empty());
  for (const char* bad : {"0", "1001", "\"x\"", "1.5", "1e30"})
    CHECK(faults_of(schema, bad) == "x must be a whole number from 1 to 1000");
}

TEST_CASE("lengths count characters, items and members on both sides") {
  const char* text = R"({"type":"string","minLength":2,"maxLength":3})";
  CHECK(faults_of(text, "\"éé\"").empty());
  CHECK(faults_of(text, "\"ééé\"").empty());
  CHECK(faults_of(text, "\"é\"") == "x at least 2 characters");
  CHECK(faults_of(text, "\"éééé\"") == "x at most 3 characters");
  CHECK(faults_of(R"({"type":"string","minLength":1})", "\"\"") == "x must not be empty");
  CHECK(faults_of(R"({"type":"array","maxItems":1})", "[1,2]") == "x at most 1 items");
  CHECK(faults_of(R"({"type":"object","maxProperties":1})", R"({"a":1,"b":2})") == "x at most 1 members");
}

TEST_CASE("a pattern is RE2, unanchored, and may have its reason in words") {
  CHECK(faults_of(R"({"type":"string","pattern":"^a+$"})", "\"aa\"").empty());
  CHECK(faults_of(R"({"type":"string","pattern":"a+"})", "\"bab\"").empty());
  CHECK(faults_of(R"({"type":"string","pattern":"^a+$"})", "\"b\"") == "x must match ^a+$");
  CHECK(faults_of(R"({"type":"string","pattern":"^a","x-netweave-reason":"must begin with a"})", "\"b\"") ==
        "x must begin with a");
}

TEST_CASE("a date-time is one") {
  const char* schema = R"({"type":"string","format":"date-time"})";
  CHECK(faults_of(schema, "\"2026-01-02T03:04:05.678Z\"").empty());
  CHECK(faults_of(schema, "\"yesterday\"") == "x must be a time, as in 2026-01-02T03:04:05Z (RFC 3339)");
}

TEST_CASE("an enumeration names what it takes") {
  CHECK(faults_of(R"({"type":"string","enum":["asc","desc"]})", "\"asc\"").empty());
  CHECK(faults_of(R"({"type":"string","enum":["asc","desc"]})", "\"up\"") == "x must be one of asc, desc");
}

TEST_CASE("an object's members are each told") {
  const char* schema = R"({"type":"object","required":["a","b"],"additionalProperties":false,
                           "properties":{"a":{"type":"string"},"b":{"type":"string"},"c":{"type":"array","items":{"type":"integer"}}}})";
  CHECK(faults_of(schema, R"({"a":"1","b":"2","c":[1]})").empty());
  CHECK(faults_of(schema, R"({"a":1,"c":[1,"x"],"d":0})") ==
        "x.a must be a string; x.c[1] must be a whole number; x.d no such member; x.b is required");
  CHECK(faults_of(R"({"additionalProperties":{"type":"string"}})", R"({"a":"1","b":2})") == "x.b must be a string");
}

TEST_CASE("alternatives: one must hold, and the nearest says why not") {
  const char* schema = R"({"anyOf":[{"type":"string"},{"type":"array","items":{"type":"string"}}]})";
  CHECK(faults_of(schema, "\"a\"").empty());
  CHECK(faults_of(schema, "[\"a\"]").empty());
  CHECK(faults_of(schema, "[1]") == "x[0] must be a string");
  CHECK(faults_of(schema, "1") == "x must be a string or an array of strings");
}

TEST_CASE("references are followed, to themselves too") {
  const char* document = R"({"a":{"b":{"type":"object","additionalProperties":false,
                             "properties":{"next":{"$ref":"#/a/b"}}}}})";
  CHECK(faults_of(R"({"$ref":"#/a/b"})", R"({"next":{"next":{}}})", document).empty());
  CHECK(faults_of(R"({"$ref":"#/a/b"})", R"({"next":{"last":{}}})", document) == "x.next.last no such member");
  CHECK(refusal_of(R"({"$ref":"#/nothing"})").find("#/nothing") != std::string::npos);
}

TEST_CASE("what holds with a parameter alone") {
  Value whole = Value::object();
  Schemas schemas(whole);
  const Schema* schema = schemas.compile(Value::parse(R"({"x-netweave-only-with":"fields"})").value()).value();
  std::vector<Fault> faults;
  query::Parameters with = *query::Parameters::parse("fields=a");
  query::Parameters without;
  check(*schema, 1, "x", &with, faults);
  CHECK(faults.empty());
  check(*schema, 1, "x", &without, faults);
  CHECK(faults.size() == 1);
}

TEST_CASE("what the validator does not know is refused, never passed over") {
  CHECK(refusal_of(R"({"type":"string","minimun":1})").find("keyword minimun") != std::string::npos);
  CHECK(refusal_of(R"({"not":{}})").find("keyword not") != std::string::npos);
  CHECK(refusal_of(R"({"type":"text"})").find("type text") != std::string::npos);
  CHECK(refusal_of(R"({"type":"string","format":"e-mail"})").find("format e-mail") != std::string::npos);
  CHECK(refusal_of(R"_({"type":"string","pattern":"(?=a)"})_").find("pattern (?=a)") != std::string::npos);
  CHECK(refusal_of(R"({"properties":{"a":{"items":{"oneOf":[]}}}})").find("keyword oneOf") != std::string::npos);
}
