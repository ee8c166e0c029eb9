#include "events/retention.hpp"

#include <algorithm>

#include "events/status.hpp"

namespace netweave::events {

Result<void> trim_log(store::Store& store, const state::Snapshot& snapshot, const Retention& retention, Millis now) {
  store::Log& entries = store.log();
  store::Revision head = entries.head();
  store::Revision oldest = entries.oldest();
  store::Revision upto = head > retention.max_entries ? head - retention.max_entries : 0;
  auto old = entries.before(now - retention.max_age.count());
  if (old && *old > std::max(upto, oldest)) {
    auto slowest = slowest_position(store.positions(), snapshot);
    if (slowest) upto = std::max(upto, std::min(*old, *slowest));
  }
  if (upto <= oldest) return {};
  return entries.trim(upto);
}

}  // namespace netweave::events
