#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <string>

#include <doctest/doctest.h>

#include "config/keys.hpp"
#include "config/tree.hpp"

using namespace netweave;

namespace {

std::string read(const std::string& name) {
  std::ifstream file(SOURCE_ROOT + name, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

void leaves(const config::Node& node, const std::string& path, std::set<std::string>& found) {
  bool section = node.kind == config::Node::Kind::map && !node.members.empty();
  if (!section) found.insert(path);
  for (const auto& [name, member] : node.members) leaves(member, path.empty() ? name : path + "." + name, found);
}

}  // namespace

TEST_CASE("docs/configuration.md is what --describe-config writes") {
  bool same = read("/docs/configuration.md") == describe_config();
  CHECK_MESSAGE(same, "write it anew: netweave-gateway --describe-config > docs/configuration.md");
}

TEST_CASE("the common list is whole: every key of it is here with its default, and no other but what is told apart") {
  std::string text = read("/tests/unit/config/common_list.yaml");
  auto parsed = parse_config(text, "common_list.yaml");
  REQUIRE(parsed.has_value());
  CHECK(print_config(parsed->config) == print_config(Config{}));

  std::vector<config::Located> faults;
  std::set<std::string> common;
  leaves(config::read_yaml(text, faults), {}, common);
  std::set<std::string> ours;
  for (const config::Key& key : config::config_keys()) ours.emplace(key.path);
  for (const config::List& list : config::config_lists()) ours.emplace(list.path);
  for (std::string_view further : config::further_keys())
    CHECK(std::erase_if(ours, [&](const std::string& key) {
            return key == further || key.starts_with(std::string(further) + ".");
          }) > 0);
  CHECK(common == ours);
}

TEST_CASE("the table holds together") {
  std::set<std::string_view> paths;
  std::string section;
  std::set<std::string> sections;
  for (const config::Key& key : config::config_keys()) {
    CAPTURE(key.path);
    CHECK(paths.insert(key.path).second);
    CHECK(key.doc.ends_with('.'));
    CHECK_FALSE(config::is_later(key.path));
    std::string own(key.path.substr(0, key.path.find('.')));
    if (own != section) CHECK(sections.insert(own).second);  // the keys of a section stand together
    section = own;
    if (key.outside_dev) CHECK(config::from_text(key, *key.outside_dev).has_value());
  }
  for (const config::List& list : config::config_lists()) {
    CHECK(list.doc.ends_with('.'));
    for (const config::Key& key : list.keys) CHECK(key.doc.ends_with('.'));
  }
}

TEST_CASE("every default is within its key's range") {
  Config config;
  for (const config::Key& key : config::config_keys()) CHECK(config::range_fault(key, &config).empty());
  for (const config::List& list : config::config_lists())
    for (const config::Key& key : list.keys) CHECK(config::range_fault(key, list.add(config)).empty());
}

TEST_CASE("an older name leads to a key, or into the free-form section") {
  for (const config::OlderName& older : config::older_names()) {
    CAPTURE(older.old);
    CHECK_FALSE(config::find_key(config::config_keys(), older.old));
    std::string_view now = older.now;
    if (config::find_list(now) || now.starts_with("adapters[].config")) continue;
    const config::List* list = config::list_above(now);
    auto keys = list ? list->keys : config::config_keys();
    CHECK((config::find_key(keys, now) || config::is_section(keys, now)));
  }
}

TEST_CASE("staging and prod have the stricter defaults") {
  std::map<std::string_view, std::string_view> strict;
  for (const config::Key& key : config::config_keys())
    if (key.outside_dev) strict[key.path] = *key.outside_dev;
  CHECK(strict == std::map<std::string_view, std::string_view>{
                      {"o_cloud.id", ""},
                      {"observability.logging.format", "json"},
                      {"observability.logging.level", "info"},
                      {"security.cors.enabled", "false"},
                      {"security.cors.origins", ""},
                      {"security.rate_limit.enabled", "true"},
                      {"server.host", "0.0.0.0"},
                      {"subscriptions.allow_insecure_callbacks", "false"},
                      {"subscriptions.allowed_callback_networks", ""},
                      {"validation.validate_response", "false"},
                  });
}
