#include "state/id_index.hpp"

#include <map>
#include <random>
#include <string>

#include <doctest/doctest.h>

using namespace netweave;
using namespace netweave::state;

namespace {

model::ObjectRef object(const std::string& id) {
  model::Draft draft;
  draft.id = id;
  draft.json = R"({"resourceId":")" + id + R"("})";
  return model::Object::make(draft);
}

/// Random insertions, replacements and removals, each edit checked against a map.
void compare_with_map(std::uint64_t hashed, std::size_t ids, unsigned seed) {
  std::mt19937 random(seed);
  IdIndex index(hashed);
  std::map<std::string, model::ObjectRef> known;
  std::vector<model::ObjectRef> all;
  std::vector<Retired> retired;
  for (std::uint64_t edit = 1; edit <= 60; ++edit) {
    IdEditor editor(index, edit, retired.emplace_back());
    for (int change = 0; change < 20; ++change) {
      std::string id = "res-" + std::to_string(random() % ids);
      if (random() % 3 == 0) {
        editor.remove(id);
        known.erase(id);
      } else {
        all.push_back(object(id));
        editor.put(all.back().get());
        known[id] = all.back();
      }
    }
    for (std::size_t number = 0; number < ids; ++number) {
      std::string id = "res-" + std::to_string(number);
      auto there = known.find(id);
      REQUIRE(index.find(id) == (there == known.end() ? nullptr : there->second.get()));
    }
  }
  IdEditor(index, 1000, retired.emplace_back()).clear();
  CHECK(index.find("res-0") == nullptr);
  for (Retired& one : retired) one.free();
}

}  // namespace

TEST_CASE("an id index finds what was put there last and nothing that was removed") {
  for (unsigned seed = 0; seed < 5; ++seed) compare_with_map(~std::uint64_t{0}, 300, seed);
}

TEST_CASE("ids whose hashes meet are told apart") {
  for (unsigned seed = 0; seed < 5; ++seed) {
    compare_with_map(0, 40, seed);                        // all meet, down to the last level
    compare_with_map(std::uint64_t{3} << 62U, 60, seed);  // four hashes, told apart at the last level alone
  }
}

TEST_CASE("an older version of an id index is not changed by a newer one") {
  model::ObjectRef first = object("a");
  model::ObjectRef second = object("a");
  IdIndex old;
  Retired retired;
  IdEditor(old, 1, retired).put(first.get());
  IdIndex next = old;
  IdEditor editor(next, 2, retired);
  editor.put(second.get());
  CHECK(old.find("a") == first.get());
  CHECK(next.find("a") == second.get());
  editor.remove("a");
  CHECK(old.find("a") == first.get());
  CHECK(next.find("a") == nullptr);
  retired.free();
}
