#include "telemetry/calls.hpp"

#include <stdexcept>

#include <doctest/doctest.h>

using namespace netweave;
using telemetry::Calls;
using telemetry::Metrics;

namespace {

bool has(const Metrics& metrics, const std::string& line) {
  return ("\n" + metrics.text()).find("\n" + line + "\n") != std::string::npos;
}

}  // namespace

TEST_CASE("calls are counted by what came of them, and timed") {
  Metrics metrics;
  Calls calls(metrics, {"calls_total", "call_duration_seconds", "Calls"}, {{"operation", "read"}});
  CHECK(calls.measure([]() -> Result<int> { return 3; }).value() == 3);
  CHECK(calls.measure([]() -> Result<void> { return {}; }));
  auto failed = calls.measure([]() -> Result<int> { return make_error(ErrorKind::timeout, "late"); });
  CHECK(failed.error().message == "late");
  CHECK(has(metrics, R"(calls_total{operation="read",result="ok"} 2)"));
  CHECK(has(metrics, R"(calls_total{operation="read",result="timeout"} 1)"));
  CHECK(has(metrics, R"(call_duration_seconds_count{operation="read"} 3)"));
  CHECK(metrics.text().find(R"(result="internal")") == std::string::npos);
}

TEST_CASE("a call that throws counts as internal, and the exception goes on") {
  Metrics metrics;
  Calls calls(metrics, {"calls_total", "call_duration_seconds", "Calls"}, {});
  CHECK_THROWS_AS(static_cast<void>(calls.measure([]() -> Result<void> { throw std::runtime_error("no"); })),
                  std::runtime_error);
  CHECK(has(metrics, R"(calls_total{result="internal"} 1)"));
}
