#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "netweave/http/message.hpp"

/// W3C Trace Context, level 1 (https://www.w3.org/TR/trace-context-1/).
namespace netweave {

/// Where something stands in a trace: the trace, and the span that is its parent. All zero: nowhere.
struct TraceContext {
  std::array<std::uint8_t, 16> trace_id{};
  std::array<std::uint8_t, 8> span_id{};
  bool sampled = false;  ///< somebody reports this trace's spans

  [[nodiscard]] bool valid() const noexcept { return trace_id != decltype(trace_id){}; }
  /// In lower-case hexadecimal digits.
  [[nodiscard]] std::string trace_text() const;
  [[nodiscard]] std::string span_text() const;
  /// The header's value, of version 00.
  [[nodiscard]] std::string traceparent() const;

  friend bool operator==(const TraceContext&, const TraceContext&) = default;
};

/// A `traceparent` of version 00, or what a later version has of it (clause 3.2); nullopt: it does not count.
std::optional<TraceContext> parse_traceparent(std::string_view text) noexcept;
/// The same of a request's headers: one of two is none.
std::optional<TraceContext> find_traceparent(const http::Headers& headers) noexcept;
/// The `tracestate` of a request, its lines joined by commas; empty where it breaks clause 3.3, and then it is dropped.
std::string find_tracestate(const http::Headers& headers);

/// A trace of its own, not sampled, and a span within that of `parent`. Random as make_uuid is. Any thread.
TraceContext new_trace();
TraceContext child_of(const TraceContext& parent);

/// The span that this thread works for at present; invalid where there is none, which without tracing is always.
const TraceContext& current_trace() noexcept;

/// Makes it the current one until the end of the block.
class TraceScope {
 public:
  explicit TraceScope(const TraceContext& context) noexcept;
  ~TraceScope();
  TraceScope(const TraceScope&) = delete;
  TraceScope& operator=(const TraceScope&) = delete;

 private:
  TraceContext before_;
};

}  // namespace netweave
