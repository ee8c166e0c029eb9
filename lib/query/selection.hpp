#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "netweave/model.hpp"
#include "netweave/value.hpp"

#include "query/condition.hpp"
#include "query/parameters.hpp"

/// What a list asks for: conditions, an order, a part, a shape. Text of any grammar becomes a Selection; only
/// evaluating it knows objects.
namespace netweave::query {

struct SortKey {
  Path path;
  bool descending = false;
};

struct Selection {
  std::vector<Condition> conditions;  ///< all must hold
  std::vector<SortKey> sort;          ///< empty: by id; ties are broken by id, ascending
  std::vector<Path> fields;           ///< empty: the whole object
  std::size_t limit = 100;
  std::size_t offset = 0;
  std::string cursor;    ///< as given; empty: the first page
  bool explain = false;  ///< the answer says how it was found
  /// What cursors are bound to in place of the conditions, where these are made anew for each page; else empty.
  std::string identity = {};
};

struct Limits {
  std::size_t default_limit = 100;
  std::size_t max_limit = 1000;
  std::size_t max_expression_bytes = 4096;  ///< of one parameter, name and value
};

/// What a version of the API lets a list ask.
struct Dialect {
  bool operators = false;  ///< v2 and later: `field[op]=value`, `sort` and `explain`, beside v1's names
  bool tenants = false;    ///< v3 and later: objects have a tenantId
};

/// Reads a list's parameters for `kind`. Adds a fault for each that is unknown or wrong.
Selection parse(Dialect dialect, Kind kind, const Parameters& parameters, const Limits& limits,
                std::vector<Fault>& faults);

/// Reads `fields` alone, for a GET by id.
std::vector<Path> parse_fields(Dialect dialect, Kind kind, std::string_view text, std::vector<Fault>& faults);

/// The object reduced to `fields`, and `id` always.
Value project(const Value& object, const std::vector<Path>& fields, std::string_view id);

}  // namespace netweave::query
