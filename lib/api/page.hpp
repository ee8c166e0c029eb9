#pragma once

#include <string>
#include <vector>

#include "query/selection.hpp"
#include "state/snapshot.hpp"

namespace netweave::api {

/// One page of a list.
struct Page {
  std::vector<model::ObjectRef> objects;
  std::size_t total = 0;  ///< what the conditions match, before paging
  std::string next;       ///< the next page's cursor; empty on the last
};

/// Evaluates a selection over a snapshot. Errors: `invalid` (a cursor that is forged, or of another query).
Result<Page> make_page(const state::Snapshot& snapshot, Kind kind, const query::Selection& selection,
                       const std::string& cursor_key);

}  // namespace netweave::api
