#pragma once

#include <array>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "base/log.hpp"
#include "telemetry/metrics.hpp"
#include "telemetry/span.hpp"

namespace netweave::telemetry {

/// Sends a body to the collector. Blocks, and returns soon once `stop` is requested. The answer's body, or why it was
/// not taken; an error of kind `invalid` is not tried again.
using SendSpans = std::function<Result<std::string>(const std::string& body, const std::stop_token& stop)>;

struct TracerOptions {
  Service service;
  double sampling_rate = 0.1;
  std::size_t max_queued = 8192;                ///< spans that wait; what comes on top is dropped and counted
  std::size_t batch = 512;                      ///< spans of one request
  std::chrono::milliseconds interval{1000};     ///< the longest that a span waits for others
  std::chrono::milliseconds first_retry{1000};  ///< doubled at each failure, up to thirty times that
  std::chrono::milliseconds patience{2000};     ///< what a stop waits for what is left to be sent
};

/// Says which traces are reported, and sends their spans to a collector in batches, on a thread of its own. Any thread;
/// none waits for the collector. Counts `netweave_trace_spans_total` by result: exported, rejected (by the collector),
/// dropped (the queue was full, the collector refused the request, or it could not be reached until the end).
class Tracer {
 public:
  Tracer(TracerOptions options, SendSpans send, Metrics& metrics, Log log);
  /// As `stop`.
  ~Tracer();
  Tracer(const Tracer&) = delete;
  Tracer& operator=(const Tracer&) = delete;

  /// A span's place: in the caller's trace, whose flag decides whether it is reported, or in one that begins here, of
  /// which so many are as `sampling_rate` says.
  [[nodiscard]] TraceContext begin(const std::optional<TraceContext>& caller) const;
  /// Whether a trace of that id, which begins here, is reported: the same at every gateway of one rate.
  [[nodiscard]] bool samples(const std::array<std::uint8_t, 16>& trace_id) const noexcept;

  /// Takes a span that has ended, if it is of a trace that is reported.
  void end(Span span);

  /// Sends what is left, within `patience`. Idempotent. What ends later is dropped.
  void stop();

 private:
  void work();
  std::vector<Span> next_batch();
  void deliver(const std::vector<Span>& batch);
  bool pause(std::chrono::milliseconds time);
  void warn(const Error& error);

  const TracerOptions options_;
  const SendSpans send_;
  const Log log_;
  Counter& exported_;
  Counter& rejected_;
  Counter& dropped_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Span> queue_;
  bool stopping_ = false;
  bool ended_ = false;
  std::stop_source hurry_;
  std::optional<std::chrono::steady_clock::time_point> warned_;  // the worker's
  std::thread thread_;
};

}  // namespace netweave::telemetry
