#pragma once

#include <chrono>
#include <cstdint>

#include "api/call.hpp"
#include "telemetry/metrics.hpp"

namespace netweave::api {

/// The method, or "other": one that nobody defined must not make a new series.
std::string_view method_label(std::string_view method);

/// Counts answers by method, route and status (`netweave_http_requests_total`, `_request_duration_seconds`). Any
/// thread: each looks a route's counters up once.
class HttpMetrics {
 public:
  explicit HttpMetrics(telemetry::Metrics& metrics);

  void observe(const Call& call, int status, std::chrono::nanoseconds took);

 private:
  struct Counters {
    telemetry::Counter* requests = nullptr;
    telemetry::Histogram* duration = nullptr;
  };
  Counters look_up(const Call& call, std::string_view method, int status);

  telemetry::Metrics& metrics_;
  const std::uint64_t number_;
};

}  // namespace netweave::api
