#include "api/request_span.hpp"

#include "api/http_metrics.hpp"

namespace netweave::api {

void report_span(const Call& call, int status) {
  const TraceContext& trace = call.trace();
  if (!trace.sampled) return;
  telemetry::Span span;
  span.context = trace;
  if (auto caller = find_traceparent(call.request.headers)) {
    span.parent = caller->span_id;
    span.tracestate = find_tracestate(call.request.headers);
  }
  span.kind = telemetry::SpanKind::server;
  span.name = method_label(call.request.method);
  if (call.operation != nullptr) span.name.append(" ").append(call.route);
  span.end = std::chrono::system_clock::now();
  span.begin = span.end - std::chrono::duration_cast<std::chrono::system_clock::duration>(call.took());
  span.attributes = {{"http.request.method", std::string(method_label(call.request.method))},
                     {"http.route", std::string(call.route)},
                     {"http.response.status_code", status},
                     {"url.path", call.path},
                     {"url.scheme", call.request.peer.tls ? "https" : "http"},
                     {"netweave.request_id", call.request_id},
                     {"netweave.tenant", call.own_tenant()}};
  if (status >= 500) {
    span.failed = true;
    span.attributes.emplace_back("error.type", std::to_string(status));
  }
  call.services.tracer->end(std::move(span));
}

}  // namespace netweave::api
