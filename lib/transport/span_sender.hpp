#pragma once

#include <string>

#include "telemetry/tracer.hpp"

namespace netweave::transport {

/// Sends spans to an OpenTelemetry collector by OTLP/HTTP. `endpoint`: an absolute URL, to which `/v1/traces` is added
/// where it has no path. Errors: `unimplemented` in a build without libcurl.
Result<telemetry::SendSpans> otlp_sender(std::string endpoint);

}  // namespace netweave::transport
