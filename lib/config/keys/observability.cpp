#include "config/keys/sections.hpp"

namespace netweave::config::sections {
namespace {

constexpr Key keys[] = {
    {.path = "validation.enabled",
     .access = at<&Config::validation, &ValidationConfig::enabled>(),
     .type = Type::flag,
     .doc = "Requests are held to the OpenAPI document: every fault at once, 400. False leaves what the handlers "
            "themselves need: types of members, required ones, ids."},
    {.path = "validation.validate_response",
     .access = at<&Config::validation, &ValidationConfig::validate_response>(),
     .type = Type::flag,
     .outside_dev = "false",
     .doc = "Answers are held to it as well; one that breaks it is logged and becomes a 500. Each answer is parsed for "
            "that: for development and tests."},
    {.path = "observability.logging.level",
     .access = at<&Config::logging, &LoggingConfig::level>(),
     .choices = "trace|debug|info|warn|error",
     .outside_dev = "info",
     .reloads = true,
     .doc = "What is less than this is not logged."},
    {.path = "observability.logging.format",
     .access = at<&Config::logging, &LoggingConfig::format>(),
     .type = Type::choice,
     .choices = "console|json",
     .outside_dev = "json",
     .doc = "`console` is a line for people, `json` one object a line."},
    {.path = "observability.logging.output",
     .access = at<&Config::logging, &LoggingConfig::output>(),
     .doc = "`stderr`, `stdout`, or a file's path. SIGHUP opens the file anew, for rotation."},
    {.path = "observability.metrics.enabled",
     .access = at<&Config::metrics, &MetricsConfig::enabled>(),
     .type = Type::flag,
     .doc = "Prometheus metrics."},
    {.path = "observability.metrics.path",
     .access = at<&Config::metrics, &MetricsConfig::path>(),
     .doc = "Path that they are read at."},
    {.path = "observability.tracing.enabled",
     .access = at<&Config::tracing, &TracingConfig::enabled>(),
     .type = Type::flag,
     .doc = "Spans are sent to an OpenTelemetry collector. Trace ids in logs and towards backends need no such thing."},
    {.path = "observability.tracing.endpoint",
     .access = at<&Config::tracing, &TracingConfig::endpoint>(),
     .doc =
         "The collector's OTLP/HTTP address, such as `http://127.0.0.1:4318`; without a path, `/v1/traces` is added. "
         "Spans go there as JSON."},
    {.path = "observability.tracing.sampling_rate",
     .access = at<&Config::tracing, &TracingConfig::sampling_rate>(),
     .type = Type::number,
     .least = 0,
     .most = 1,
     .doc = "How many of the traces that begin here are reported. Of a trace that a caller began, the caller's flag "
            "decides."},
    {.path = "observability.tracing.service_name",
     .access = at<&Config::tracing, &TracingConfig::service_name>(),
     .doc = "`service.name` of the spans."},
};

}  // namespace

Section observability() { return {keys, {}}; }

}  // namespace netweave::config::sections
