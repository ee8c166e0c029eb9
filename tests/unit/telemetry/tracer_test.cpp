#include "telemetry/tracer.hpp"

#include <atomic>
#include <semaphore>

#include <doctest/doctest.h>

#include "telemetry/calls.hpp"

using namespace netweave;
using namespace netweave::telemetry;

namespace {

const TraceContext sampled = *parse_traceparent("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");

Span span_named(const std::string& name) {
  Span span;
  span.context = child_of(sampled);
  span.name = name;
  return span;
}

bool has_metric(const Metrics& metrics, const std::string& line) {
  return ("\n" + metrics.text()).find("\n" + line + "\n") != std::string::npos;
}

/// Keeps what it is given; each answer is asked of `answer`.
struct Collector {
  std::mutex mutex;
  std::vector<std::string> bodies;
  std::counting_semaphore<1000> came{0};
  std::function<Result<std::string>()> answer = [] { return std::string("{}"); };

  SendSpans sender() {
    return [this](const std::string& body, const std::stop_token&) -> Result<std::string> {
      auto answered = answer();
      {
        std::lock_guard lock(mutex);
        bodies.push_back(body);
      }
      came.release();
      return answered;
    };
  }

  std::size_t spans() {
    std::size_t count = 0;
    for (const std::string& body : bodies)
      count += Value::parse(body)->at("resourceSpans").as_array()[0].at("scopeSpans").as_array()[0].at("spans").size();
    return count;
  }
};

TracerOptions quick() {
  TracerOptions options;
  options.service = {"netweave", "1", "here"};
  options.interval = options.first_retry = std::chrono::milliseconds(1);
  return options;
}

}  // namespace

TEST_CASE("spans are written as OTLP has_metric them in JSON") {
  Span span = span_named("GET /a");
  span.context.span_id = {0, 1, 2, 3, 4, 5, 6, 0xff};
  span.parent = sampled.span_id;
  span.kind = SpanKind::server;
  span.begin = std::chrono::system_clock::time_point(std::chrono::nanoseconds(1'700'000'000'000'000'001));
  span.end = std::chrono::system_clock::time_point(std::chrono::nanoseconds(1'700'000'000'000'000'002));
  span.attributes = {{"n", 5}, {"flag", true}, {"text", "\"a\"\n"}};
  span.tracestate = "a=1";
  span.failed = true;
  span.error = "why";
  auto json = Value::parse(to_otlp_json({"service", "1.2", "me"}, {span, span_named("second")}));
  REQUIRE(json);
  const Value& resource = json->at("resourceSpans").as_array()[0];
  CHECK(resource.at("resource").to_json() ==
        R"({"attributes":[{"key":"service.name","value":{"stringValue":"service"}},)"
        R"({"key":"service.version","value":{"stringValue":"1.2"}},)"
        R"({"key":"service.instance.id","value":{"stringValue":"me"}}]})");
  const Value& spans = resource.at("scopeSpans").as_array()[0].at("spans");
  REQUIRE(spans.size() == 2);
  CHECK(
      spans.as_array()[0].to_json() ==
      R"({"traceId":"4bf92f3577b34da6a3ce929d0e0e4736","spanId":"00010203040506ff","parentSpanId":"00f067aa0ba902b7",)"
      R"("traceState":"a=1","name":"GET /a","kind":2,"startTimeUnixNano":"1700000000000000001",)"
      R"("endTimeUnixNano":"1700000000000000002","attributes":[{"key":"n","value":{"intValue":"5"}},)"
      R"({"key":"flag","value":{"boolValue":true}},{"key":"text","value":{"stringValue":"\"a\"\n"}}],)"
      R"("status":{"code":2,"message":"why"}})");
  CHECK(spans.as_array()[1].find("parentSpanId") == nullptr);
  CHECK(spans.as_array()[1].find("status") == nullptr);
}

TEST_CASE("what a collector did not take is read from its answer") {
  CHECK(rejected_spans("") == 0);
  CHECK(rejected_spans("{}") == 0);
  CHECK(rejected_spans(R"({"partialSuccess":{"rejectedSpans":"3","errorMessage":"no"}})") == 3);
  CHECK(rejected_spans(R"({"partialSuccess":{"rejectedSpans":4}})") == 4);
  CHECK(rejected_spans(R"({"partialSuccess":{"rejectedSpans":-4}})") == 0);
}

TEST_CASE("a caller's flag decides, else the rate") {
  Metrics metrics;
  Collector collector;
  TracerOptions options = quick();
  options.sampling_rate = 0;
  Tracer none(options, collector.sender(), metrics, {});
  options.sampling_rate = 1;
  Tracer all(options, collector.sender(), metrics, {});
  CHECK_FALSE(none.begin(std::nullopt).sampled);
  CHECK(all.begin(std::nullopt).sampled);
  TraceContext silent = sampled;
  silent.sampled = false;
  CHECK(none.begin(sampled).sampled);
  CHECK_FALSE(all.begin(silent).sampled);
  CHECK(all.begin(sampled).trace_id == sampled.trace_id);
  CHECK(all.begin(sampled).span_id != sampled.span_id);
}

TEST_CASE("of a rate about so many traces are reported, and the same by every gateway") {
  Metrics metrics;
  Collector collector;
  TracerOptions options = quick();
  options.sampling_rate = 0.25;
  Tracer one(options, collector.sender(), metrics, {});
  Tracer other(options, collector.sender(), metrics, {});
  int count = 0;
  for (int i = 0; i < 4000; ++i) {
    TraceContext context = one.begin(std::nullopt);
    count += context.sampled ? 1 : 0;
    CHECK(context.sampled == other.samples(context.trace_id));
  }
  CHECK(count > 800);
  CHECK(count < 1200);
}

