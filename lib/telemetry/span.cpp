#include "telemetry/span.hpp"

#include <algorithm>
#include <charconv>

#include "base/json.hpp"

namespace netweave::telemetry {
namespace {

constexpr int status_error = 2;

std::string nanoseconds(std::chrono::system_clock::time_point time) {
  return std::to_string(std::chrono::duration_cast<std::chrono::nanoseconds>(time.time_since_epoch()).count());
}

void add_text(std::string& out, std::string_view name, std::string_view text) {
  out += out.back() == '{' || out.back() == '[' ? "\"" : ",\"";
  out.append(name).append("\":");
  append_json_text(out, text);
}

/// 64 bits are text in protobuf's JSON.
void add_attribute(std::string& out, std::string_view name, const Value& value) {
  out += out.back() == '[' ? "{" : ",{";
  add_text(out, "key", name);
  out += R"(,"value":{)";
  if (value.is_integer())
    add_text(out, "intValue", std::to_string(value.as_integer()));
  else if (value.is_bool())
    out.append(R"("boolValue":)").append(value.to_json());
  else
    add_text(out, "stringValue", value.as_text());
  out += "}}";
}

void add_span(std::string& out, const Span& span) {
  out += out.back() == '[' ? "{" : ",{";
  add_text(out, "traceId", span.context.trace_text());
  add_text(out, "spanId", span.context.span_text());
  TraceContext parent{span.context.trace_id, span.parent};
  if (span.parent != decltype(span.parent){}) add_text(out, "parentSpanId", parent.span_text());
  if (!span.tracestate.empty()) add_text(out, "traceState", span.tracestate);
  add_text(out, "name", span.name);
  out.append(R"(,"kind":)").append(std::to_string(static_cast<int>(span.kind)));
  add_text(out, "startTimeUnixNano", nanoseconds(span.begin));
  add_text(out, "endTimeUnixNano", nanoseconds(span.end));
  out += R"(,"attributes":[)";
  for (const auto& [name, value] : span.attributes) add_attribute(out, name, value);
  out += "]";
  if (span.failed) {
    out.append(R"(,"status":{"code":)").append(std::to_string(status_error));
    if (!span.error.empty()) add_text(out, "message", span.error);
    out += "}";
  }
  out += "}";
}

}  // namespace

std::string to_otlp_json(const Service& service, const std::vector<Span>& spans) {
  std::string out = R"({"resourceSpans":[{"resource":{"attributes":[)";
  out.reserve(512 + spans.size() * 640);
  add_attribute(out, "service.name", service.name);
  add_attribute(out, "service.version", service.version);
  add_attribute(out, "service.instance.id", service.instance);
  out += R"(]},"scopeSpans":[{"scope":{)";
  add_text(out, "name", "netweave");
  add_text(out, "version", service.version);
  out += R"(},"spans":[)";
  for (const Span& span : spans) add_span(out, span);
  return out += "]}]}]}";
}

std::size_t rejected_spans(std::string_view answer) {
  auto parsed = Value::parse(answer);
  if (!parsed) return 0;
  const Value& count = parsed->at("partialSuccess").at("rejectedSpans");
  if (count.is_integer()) return static_cast<std::size_t>(std::max<std::int64_t>(0, count.as_integer()));
  std::size_t number = 0;
  std::from_chars(count.as_text().data(), count.as_text().data() + count.as_text().size(), number);
  return number;
}

}  // namespace netweave::telemetry
