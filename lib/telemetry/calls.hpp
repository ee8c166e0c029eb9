#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <string>
#include <utility>

#include "netweave/result.hpp"

#include "base/trace.hpp"
#include "telemetry/metrics.hpp"
#include "telemetry/tracer.hpp"

namespace netweave::telemetry {

/// The two metrics that calls of one sort share.
struct CallNames {
  std::string total;     ///< counter: the labels, and `result`: "ok" or the error's kind
  std::string duration;  ///< histogram: the labels
  std::string what;      ///< help: "Calls of the store"
  std::string span{};    ///< of a span's name, before the operation: "store"
};

/// Counts and times the calls of one operation, and reports a span of each that somebody's trace is part of. Any
/// thread; metrics and tracer must outlive it. A result's counter is looked up once, at its first call, so a result
/// that never came is no series.
class Calls {
 public:
  Calls(Metrics& metrics, const CallNames& names, Labels labels, Tracer* tracer = nullptr);

  /// What `call` gives, a Result; what it throws counts as `internal` and goes on. Its own span is the current one
  /// meanwhile.
  template <class Call>
  auto measure(Call&& call) -> decltype(call()) {
    auto begun = std::chrono::steady_clock::now();
    const TraceContext outer = current_trace();
    TraceScope scope(tracer_ != nullptr && outer.sampled ? child_of(outer) : outer);
    try {
      auto result = call();
      note(result ? nullptr : &result.error(), begun, outer);
      return result;
    } catch (...) {
      Error error = make_error(ErrorKind::internal, "an exception");
      note(&error, begun, outer);
      throw;
    }
  }

 private:
  static constexpr std::size_t kinds = static_cast<std::size_t>(ErrorKind::internal) + 1;
  void note(const Error* error, std::chrono::steady_clock::time_point begun, const TraceContext& outer);
  void report(const Error* error, std::chrono::steady_clock::duration took, const TraceContext& outer) const;

  Metrics& metrics_;
  CallNames names_;
  Labels labels_;
  Tracer* tracer_;
  Histogram& duration_;
  std::array<std::atomic<Counter*>, kinds + 1> by_result_{};  // the last one: ok
};

}  // namespace netweave::telemetry
