#pragma once

#include <chrono>
#include <concepts>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "netweave/config.hpp"

/// The table of all keys. Reading, overriding, validating, printing and documenting are loops over it: a new key is a
/// member of a struct in netweave/config.hpp and one row in keys/.
namespace netweave::config {

/// How a member is reached without knowing its struct: settings travel as Value (a duration as milliseconds, an
/// enumerator as its number).
struct Access {
  Value (*read)(const void* record);
  void (*write)(void* record, const Value& value);
};

/// `texts` is a section of any names with a text each, `free` one of anything.
enum class Type { text, flag, integer, number, duration, choice, list, texts, free };

struct Key {
  std::string_view path;  ///< "server.port"; of an adapter's key its name alone
  Access access;
  Type type = Type::text;
  std::int64_t least = 0;  ///< of a number or a duration
  std::int64_t most = std::numeric_limits<std::int64_t>::max();
  std::string_view choices{};  ///< of a choice, in the order of the enumerators; of a text, where it is one of few
  /// The default in staging and prod, as it would be written, where it is another than the struct's own (dev).
  std::optional<std::string_view> outside_dev{};
  bool reloads = false;    ///< SIGHUP makes it effective without a restart
  bool secret = false;     ///< never printed; `<path>_file` reads it from a file
  std::string_view doc{};  ///< what it is, and why one would change it
};

/// A list of sections, such as `adapters`: each item is a record of its own.
struct List {
  std::string_view path;      ///< "routing.rules"
  std::string_view noun;      ///< what its items are called: "adapters", "rules"
  std::span<const Key> keys;  ///< of one item; a path goes levels down: "conditions.location.prefix"
  std::size_t (*size)(const Config& config);
  const void* (*item)(const Config& config, std::size_t index);
  void* (*add)(Config& config);  ///< a new item at the end, with the defaults
  bool reloads = false;
  std::string_view doc{};
};

/// The keys of Config but for those of the lists' items; those of one section stand together.
std::span<const Key> config_keys();
std::span<const List> config_lists();
const List* find_list(std::string_view path) noexcept;
/// The list whose items are written as `path` begins ("adapters[].name"); `path` is cut down to what follows.
const List* list_above(std::string_view& path) noexcept;

/// Keys and sections that the project's configuration has and this version does not act on: they are refused, since
/// a gateway that ignores `tls` or `rate_limit` is not the one that was asked for.
std::span<const std::string_view> later_keys();
/// True for a later key, a section of nothing else, and whatever stands below one.
bool is_later(std::string_view path);

/// Keys and sections that this gateway has beyond the project's list of keys.
std::span<const std::string_view> further_keys();

/// A key's name in other versions and gateways, and what it is called here.
struct OlderName {
  std::string_view old;
  std::string_view now;
};
std::span<const OlderName> older_names();

const Key* find_key(std::span<const Key> keys, std::string_view path) noexcept;
/// True where `path` is a section: a key's path goes on below it.
bool is_section(std::span<const Key> keys, std::string_view path);

/// "an integer from 0 to 65535", "a duration from 1ms to 24h, such as 10s"
std::string allowed(const Key& key);
/// The value of `text` for that key; nullopt where it is of the wrong type or out of range.
std::optional<Value> from_text(const Key& key, std::string_view text);
/// The member's value, a choice as its word.
Value value_of(const Key& key, const void* record);
/// As it is written in a file: "10s", "sqlite", "true". Lists are joined by ", ".
std::string text_of(const Key& key, const Value& value);
/// Empty where the member holds a value that the key allows; else what is allowed.
std::string range_fault(const Key& key, const void* record);

namespace detail {

template <class T>
struct MemberOf;
template <class Record, class Field>
struct MemberOf<Field Record::*> {
  using record = Record;
};

template <auto First, auto... Rest>
auto& reach(auto& record) {
  if constexpr (sizeof...(Rest) == 0)
    return record.*First;
  else
    return reach<Rest...>(record.*First);
}

template <class Field>
Value to_value(const Field& field) {
  if constexpr (std::is_same_v<Field, std::chrono::milliseconds>) {
    return static_cast<std::int64_t>(field.count());
  } else if constexpr (std::is_enum_v<Field> || (std::integral<Field> && !std::is_same_v<Field, bool>)) {
    return static_cast<std::int64_t>(field);
  } else if constexpr (std::is_same_v<Field, std::vector<std::string>>) {
    Value items = Value::array();
    for (const std::string& item : field) items.push_back(item);
    return items;
  } else {
    return field;
  }
}

template <class Field>
void from_value(Field& field, const Value& value) {
  if constexpr (std::is_same_v<Field, std::chrono::milliseconds>) {
    field = std::chrono::milliseconds(value.as_integer());
  } else if constexpr (std::is_same_v<Field, bool>) {
    field = value.as_bool();
  } else if constexpr (std::is_enum_v<Field> || std::integral<Field>) {
    field = static_cast<Field>(value.as_integer());
  } else if constexpr (std::floating_point<Field>) {
    field = value.as_number();
  } else if constexpr (std::is_same_v<Field, std::vector<std::string>>) {
    field.clear();
    for (const Value& item : value.as_array()) field.emplace_back(item.as_text());
  } else if constexpr (std::is_same_v<Field, std::string>) {
    field = value.as_text();
  } else {
    field = value;
  }
}

}  // namespace detail

/// Access to the member at the end of a path of member pointers.
template <auto First, auto... Rest>
constexpr Access at() {
  using Record = typename detail::MemberOf<decltype(First)>::record;
  return {[](const void* record) {
            return detail::to_value(detail::reach<First, Rest...>(*static_cast<const Record*>(record)));
          },
          [](void* record, const Value& value) {
            detail::from_value(detail::reach<First, Rest...>(*static_cast<Record*>(record)), value);
          }};
}

}  // namespace netweave::config
