#include "base/pointer.hpp"

#include <doctest/doctest.h>

using namespace netweave;

TEST_CASE("a name in a JSON pointer has its tildes and slashes escaped") {
  CHECK(pointer_part("a/b~c.d") == "a~1b~0c.d");
}

TEST_CASE("a dotted place becomes a pointer into the body that it speaks of") {
  Value body = Value::parse(R"({"filter":{"labels":{"zone.io/name":1,"zone":{"x":2}}},"types":["a",{"b":3}]})").value();
  CHECK(pointer_to(body, "filter") == "/filter");
  CHECK(pointer_to(body, "filter.labels.zone.io/name") == "/filter/labels/zone.io~1name");
  CHECK(pointer_to(body, "filter.labels.zone.x") == "/filter/labels/zone/x");
  CHECK(pointer_to(body, "types[1].b") == "/types/1/b");
  CHECK(pointer_to(body, "types[7].b") == "/types/7");
  CHECK(pointer_to(body, "filter.expression") == "/filter/expression");
  CHECK(pointer_to(body, "colour").empty());
}
