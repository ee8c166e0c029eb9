#pragma once

#include <chrono>
#include <cstdint>

#include "state/snapshot.hpp"
#include "store/store.hpp"

namespace netweave::events {

/// How much of the log is kept.
struct Retention {
  std::uint64_t max_entries = 0;
  std::chrono::milliseconds max_age{};
};

/// Keeps the log within its bounds: never more than so many entries, and none older than its age, but for those that a
/// subscription has still to hear. One that falls behind the first bound is told so (Delivery). Blocks.
Result<void> trim_log(store::Store& store, const state::Snapshot& snapshot, const Retention& retention, Millis now);

}  // namespace netweave::events
