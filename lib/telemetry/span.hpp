#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "netweave/value.hpp"

#include "base/trace.hpp"

namespace netweave::telemetry {

/// OTLP's numbers.
enum class SpanKind { internal = 1, server = 2, client = 3, producer = 4 };

/// One thing that was done, when, and what came of it. Names of attributes are OpenTelemetry's semantic conventions
/// where those have one, and live as long as the program.
struct Span {
  using Attributes = std::vector<std::pair<std::string_view, Value>>;

  TraceContext context;                  ///< its own
  std::array<std::uint8_t, 8> parent{};  ///< zero: it begins the trace
  SpanKind kind = SpanKind::internal;
  std::string name;
  std::chrono::system_clock::time_point begin;
  std::chrono::system_clock::time_point end;
  Attributes attributes{};
  std::string tracestate{};
  bool failed = false;
  std::string error{};  ///< for a person, of what failed; may be empty
};

/// Whose spans they are.
struct Service {
  std::string name;
  std::string version;
  std::string instance;
};

/// The body of an OTLP/HTTP request in JSON (opentelemetry-proto 1, ExportTraceServiceRequest).
std::string to_otlp_json(const Service& service, const std::vector<Span>& spans);

/// How many of the spans the collector's answer says it did not take; 0 where it says nothing of it.
std::size_t rejected_spans(std::string_view answer);

}  // namespace netweave::telemetry
