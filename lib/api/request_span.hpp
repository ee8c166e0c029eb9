#pragma once

#include "api/call.hpp"

namespace netweave::api {

/// Reports the span of a request that was answered, if its trace is reported. Named by method and route, never by the
/// path or what is behind its question mark. Needs `Services::tracer`.
void report_span(const Call& call, int status);

}  // namespace netweave::api
