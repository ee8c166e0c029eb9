#include "config/keys.hpp"

#include "config/keys/sections.hpp"

namespace netweave::config {
namespace {

/// The sections' tables one behind the other; their order is that of docs/configuration.md.
struct Table {
  std::vector<Key> keys;
  std::vector<List> lists;

  Table() {
    for (auto section :
         {sections::server, sections::operations, sections::tls, sections::store, sections::redis, sections::o_cloud,
          sections::adapters, sections::routing, sections::query, sections::subscriptions, sections::oran,
          sections::security, sections::multi_tenancy, sections::observability}) {
      auto [section_keys, section_lists] = section();
      keys.insert(keys.end(), section_keys.begin(), section_keys.end());
      lists.insert(lists.end(), section_lists.begin(), section_lists.end());
    }
  }
};

const Table& table() {
  static const Table all;
  return all;
}

}  // namespace

std::span<const Key> config_keys() { return table().keys; }
std::span<const List> config_lists() { return table().lists; }

}  // namespace netweave::config
