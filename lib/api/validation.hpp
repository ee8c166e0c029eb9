#pragma once

#include <vector>

#include "api/call.hpp"
#include "api/openapi/operation.hpp"

/// Requests and answers held to the OpenAPI document.
namespace netweave::api {

/// Reads the parameters and the body of a call, and holds them to its operation. Gives false where it answered: a
/// query that can't be read, another media type (415), or a fault (400) unless `merged`: then the faults are left in
/// the call for the handler, which calls `refuse`. `places`: how faults name a place of the body.
bool admit(Call& call, const openapi::Operation& operation, bool merged, openapi::Places places);

/// Answers 400 with all that the request has wrong, by the document and by the handler's own word, and gives true;
/// false where nothing is wrong. Of one place the document's word stands.
bool refuse(Call& call, std::vector<Fault> own);

/// The same for a handler that finds `own` against a request, or nothing: the faults of both; or `own`, where nothing
/// is wrong by the document, or what is asked for is not there (404).
Refusal refusal_of(Call& call, Refusal own);
Refusal refusal_of(std::vector<Fault> by_document, Refusal own);

/// Where the answer is not what the document says: the problem (500) that stands in its place, and a line in the log.
void check_answer(const Call& call, http::Response& response);

}  // namespace netweave::api
