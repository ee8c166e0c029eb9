#pragma once

#include <string>
#include <utility>
#include <vector>

#include "netweave/result.hpp"

#include "kinds.hpp"

namespace netweave::cli {

/// What of a list is wanted, as a person writes it.
struct Selection {
  std::vector<std::string> filters;          ///< "field[op]=value", or v1's "parameter=value"
  std::vector<std::string> field_selectors;  ///< "a=b,c!=d"
  std::vector<std::string> labels;           ///< "k=v,k2!=v2,k3 in (a,b)"
  std::vector<std::string> sort_by;          ///< "name", "-createdAt"; several separated by commas
};

/// One condition. `operation` is one of v2's, or empty for a parameter of v1 that is passed on as it is.
struct Condition {
  std::string field;
  std::string operation;
  std::string value;
  std::string written;  ///< as the person wrote it
};

/// The conditions of a selection, in order. Errors: `invalid`.
Result<std::vector<Condition>> read_conditions(const Selection& selection);

/// The list's query, without a leading "?": percent-encoded, perhaps empty. `version` is the API's; what version 1
/// can't say is an `invalid` error.
Result<std::string> query_of(const Selection& selection, const Kind& kind, int version);

}  // namespace netweave::cli
