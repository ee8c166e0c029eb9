#pragma once

#include <string>

#include "api/router.hpp"

namespace netweave::api::streams {

/// GET /events, as Server-Sent Events (WHATWG HTML, "Server-sent events"). `version` is the operation's ending: "V2".
void add_events(Handlers& handlers, const std::string& version);

}  // namespace netweave::api::streams