TEST_CASE("what is left is sent at a stop, and of what is not sampled nothing") {
  Metrics metrics;
  Collector collector;
  TracerOptions options = quick();
  options.interval = std::chrono::hours(1);
  options.batch = 4;
  Tracer tracer(options, collector.sender(), metrics, {});
  for (int i = 0; i < 10; ++i) tracer.end(span_named("a"));
  Span silent = span_named("b");
  silent.context.sampled = false;
  tracer.end(silent);
  tracer.stop();
  CHECK(collector.spans() == 10);
  CHECK(has_metric(metrics, R"(netweave_trace_spans_total{result="exported"} 10)"));
  CHECK(has_metric(metrics, R"(netweave_trace_spans_total{result="dropped"} 0)"));
  tracer.end(span_named("late"));
  CHECK(has_metric(metrics, R"(netweave_trace_spans_total{result="dropped"} 1)"));
}

TEST_CASE("a collector that is down costs a log line, and gets the spans when it is back") {
  Metrics metrics;
  Collector collector;
  std::atomic<bool> up{false};
  std::atomic<int> lines{0};
  std::binary_semaphore taken{0};
  collector.answer = [&up, &taken]() -> Result<std::string> {
    if (up) {
      taken.release();
      return std::string();
    }
    return make_error(ErrorKind::unavailable, "no connection");
  };
  auto log = Log::to_sink([&lines](std::string_view, std::string_view) { ++lines; }, LogLevel::debug, true);
  Tracer tracer(quick(), collector.sender(), metrics, log);
  tracer.end(span_named("a"));
  for (int i = 0; i < 3; ++i) collector.came.acquire();
  up = true;
  taken.acquire();
  tracer.stop();
  CHECK(lines == 1);
  CHECK(has_metric(metrics, R"(netweave_trace_spans_total{result="exported"} 1)"));
  CHECK(has_metric(metrics, R"(netweave_trace_spans_total{result="dropped"} 0)"));
}

TEST_CASE("a queue that is full drops, counts, and waits for nobody") {
  Metrics metrics;
  Collector collector;
  std::binary_semaphore go{0};
  std::binary_semaphore held{0};
  std::atomic<bool> first{true};
  collector.answer = [&]() -> Result<std::string> {
    if (first.exchange(false)) {
      held.release();
      go.acquire();
    }
    return std::string();
  };
  TracerOptions options = quick();
  options.max_queued = 5;
  Tracer tracer(options, collector.sender(), metrics, {});
  tracer.end(span_named("a"));
  held.acquire();
  for (int i = 0; i < 8; ++i) tracer.end(span_named("b"));
  CHECK(has_metric(metrics, R"(netweave_trace_spans_total{result="dropped"} 3)"));
  go.release();
  tracer.stop();
  CHECK(has_metric(metrics, R"(netweave_trace_spans_total{result="exported"} 6)"));
}

TEST_CASE("what a collector refuses is not sent again, what it did not take is counted") {
  Metrics metrics;
  Collector collector;
  std::atomic<int> asked{0};
  collector.answer = [&asked]() -> Result<std::string> {
    if (asked++ == 0) return make_error(ErrorKind::invalid, "no");
    return std::string(R"({"partialSuccess":{"rejectedSpans":"1"}})");
  };
  Tracer tracer(quick(), collector.sender(), metrics, {});
  tracer.end(span_named("a"));
  collector.came.acquire();
  tracer.end(span_named("b"));
  collector.came.acquire();
  tracer.stop();
  CHECK(asked == 2);
  CHECK(has_metric(metrics, R"(netweave_trace_spans_total{result="dropped"} 1)"));
  CHECK(has_metric(metrics, R"(netweave_trace_spans_total{result="rejected"} 1)"));
}

TEST_CASE("a stop does not wait for a collector that says nothing") {
  Metrics metrics;
  std::binary_semaphore held{0};
  auto silent = [&held](const std::string&, const std::stop_token& stop) -> Result<std::string> {
    held.release();
    std::binary_semaphore asked{0};
    std::stop_callback wake(stop, [&asked] { asked.release(); });
    asked.acquire();
    return make_error(ErrorKind::cancelled, "stopped");
  };
  TracerOptions options = quick();
  options.patience = std::chrono::milliseconds(1);
  Tracer tracer(options, silent, metrics, {});
  tracer.end(span_named("a"));
  held.acquire();
  tracer.stop();
  CHECK(has_metric(metrics, R"(netweave_trace_spans_total{result="dropped"} 1)"));
}

TEST_CASE("a call within a trace has_metric a span of its own, which is current meanwhile") {
  Metrics metrics;
  Collector collector;
  Tracer tracer(quick(), collector.sender(), metrics, {});
  Calls calls(metrics, {"calls_total", "call_duration_seconds", "Calls", "store"}, {{"operation", "read"}}, &tracer);
  TraceContext inside;
  auto call = [&inside]() -> Result<void> {
    inside = current_trace();
    return make_error(ErrorKind::timeout, "late");
  };
  static_cast<void>(calls.measure(call));  // of no trace
  CHECK_FALSE(inside.valid());
  {
    TraceScope scope(sampled);
    static_cast<void>(calls.measure(call));
  }
  tracer.stop();
  REQUIRE(collector.spans() == 1);
  const std::string& body = collector.bodies[0];
  CHECK(body.find(R"("spanId":")" + inside.span_text() + R"(","parentSpanId":"00f067aa0ba902b7")") !=
        std::string::npos);
  CHECK(body.find(R"("name":"store read","kind":3)") != std::string::npos);
  CHECK(body.find(R"({"key":"error.type","value":{"stringValue":"timeout"}})") != std::string::npos);
}
