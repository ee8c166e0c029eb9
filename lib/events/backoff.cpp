#include "events/backoff.hpp"

#include <algorithm>

namespace netweave::events {

using std::chrono::milliseconds;

milliseconds backoff_ceiling(const SubscriptionsConfig& config, std::uint64_t failures) {
  auto doublings = std::min<std::uint64_t>(failures == 0 ? 0 : failures - 1, 20);
  return std::min(config.backoff * (std::int64_t{1} << doublings), config.max_backoff);
}

milliseconds spread(milliseconds ceiling, std::uint64_t random, std::optional<milliseconds> at_least,
                    milliseconds longest) {
  auto moments = static_cast<std::uint64_t>(std::max<std::int64_t>(1, ceiling.count()));
  milliseconds delay(static_cast<std::int64_t>(1 + random % moments));
  return std::min(std::max(delay, at_least.value_or(milliseconds(0))), longest);
}

}  // namespace netweave::events
