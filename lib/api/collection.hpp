#pragma once

#include <optional>
#include <string>

#include "api/call.hpp"
#include "model/fields.hpp"
#include "query/selection.hpp"

/// The one list and the one get, for every kind.
namespace netweave::api {

/// The strong tag of an object: its version, quoted.
std::string etag_of(const Services& services, const model::Object& object);

/// Answers 304 and gives true where If-None-Match holds that tag.
bool not_modified(Call& call, const std::string& etag);

/// Answers with a page of a kind. `within`: conditions that the path itself sets.
void answer_list(Call& call, Kind kind, std::vector<query::Condition> within = {});

/// Answers with one object, or 404. `extra` is spliced on as last members (", \"status\":{...}"), outside the tag.
void answer_object(Call& call, Kind kind, const std::string& id, const std::string& extra = {});

/// Answers 201 or 200 with an object that was just written.
void answer_written(Call& call, int status, const model::ObjectRef& object, const std::string& location);

/// Whether If-Match, where there is one, holds for the object. Else answers 412 and gives false.
bool if_match_holds(Call& call, const model::Object& object);

}  // namespace netweave::api
