#pragma once

#include "config/keys.hpp"

/// The table of keys.hpp in pieces: one file a section.
namespace netweave::config::sections {

struct Section {
  std::span<const Key> keys;
  std::span<const List> lists;
};

Section server();
Section operations();
Section tls();
Section store();
Section redis();
Section o_cloud();
Section adapters();
Section routing();
Section query();
Section subscriptions();
Section oran();
Section security();
Section multi_tenancy();
Section observability();

inline constexpr std::int64_t second = 1000;
inline constexpr std::int64_t minute = 60 * second;
inline constexpr std::int64_t hour = 60 * minute;
inline constexpr std::int64_t day = 24 * hour;
inline constexpr std::int64_t kib = 1024;
inline constexpr std::int64_t gib = kib * kib * kib;

/// The list at the end of a path of member pointers from Config.
template <auto... Path>
constexpr List list_of(std::string_view path, std::string_view noun, std::span<const Key> item_keys, bool reloads,
                       std::string_view doc) {
  return {path,
          noun,
          item_keys,
          [](const Config& config) { return detail::reach<Path...>(config).size(); },
          [](const Config& config, std::size_t index) -> const void* { return &detail::reach<Path...>(config)[index]; },
          [](Config& config) -> void* { return &detail::reach<Path...>(config).emplace_back(); },
          reloads,
          doc};
}

}  // namespace netweave::config::sections
