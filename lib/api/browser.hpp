#pragma once

#include <string>

#include "api/call.hpp"

/// What browsers are told beside the answer itself: `security.headers` and `security.cors`.
namespace netweave::api {

/// Adds what every answer has: nosniff, Content-Security-Policy (but where the answer has one), X-Frame-Options,
/// Referrer-Policy, over TLS Strict-Transport-Security, and what an Origin that may read it needs (Fetch, "CORS
/// protocol").
void add_browser_headers(const Call& call, http::Headers& headers);

/// Adds the answer to a preflight; `allow` are the path's methods.
void add_preflight(const Call& call, const std::string& allow, http::Headers& headers);

}  // namespace netweave::api
