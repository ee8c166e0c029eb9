#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <optional>
#include <string>
#include <utility>

#include "netweave/result.hpp"

#include "telemetry/metrics.hpp"

namespace netweave::telemetry {

/// The two metrics that calls of one sort share.
struct CallNames {
  std::string total;     ///< counter: the labels, and `result`: "ok" or the error's kind
  std::string duration;  ///< histogram: the labels
  std::string what;      ///< help: "Calls of the store"
};

/// Counts and times the calls of one operation. Any thread; the metrics must outlive it. A result's counter is looked
/// up once, at its first call, so a result that never came is no series.
class Calls {
 public:
  Calls(Metrics& metrics, const CallNames& names, Labels labels);

  /// What `call` gives, a Result; what it throws counts as `internal` and goes on.
  template <class Call>
  auto measure(Call&& call) -> decltype(call()) {
    auto begun = std::chrono::steady_clock::now();
    try {
      auto result = call();
      note(result ? std::nullopt : std::optional(result.error().kind), begun);
      return result;
    } catch (...) {
      note(ErrorKind::internal, begun);
      throw;
    }
  }

 private:
  static constexpr std::size_t kinds = static_cast<std::size_t>(ErrorKind::internal) + 1;
  void note(std::optional<ErrorKind> error, std::chrono::steady_clock::time_point begun);

  Metrics& metrics_;
  CallNames names_;
  Labels labels_;
  Histogram& duration_;
  std::array<std::atomic<Counter*>, kinds + 1> by_result_{};  // the last one: ok
};

}  // namespace netweave::telemetry
