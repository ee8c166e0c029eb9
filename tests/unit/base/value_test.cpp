#include "netweave/value.hpp"

#include <string>

#include <doctest/doctest.h>

using netweave::Value;

namespace {

std::string round_trip(const char* text) { return Value::parse(text).value().to_json(); }
std::string refusal(const std::string& text) {
  auto parsed = Value::parse(text);
  REQUIRE_FALSE(parsed.has_value());
  return parsed.error().message;
}

}  // namespace

TEST_CASE("JSON reads and writes back the same") {
  for (const char* text : {"null", "true", "-12", "1.5", "\"a\\\"b\\\\c\\n\"", "[]", "{}", "[1,[2,{\"a\":null}]]",
                           "{\"b\":1,\"a\":{\"c\":\"\xc3\xa9\"}}", "9223372036854775807", "1e300"})
    CHECK(Value::parse(round_trip(text)).value() == Value::parse(text).value());
  CHECK(round_trip("{\"b\":1,\"a\":2}") == "{\"b\":1,\"a\":2}");
}

TEST_CASE("what is not JSON is refused with the place") {
  CHECK(refusal("{\"a\":1,\"a\":2}").find("twice") != std::string::npos);
  CHECK(refusal("1 2").find("byte 2") != std::string::npos);
  CHECK(refusal("\"\xff\"").find("not valid JSON") != std::string::npos);
  CHECK(refusal("1e999").find("byte") != std::string::npos);
  CHECK_FALSE(Value::parse("").has_value());
  CHECK_FALSE(Value::parse("{").has_value());
}

TEST_CASE("64 levels are read and 65 refused") {
  std::string deep = std::string(64, '[') + std::string(64, ']');
  CHECK(Value::parse(deep).has_value());
  CHECK(refusal("[" + deep + "]").find("64 levels") != std::string::npos);
}

TEST_CASE("a large object is checked for repeated names in linear time") {
  std::string text = "{";
  for (int i = 0; i < 200000; ++i) text += "\"" + std::to_string(i) + "\":0,";
  CHECK(refusal(text + "\"7\":0}").find("\"7\"") != std::string::npos);
  CHECK(Value::parse(text + "\"x\":0}").value().size() == 200001);
}

TEST_CASE("a merge patch replaces, adds and removes (RFC 7396)") {
  Value target = Value::parse(R"({"a":"b","c":{"d":"e","f":"g"}})").value();
  netweave::merge_patch(target, Value::parse(R"({"a":"z","c":{"f":null},"n":{"x":null,"y":1}})").value());
  CHECK(target == Value::parse(R"({"a":"z","c":{"d":"e"},"n":{"y":1}})").value());
}

TEST_CASE("half of a surrogate pair is refused, either half, in a text and in a name") {
  for (const char* text : {R"("\ud83d")", R"("\ude00")", R"("\ud83d\ud83d")", R"("a\ude00b")", R"({"\ude00":1})"})
    CHECK_FALSE(Value::parse(text));
  auto whole = Value::parse(R"(["\ud83d\ude00","\ud7ff","\ue000"])");
  REQUIRE(whole);
  CHECK(whole->as_array().front().as_text() == "\xf0\x9f\x98\x80");
}

TEST_CASE("a number out of a double's range is refused, whichever way it is written") {
  for (const char* text :
       {"2e308", "-2e308", "9221e308", "1e309", "[1,1e999]", "18446018320e308", "1e99999999999999999999"})
    CHECK_FALSE(Value::parse(text));
  CHECK(Value::parse("1.7976931348623157e308"));
  CHECK_FALSE(Value::parse(std::string(400, '9')));
  for (const char* text : {"1e-999", "-1e-999", "0.1e-999", "1e-99999999999999999999"}) {
    auto zero = Value::parse(text);
    REQUIRE(zero);
    CHECK(zero->as_number(1) == 0);
  }
  CHECK(Value::parse("9223372036854775807")->as_integer() == INT64_MAX);
  CHECK(Value::parse("18446744073709551616")->as_number() == 18446744073709551616.0);
}
