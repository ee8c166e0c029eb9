#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "netweave/model.hpp"
#include "netweave/value.hpp"

#include "base/time.hpp"
#include "query/parameters.hpp"

/// What a list asks for: conditions, an order, a part, a shape. Text of any grammar becomes a Selection; only
/// evaluating it knows objects.
namespace netweave::query {

enum class Test {
  equal_any,  ///< the value is one of `values`
  prefix      ///< the text begins with one of `values`
};

/// Which object a condition looks at: the listed one, or what it stands in.
enum class Subject { self, pool, type };

struct Condition {
  Subject subject = Subject::self;
  std::vector<std::string> path;  ///< segments; empty values never match
  Test test = Test::equal_any;
  std::vector<std::string> values;
};

struct SortKey {
  std::vector<std::string> path;
  bool descending = false;
};

struct Selection {
  std::vector<Condition> conditions;             ///< all must hold
  std::vector<SortKey> sort;                     ///< empty: by id; ties are broken by id, ascending
  std::vector<std::vector<std::string>> fields;  ///< empty: the whole object
  std::size_t limit = 100;
  std::size_t offset = 0;
  std::string cursor;  ///< as given; empty: the first page
};

struct Limits {
  std::size_t default_limit = 100;
  std::size_t max_limit = 1000;
};

/// Reads v1's simple parameters for a list of `kind`. Adds a fault for each that is unknown or wrong.
Selection parse_simple(Kind kind, const Parameters& parameters, const Limits& limits, std::vector<Fault>& faults);

/// Whether the object's JSON meets one condition.
bool meets(const Condition& condition, const Value& object);

/// The value at a path, stepping into the objects of arrays; calls `each` for every value found.
template <class Each>
void at_path(const Value& value, const std::vector<std::string>& path, std::size_t at, Each&& each) {
  if (value.is_array() && at < path.size()) {
    for (const Value& item : value.as_array()) at_path(item, path, at, each);
  } else if (at == path.size()) {
    each(value);
  } else if (const Value* member = value.find(path[at])) {
    at_path(*member, path, at + 1, each);
  }
}

/// Where a value stands in a sort: numbers before text before booleans, absent last in both directions.
struct SortValue {
  enum class Class : std::uint8_t { number, text, boolean, absent };
  Class type = Class::absent;
  double number = 0;
  std::string text;

  static SortValue of(const Value& object, const std::vector<std::string>& path);
  [[nodiscard]] Value to_value() const;
  static SortValue from_value(const Value& value);
};
/// Below 0, 0 or above, in the key's direction.
int compare(const SortValue& a, const SortValue& b, bool descending) noexcept;

/// The object reduced to `fields`, and `id` always.
Value project(const Value& object, const std::vector<std::vector<std::string>>& fields, std::string_view id);

}  // namespace netweave::query
