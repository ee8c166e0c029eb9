#include "kinds.hpp"

#include <set>

#include <doctest/doctest.h>

#include "exit.hpp"
#include "targets.hpp"

using namespace netweave;
using namespace netweave::cli;

TEST_CASE("no two kinds share a name") {
  std::set<std::string> names;
  std::size_t count = 0;
  for (const Kind& kind : kinds())
    for (std::string_view word : words_of(kind.shorts)) {
      names.emplace(word);
      ++count;
      REQUIRE(find_kind(word));
      CHECK(*find_kind(word) == &kind);
    }
  CHECK(names.size() == count);
}

TEST_CASE("a kind is found by singular and plural, in any case, with dashes or without") {
  for (const char* word :
       {"ResourcePool", "resourcepools", "resource-pool", "resource_pools", "RESOURCE-POOLS", "pool"})
    CHECK((*find_kind(word))->name == "ResourcePool");
  for (const char* word : {"o-cloud-infrastructure", "ocloud"})
    CHECK((*find_kind(word))->name == "OCloudInfrastructure");
}

TEST_CASE("a word that is no kind is told what is near, or what there is") {
  CHECK(find_kind("resorces").error().message == "there is no kind \"resorces\"; did you mean \"resources\"?");
  CHECK(find_kind("xyzzy").error().message.find("there are deploymentManagers, resourcePools") != std::string::npos);
}

TEST_CASE("a cell is made of what stands at its path") {
  Value object = *Value::parse(R"({"n":8,"list":["a","b"],"deep":{"x":[{"y":1},{"y":2}]},"labels":{"k":"v","l":"w"},
                                   "at":"1970-01-01T00:00:00Z","none":[]})");
  auto cell = [&](std::string_view path, Cell how = Cell::text) {
    return cell_text(Column{"X", path, false, how}, object, 90000);
  };
  CHECK(cell("n") == "8");
  CHECK(cell("list") == "a,b");
  CHECK(cell("deep.x.y") == "1,2");
  CHECK(cell("labels", Cell::labels) == "k=v,l=w");
  CHECK(cell("labels", Cell::json) == R"({"k":"v","l":"w"})");
  CHECK(cell("at", Cell::age) == "90s");
  CHECK(cell("n", Cell::age) == "<unknown>");
  CHECK(cell("none") == "<none>");
  CHECK(cell("deep.nothing") == "<none>");
}

TEST_CASE("arguments name objects in three ways") {
  auto targets = read_targets({"pool", "a", "b"});
  REQUIRE(targets);
  CHECK(targets->front().ids == std::vector<std::string>{"a", "b"});
  targets = read_targets({"pool/a", "res/x", "resourcepool/b"});
  REQUIRE(targets);
  REQUIRE(targets->size() == 2);
  CHECK((*targets)[0].ids == std::vector<std::string>{"a", "b"});
  CHECK((*targets)[1].kind->name == "Resource");
  CHECK(read_targets({"pool/a/b"})->front().ids.front() == "a/b");
  CHECK(read_targets({"pools,dm"})->size() == 2);
  CHECK_FALSE(read_targets({","}));
  CHECK_FALSE(read_targets({"pools,"}).error().message.empty());
  CHECK_FALSE(read_named({"pool"}));
}

TEST_CASE("exit codes follow the kind of an error and whose it is") {
  auto code = [](ErrorKind kind, bool server) {
    Error error = make_error(kind, "x");
    error.from_backend = server;
    return exit_of(error);
  };
  CHECK(code(ErrorKind::invalid, true) == 1);
  CHECK(code(ErrorKind::invalid, false) == 2);
  CHECK(code(ErrorKind::not_found, true) == 3);
  CHECK(code(ErrorKind::unavailable, false) == 4);
  CHECK(code(ErrorKind::unavailable, true) == 1);
  CHECK(code(ErrorKind::timeout, false) == 5);
  CHECK(code(ErrorKind::precondition, true) == 6);
  CHECK(code(ErrorKind::internal, false) == 1);
}

TEST_CASE("an entity tag is quoted where its quotes were left out") {
  CHECK(entity_tag("1.2") == "\"1.2\"");
  CHECK(entity_tag("\"1.2\"") == "\"1.2\"");
  CHECK(entity_tag("W/\"1.2\"") == "W/\"1.2\"");
  CHECK(entity_tag("*") == "*");
}
