#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <string>

#include <doctest/doctest.h>

#include "config/keys.hpp"

using namespace netweave;

TEST_CASE("docs/configuration.md is what --describe-config writes") {
  std::ifstream file(SOURCE_ROOT "/docs/configuration.md", std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  bool same = text == describe_config();
  CHECK_MESSAGE(same, "write it anew: netweave-gateway --describe-config > docs/configuration.md");
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
