#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace netweave {

/// Milliseconds since the Unix epoch: how times are stored and compared.
using Millis = std::int64_t;
/// Wall-clock time, given from outside so that tests and embedders can give their own. Any thread.
using Clock = std::function<std::chrono::system_clock::time_point()>;

Millis to_millis(std::chrono::system_clock::time_point time) noexcept;
/// "2026-01-02T03:04:05.678Z"
std::string format_rfc3339(Millis time);
/// Any RFC 3339 date-time, with a fraction of any length and any offset; nullopt for anything else.
std::optional<Millis> parse_rfc3339(std::string_view text) noexcept;

}  // namespace netweave
