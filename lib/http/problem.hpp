#pragma once

#include <string_view>

#include "netweave/http/message.hpp"

namespace netweave::http {

/// What the engine itself answers: application/problem+json (RFC 9457) as the gateway writes it, with X-Request-ID,
/// which is the caller's where `request` carries a valid one. `request` may be known in part only.
Response problem(int status, std::string_view detail, const Request& request);

}  // namespace netweave::http
