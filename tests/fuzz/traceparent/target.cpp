#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "base/trace.hpp"

using namespace netweave;

/// The first line is a traceparent, the rest a tracestate. What counts is written again as it was understood; what is
/// passed on counts at the next gateway too.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string text(reinterpret_cast<const char*>(data), size);
  std::size_t end = text.find('\n');
  http::Headers headers = {{"Traceparent", text.substr(0, end)}};
  if (end != std::string::npos) headers.emplace_back("TraceState", text.substr(end + 1));
  if (auto context = find_traceparent(headers)) {
    if (!context->valid() || parse_traceparent(context->traceparent()) != context) std::abort();
    if (headers[0].second.compare(2, 51, context->traceparent(), 2, 51) != 0) std::abort();
  }
  std::string state = find_tracestate(headers);
  if (!state.empty() && find_tracestate({{"tracestate", state}}) != state) std::abort();
  return 0;
}
