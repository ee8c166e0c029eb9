#include "telemetry/metrics.hpp"

#include <cmath>
#include <limits>
#include <sstream>
#include <thread>

#include <doctest/doctest.h>

using namespace netweave::telemetry;

namespace {

bool has_line(const std::string& text, const std::string& line) {
  std::istringstream lines(text);
  for (std::string each; std::getline(lines, each);)
    if (each == line) return true;
  return false;
}

}  // namespace

TEST_CASE("metrics are Prometheus text") {
  Metrics metrics;
  metrics.counter("requests_total", "Requests", {{"method", "GET"}, {"status", "200"}}).add(3);
  metrics.counter("requests_total", "Requests", {{"method", "GET"}, {"status", "404"}}).add();
  metrics.gauge("objects", "Objects", [](const Metrics::Emit& emit) {
    emit({{"kind", "a"}}, 1.5);
    emit({{"kind", "b"}}, 2);
  });
  std::string text = metrics.text();
  CHECK(has_line(text, "# HELP requests_total Requests"));
  CHECK(has_line(text, "# TYPE requests_total counter"));
  CHECK(has_line(text, R"(requests_total{method="GET",status="200"} 3)"));
  CHECK(has_line(text, R"(requests_total{method="GET",status="404"} 1)"));
  CHECK(has_line(text, "# TYPE objects gauge"));
  CHECK(has_line(text, R"(objects{kind="a"} 1.5)"));
  CHECK(has_line(text, R"(objects{kind="b"} 2)"));
}

TEST_CASE("a histogram's buckets add up, each bound its own bucket's") {
  Metrics metrics;
  Histogram& histogram = metrics.histogram("seconds", "Time", {{"route", "/x"}});
  histogram.observe(0.0001);
  histogram.observe(0.00011);
  histogram.observe(0.3);
  histogram.observe(11);
  std::string text = metrics.text();
  CHECK(has_line(text, "# TYPE seconds histogram"));
  CHECK(has_line(text, R"(seconds_count{route="/x"} 4)"));
  CHECK(has_line(text, R"(seconds_bucket{route="/x",le="0.0001"} 1)"));
  CHECK(has_line(text, R"(seconds_bucket{route="/x",le="0.00025"} 2)"));
  CHECK(has_line(text, R"(seconds_bucket{route="/x",le="0.25"} 2)"));
  CHECK(has_line(text, R"(seconds_bucket{route="/x",le="0.5"} 3)"));
  CHECK(has_line(text, R"(seconds_bucket{route="/x",le="10"} 3)"));
  CHECK(has_line(text, R"(seconds_bucket{route="/x",le="+Inf"} 4)"));
  CHECK(histogram.sum() == doctest::Approx(11.30021));
}

TEST_CASE("a time below nothing, or that is none, counts as nothing") {
  Histogram histogram;
  histogram.observe(-5);
  histogram.observe(std::numeric_limits<double>::quiet_NaN());
  histogram.observe(-std::numeric_limits<double>::infinity());
  CHECK(histogram.count(0) == 3);
  CHECK(histogram.sum() == 0);
  histogram.observe(std::numeric_limits<double>::infinity());
  CHECK(histogram.count(Histogram::bounds.size()) == 1);
  CHECK(histogram.sum() == doctest::Approx(Histogram::longest));
}

TEST_CASE("a gauge without a value shows nothing, and labels are escaped") {
  Metrics metrics;
  metrics.gauge("quiet", "Nothing", [](const Metrics::Emit&) {});
  metrics.counter("loud", "Line\nbreak", {{"error", "a \"quoted\"\\ line\n"}}).add();
  std::string text = metrics.text();
  CHECK(text.find("quiet") == std::string::npos);
  CHECK(has_line(text, R"(loud{error="a \"quoted\"\\ line\n"} 1)"));
}

TEST_CASE("a counter is made once a name and labels, and stays where it is") {
  Metrics metrics;
  Counter& first = metrics.counter("a", "A", {{"x", "1"}});
  for (int i = 0; i < 1000; ++i) metrics.counter("a", "A", {{"x", std::to_string(i)}});
  CHECK(&metrics.counter("a", "A", {{"x", "1"}}) == &first);
}

TEST_CASE("counts are kept from any thread while the text is made") {
  Metrics metrics;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i)
      threads.emplace_back([&] {
        Counter& counter = metrics.counter("a", "A");
        Histogram& histogram = metrics.histogram("b", "B");
        for (int j = 0; j < 1000; ++j) {
          counter.add();
          histogram.observe(0.001);
        }
      });
    for (int i = 0; i < 20; ++i) (void)metrics.text();
  }
  CHECK(metrics.counter("a", "A").value() == 4000);
  CHECK(has_line(metrics.text(), "b_count 4000"));
}
