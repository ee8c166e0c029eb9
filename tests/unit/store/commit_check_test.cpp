#include "store/commit_check.hpp"

#include <doctest/doctest.h>

using namespace netweave;
using namespace netweave::store;

TEST_CASE("a counter step that overflows is refused, either way") {
  CHECK(check_counter({"n", INT64_MAX, INT64_MAX}, 1)->kind == ErrorKind::exhausted);
  CHECK(check_counter({"n", INT64_MIN, INT64_MAX}, -1)->kind == ErrorKind::exhausted);
  CHECK_FALSE(check_counter({"n", INT64_MAX, INT64_MAX}, 0).has_value());
}

TEST_CASE("a counter that stays above its ceiling may stand still or go down") {
  CHECK_FALSE(check_counter({"n", 0, 2}, 5).has_value());
  CHECK_FALSE(check_counter({"n", -1, 2}, 5).has_value());
  CHECK(check_counter({"n", 1, 2}, 5)->message == "n would pass its limit of 2");
}

TEST_CASE("the keys of one id differ by kind") {
  auto make = [](Kind kind, const std::string& id) {
    model::Draft draft;
    draft.kind = kind;
    draft.id = id;
    return model::Object::make(draft);
  };
  CHECK(key_of(*make(Kind::resource, "a")) != key_of(*make(Kind::resource_pool, "a")));
}
