#pragma once

#include <functional>

#include "api/call.hpp"
#include "api/oran/sites.hpp"
#include "query/selectors.hpp"

/// The one list and the one get of this family: bare arrays, selectors, filters, markers.
namespace netweave::api::oran {

/// Answers with the objects of a kind, or with those of one pool (its UUID or our id), or 404.
void answer_list(const CallRef& call, Kind kind);
void answer_resources_of_pool(const CallRef& call);
/// Answers with one object: its id is the path's last part.
void answer_object(const CallRef& call, Kind kind);
void answer_resource_of_pool(const CallRef& call);
/// Answers with the dictionary of that kind that a type names, or 404.
void answer_dictionary_of_type(const CallRef& call, Kind kind);

/// The same for what is made of a snapshot and not stored: sites and locations.
enum class Made { site, location };
void answer_list(const CallRef& call, Made what);
void answer_object(const CallRef& call, Made what);

/// Answers with one thing that there is always, as the selectors have it.
void answer_value(Call& call, const Value& value, std::span<const query::Selectable> attributes);

}  // namespace netweave::api::oran
