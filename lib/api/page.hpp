#pragma once

#include <chrono>
#include <stop_token>
#include <string>
#include <vector>

#include "api/plan.hpp"

namespace netweave::api {

/// One page of a list.
struct Page {
  std::vector<model::ObjectRef> objects;
  std::size_t total = 0;  ///< what the conditions match, before paging
  std::string next;       ///< the next page's cursor; empty on the last
  std::size_t scanned = 0;
};

/// The cursor behind `last` in a list that is sorted by id alone; `asked` is the plan's.
std::string cursor_after(std::string_view last, const std::string& asked, const std::string& key);
/// The id that such a cursor stands behind; empty for an empty cursor. Errors: `invalid`, forged or of another list.
Result<std::string> cursor_place(const std::string& cursor, const std::string& asked, const std::string& key);

/// Carries a plan out. Errors: `invalid` (a cursor that is forged, or of another query), `exhausted` (the deadline
/// passed while objects were looked at), `cancelled`.
Result<Page> make_page(const Plan& plan, const query::Selection& selection, const std::string& cursor_key,
                       std::chrono::steady_clock::time_point deadline, const std::stop_token& stop = {});

}  // namespace netweave::api
