#include "telemetry/calls.hpp"

namespace netweave::telemetry {
namespace {

std::string_view attribute_of(std::string_view label) {
  if (label == "operation") return "netweave.operation";
  return label == "adapter" ? "netweave.adapter" : "netweave.store.backend";
}

}  // namespace

Calls::Calls(Metrics& metrics, const CallNames& names, Labels labels, Tracer* tracer)
    : metrics_(metrics),
      names_(names),
      labels_(std::move(labels)),
      tracer_(tracer),
      duration_(metrics.histogram(names.duration, names.what + ", from call to answer", labels_)) {}

void Calls::note(const Error* error, std::chrono::steady_clock::time_point begun, const TraceContext& outer) {
  auto took = std::chrono::steady_clock::now() - begun;
  duration_.observe(std::chrono::duration<double>(took).count());
  if (current_trace() != outer) report(error, took, outer);
  std::atomic<Counter*>& place = by_result_.at(error != nullptr ? static_cast<std::size_t>(error->kind) : kinds);
  Counter* counter = place.load(std::memory_order_acquire);
  if (counter == nullptr) {
    Labels labels = labels_;
    labels.emplace_back("result", error != nullptr ? std::string(to_string(error->kind)) : "ok");
    counter = &metrics_.counter(names_.total, names_.what + ", by what came of them", labels);
    place.store(counter, std::memory_order_release);
  }
  counter->add();
}

void Calls::report(const Error* error, std::chrono::steady_clock::duration took, const TraceContext& outer) const {
  Span span;
  span.context = current_trace();
  span.parent = outer.span_id;
  span.kind = SpanKind::client;
  span.name = names_.span;
  span.end = std::chrono::system_clock::now();
  span.begin = span.end - took;
  for (const auto& [name, value] : labels_) {
    if (name == "operation") span.name += " " + value;
    span.attributes.emplace_back(attribute_of(name), value);
  }
  if (error != nullptr) {
    span.failed = true;
    span.error = error->message;
    span.attributes.emplace_back("error.type", std::string(to_string(error->kind)));
  }
  tracer_->end(std::move(span));
}

}  // namespace netweave::telemetry
