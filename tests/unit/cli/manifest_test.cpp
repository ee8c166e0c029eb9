#include "manifest.hpp"

#include <doctest/doctest.h>

using namespace netweave;
using namespace netweave::cli;

namespace {

std::vector<Value> values(const std::string& text) {
  auto read = read_values(text, "file");
  REQUIRE(read);
  return *read;
}

}  // namespace

TEST_CASE("JSON values in a row, with brackets inside their texts, are parted") {
  auto read = values(R"( {"a":"}{\"","b":[1]}
[2] {"c":3})");
  REQUIRE(read.size() == 3);
  CHECK(read[0].at("a") == Value("}{\""));
  CHECK(read[2].at("c") == Value(3));
}

TEST_CASE("YAML documents keep the types that their writer meant") {
  auto read = values("a: 1\nb: '1'\nc: true\nd: [x, ~]\n---\n---\n{e: 1.5}\n");
  REQUIRE(read.size() == 2);
  CHECK(read[0] == *Value::parse(R"({"a":1,"b":"1","c":true,"d":["x",null]})"));
  CHECK(read[1].at("e") == Value(1.5));
  CHECK(values("{a: b}").front().at("a") == Value("b"));
  CHECK(values("{\"a\": 1}\n---\n{\"a\": 2}\n").size() == 2);
}

TEST_CASE("what is neither says where") {
  CHECK(read_values("{\"a\":1} {\"b\"", "f").error().message.find("f: value 2") == 0);
  auto yaml = read_values("a: 1\nb: [\n", "f");
  REQUIRE_FALSE(yaml);
  CHECK(yaml.error().faults.front().field.find("f:") == 0);
}
