#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "netweave/config.hpp"

/// When a callback that failed is tried again.
namespace netweave::events {

/// The longest wait after so many failures in a row: `backoff`, doubled for each further one, up to `max_backoff`.
std::chrono::milliseconds backoff_ceiling(const SubscriptionsConfig& config, std::uint64_t failures);

/// Full jitter: a moment between 1 ms and the ceiling that the `random` number picks, since many that failed together
/// must not come back together. Never below what the callback asked for, nor above `longest`.
std::chrono::milliseconds spread(std::chrono::milliseconds ceiling, std::uint64_t random,
                                 std::optional<std::chrono::milliseconds> at_least, std::chrono::milliseconds longest);

}  // namespace netweave::events
