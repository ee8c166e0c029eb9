#pragma once

#include <vector>

#include "api/oran/view.hpp"

namespace netweave::api::oran {

/// What conditions on the face's attributes (other paths are passed over) come to on stored objects: the same objects
/// meet them. Equality on an id becomes equality on ours, and a word the stored one, so that indexes and columns serve;
/// what has no stored form is asked of what the stored values are shown as (`Condition::reading`). `view` must outlive
/// the conditions.
std::vector<query::Condition> to_stored(const Face& face, View& view, const std::vector<query::Condition>& asked);

}  // namespace netweave::api::oran
