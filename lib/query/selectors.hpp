#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "netweave/result.hpp"
#include "netweave/value.hpp"

#include "query/condition.hpp"
#include "query/parameters.hpp"

/// Attribute selectors of ETSI GS NFV-SOL 013 clause 5.3: which complex attributes an answer shows.
namespace netweave::query {

/// What selectors have to know of an attribute.
struct Selectable {
  std::string_view name;
  bool complex = false;  ///< an array or an object
  bool open = false;     ///< paths may go on below it
  bool spare = false;    ///< may be left out: its cardinality begins with 0
};

struct Selectors {
  bool all = false;              ///< all_fields
  bool without_default = false;  ///< exclude_default: the complex attributes that may be left out
  std::vector<Path> fields;      ///< of the complex attributes, these alone
  std::vector<Path> excluded;    ///< goes before `fields`

  [[nodiscard]] bool any() const noexcept { return all || without_default || !fields.empty() || !excluded.empty(); }
};

/// Reads `all_fields`, `fields`, `exclude_fields` and `exclude_default`; a fault for each name that is no attribute.
Selectors parse_selectors(const Parameters& parameters, std::span<const Selectable> attributes,
                          std::vector<Fault>& faults);

/// The object with what the selectors leave of it, in its order.
Value select(const Value& object, const Selectors& selectors, std::span<const Selectable> attributes);

}  // namespace netweave::query
