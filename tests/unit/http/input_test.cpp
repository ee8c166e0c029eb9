#include "http/input.hpp"

#include <string>

#include <doctest/doctest.h>

using netweave::http::Input;

namespace {

std::size_t fill(Input& input, char with) {
  auto [at, room] = input.room();
  std::fill(at, at + room, with);
  input.added(room);
  return room;
}

}  // namespace

TEST_CASE("input grows to its bound, and then has no room") {
  Input input(20000);
  std::string all;
  for (char with = 'a'; with < 'z'; ++with) all.append(fill(input, with), with);
  CHECK(all.size() == 20000);
  CHECK(input.view() == all);
  CHECK(input.room().second == 0);
}

TEST_CASE("what is taken makes room, and what is left stays in one piece") {
  Input input(4096);
  fill(input, 'a');
  input.taken(4000);
  CHECK(input.room().second == 4000);
  fill(input, 'b');
  CHECK(input.view() == std::string(96, 'a') + std::string(4000, 'b'));
  input.taken(4096);
  CHECK(input.empty());
  CHECK(input.room().second == 4096);
}
