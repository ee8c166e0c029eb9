#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "netweave/config.hpp"

// Each file of bad/ is one mistake (or a family of them) and says in its head what must be told of it:
//   # expect: name.yaml:3: server.prot | unknown key; did you mean "port"?
//   # env: NETWEAVE_SERVER_PORT=abc
namespace {

namespace fs = std::filesystem;

struct Case {
  std::string name;
  std::string text;
  std::vector<std::string> expected;
  std::map<std::string, std::string> variables;
};

Case read_case(const fs::path& path) {
  Case one;
  one.name = path.filename().string();
  std::ifstream file(path, std::ios::binary);
  one.text.assign(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
  std::istringstream lines(one.text);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("# expect: ")) one.expected.push_back(line.substr(10));
    if (line.starts_with("# env: ")) {
      std::size_t sign = line.find('=');
      one.variables[line.substr(7, sign - 7)] = line.substr(sign + 1);
    }
  }
  return one;
}

std::vector<std::string> told(const Case& one) {
  auto parsed = netweave::parse_config(one.text, one.name, one.variables);
  std::vector<std::string> lines;
  if (parsed) return lines;
  CHECK(parsed.error().kind == netweave::ErrorKind::invalid);
  for (const netweave::Fault& fault : parsed.error().faults) lines.push_back(fault.field + " | " + fault.reason);
  return lines;
}

}  // namespace

TEST_CASE("each bad configuration is refused with its messages, all of them, and no others") {
  std::set<fs::path> files;
  for (const auto& entry : fs::directory_iterator(SOURCE_ROOT "/tests/unit/config/bad"))
    if (entry.path().extension() == ".yaml") files.insert(entry.path());
  REQUIRE(files.size() > 20);
  for (const fs::path& file : files) {
    Case one = read_case(file);
    CAPTURE(one.name);
    REQUIRE_FALSE(one.expected.empty());
    auto lines = told(one);
    CHECK(lines.size() == one.expected.size());
    for (std::size_t i = 0; i < std::min(lines.size(), one.expected.size()); ++i) CHECK(lines[i] == one.expected[i]);
  }
}
