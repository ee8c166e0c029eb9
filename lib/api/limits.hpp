#pragma once

#include <vector>

#include "api/call.hpp"
#include "api/openapi/document.hpp"
#include "limits/limiter.hpp"

/// Rate limits as requests meet them.
namespace netweave::api {

/// The document's operations, in its order, as far as limits ask.
std::vector<limits::Route> limited_routes(const openapi::Document& document);

/// Counts the request, to its tenant where that is known, else to the client's address; false: a limit refuses it, and
/// it was answered (429).
bool within_limits(Call& call);

/// X-RateLimit-Limit, -Remaining, -Reset.
void add_limit_headers(const limits::Decision& decision, const Clock& clock, http::Headers& headers);

}  // namespace netweave::api
