#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "netweave/model.hpp"
#include "netweave/result.hpp"
#include "netweave/value.hpp"

/// A kind's JSON as a table of its fields: names, types and rules are data, and reading, writing, merging and checking
/// are one set of functions over them. A new kind is a struct and a table (tables.cpp).
namespace netweave::model {

enum class FieldType {
  text,       ///< std::string; empty is absent
  text_list,  ///< std::vector<std::string>; empty is absent
  text_set,   ///< the same, and JSON may give a single string for a list of one
  number,     ///< std::optional<double>
  flag,       ///< std::optional<bool>
  object,     ///< Value, a JSON object; empty is absent unless required
  array,      ///< Value, a JSON array; empty is absent
  nested,     ///< a struct with a table of its own
  items       ///< a std::vector of such structs; empty is absent
};

struct Table;

/// A std::vector of structs, whatever they are.
struct Items {
  std::size_t stride;
  std::size_t (*size)(const void* vector);
  const void* (*first)(const void* vector);
  void* (*renew)(void* vector, std::size_t size);  ///< as many new ones; gives the first
};
template <class T>
inline constexpr Items items_of = {
    sizeof(T), [](const void* vector) { return static_cast<const std::vector<T>*>(vector)->size(); },
    [](const void* vector) -> const void* { return static_cast<const std::vector<T>*>(vector)->data(); },
    [](void* vector, std::size_t size) -> void* {
      *static_cast<std::vector<T>*>(vector) = std::vector<T>(size);
      return static_cast<std::vector<T>*>(vector)->data();
    }};

struct Field {
  std::string_view name;  ///< in JSON
  FieldType type = FieldType::text;
  std::size_t offset = 0;
  bool required = false;   ///< always written; needed in a request unless `given` says otherwise
  bool immutable = false;  ///< an update may repeat it, never change it
  bool server = false;     ///< the gateway's own: accepted in a request and passed over
  std::string_view doc = {};
  const Table* nested = nullptr;  ///< of `nested` and of each of `items`
  const Items* vector = nullptr;  ///< of `items`
  std::size_t max_length = 0;     ///< characters of a text, members of an object; 0: no limit
};

struct Table {
  std::string_view name;  ///< the kind's
  std::string_view id;    ///< the field that identifies an object
  std::span<const Field> fields;

  [[nodiscard]] const Field* find(std::string_view field) const noexcept;
};

/// Whether the kind's objects belong to a tenant: from v3 on they show a `tenantId`, which is no field of the table
/// since it stands beside the JSON (decision 0004).
bool has_tenant(const Table& table) noexcept;

/// The netweave family's tables.
const Table& table_of(Kind kind) noexcept;
const Table& deployment_manager_table() noexcept;
const Table& resource_pool_table() noexcept;
const Table& resource_table() noexcept;
const Table& resource_type_table() noexcept;
const Table& subscription_table() noexcept;
const Table& o_cloud_table() noexcept;
const Table& tenant_table() noexcept;
const Table& user_table() noexcept;
const Table& role_table() noexcept;
const Table& o_cloud_site_table() noexcept;
const Table& location_table() noexcept;
const Table& alarm_dictionary_table() noexcept;
const Table& performance_dictionary_table() noexcept;

/// Reads `json` into the struct at `into`, which keeps what the JSON does not name. Adds one fault for each member
/// that is unknown, of the wrong type, too long, or null. Does not ask for required members.
void read_fields(const Table& table, const Value& json, void* into, std::vector<Fault>& faults,
                 const std::string& prefix = {});
/// A fault for each required member that is absent, of what is nested and there too. `given` names those that need not
/// be there.
void check_required(const Table& table, const void* from, std::span<const std::string_view> given,
                    std::vector<Fault>& faults, const std::string& prefix = {});
/// A fault for each immutable member in which the two differ, where `after` names one at all.
void check_immutable(const Table& table, const void* before, const void* after, std::vector<Fault>& faults);

/// Writes the struct as JSON in the table's order; absent members are left out unless required.
void write_fields(const Table& table, const void* from, std::string& out);

template <class T>
std::string to_json(const Table& table, const T& from) {
  std::string out;
  write_fields(table, &from, out);
  return out;
}

/// The struct in a stored object's JSON. Stored JSON is ours: members that this version does not know are passed over.
template <class T>
T from_json(const Table& table, std::string_view json) {
  T into;
  std::vector<Fault> passed_over;
  auto value = Value::parse(json);
  if (value) read_fields(table, *value, &into, passed_over);
  return into;
}

}  // namespace netweave::model
