#include "context.hpp"

#include <doctest/doctest.h>

using namespace netweave;
using namespace netweave::cli;

namespace {

ContextFile two_contexts() {
  ContextFile file;
  file.current = "a";
  file.contexts.resize(2);
  file.contexts[0].name = "a";
  file.contexts[0].server = "https://a/";
  file.contexts[0].token = "of-a";
  file.contexts[1].name = "b";
  file.contexts[1].server = "https://b";
  file.contexts[1].token_file = "of-b";
  return file;
}

Context resolved(const Wanted& wanted) {
  auto context = resolve(wanted, two_contexts());
  REQUIRE(context);
  return *context;
}

}  // namespace

TEST_CASE("with nothing said, the current context is taken; without any, the gateway's own default address") {
  CHECK(resolved({}).server == "https://a");
  CHECK(resolved({}).timeout == "30s");
  CHECK(resolve({}, {})->server == "http://127.0.0.1:8080");
}

TEST_CASE("a flag is above the environment, that above the context") {
  Wanted wanted;
  wanted.environment = {{"NETWEAVE_CONTEXT", "b"}};
  CHECK(resolved(wanted).server == "https://b");
  wanted.environment["NETWEAVE_SERVER"] = "https://e";
  CHECK(resolved(wanted).server == "https://e");
  wanted.environment["NETWEAVE_TOKEN"] = "of-e";
  CHECK(resolved(wanted).token == "of-e");
  CHECK(resolved(wanted).token_file.empty());
  wanted.flags.server = "https://f";
  CHECK(resolved(wanted).server == "https://f");
  wanted.flags.token_file = "file";
  CHECK(resolved(wanted).token.empty());
}

TEST_CASE("a context that a flag names keeps its own word against the environment") {
  Wanted wanted;
  wanted.flags.name = "b";
  wanted.environment = {{"NETWEAVE_SERVER", "https://e"}, {"NETWEAVE_TOKEN", "of-e"}};
  CHECK(resolved(wanted).server == "https://b");
  CHECK(resolved(wanted).token.empty());
}

TEST_CASE("an address alone takes no credential from the current context") {
  Wanted by_flag;
  by_flag.flags.server = "https://f";
  CHECK(resolved(by_flag).token.empty());
  Wanted by_variable;
  by_variable.environment = {{"NETWEAVE_SERVER", "https://e"}};
  CHECK(resolved(by_variable).token.empty());
}
