#pragma once

#include <optional>
#include <string>

#include "api/call.hpp"
#include "model/fields.hpp"
#include "query/selection.hpp"

/// The one list and the one get, for every kind.
namespace netweave::api {

/// The object in the newest state, as far as the call may see it; empty where there is none.
model::ObjectRef find(const Call& call, Kind kind, std::string_view id);
/// 404 where there is none.
Refusal check_present(const Call& call, Kind kind, const std::string& id);
/// 404 of an object that is not there, or is another tenant's.
Problem absent(Kind kind, const std::string& id);

/// The strong tag of an object: its version, quoted.
std::string etag_of(const Services& services, const model::Object& object);

/// Answers 304, with these headers too, and gives true where If-None-Match holds that tag.
bool not_modified(Call& call, const std::string& etag, const http::Headers& headers = {});

/// Answers 503: `Services::scans` has no place left.
void answer_busy(Call& call);

/// Answers with a page of a kind, or with its changes (`watch=true`). `within`: conditions that the path itself sets.
/// Looking at many objects is moved off the caller's thread (`query.scan_inline`).
void answer_list(const CallRef& call, Kind kind, std::vector<query::Condition> within = {});

/// Answers with one object, or 404. `extra` is spliced on as last members (", \"status\":{...}"), outside the tag.
void answer_object(Call& call, Kind kind, const std::string& id, const std::string& extra = {});

/// The object as the call's version shows it, whole.
std::string shown_json(const Call& call, const model::Object& object, const std::string& extra = {});

/// The same by the version's dialect alone.
std::string whole_json(query::Dialect dialect, const model::Object& object);

/// What the call's version lets a list ask.
query::Dialect dialect_of(const Call& call);

/// Answers 201 or 200 with an object that was just written.
void answer_written(Call& call, int status, const model::ObjectRef& object, const std::string& location);

/// 412 where there is an If-Match and the object's tag is none of it.
Refusal check_if_match(const Services& services, const std::string* header, const model::Object& object);

}  // namespace netweave::api
