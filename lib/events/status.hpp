#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "netweave/value.hpp"

#include "state/snapshot.hpp"
#include "store/store.hpp"

/// How a subscription's delivery goes. Who delivers keeps it with the position, so that any gateway can tell it.
namespace netweave::events {

enum class DeliveryState { active, suspended, lagging };
std::string_view to_string(DeliveryState state) noexcept;

/// The `status` member of a Subscription. Times are 0 where there was none.
struct DeliveryStatus {
  DeliveryState state = DeliveryState::active;
  Millis last_success_at = 0;
  Millis last_failure_at = 0;
  std::string last_error;
  std::uint64_t consecutive_failures = 0;
  std::size_t pending = 0;  ///< matched and not yet accepted; where lagging, there are more in the log
  std::uint64_t dead_letters = 0;
  store::Revision position = 0;  ///< everything up to here is settled: accepted, given up, or not matching
};

/// What a position keeps as its text beside revision and sequence: the status, and what a restart goes on with.
struct Progress {
  DeliveryStatus status;
  Millis failing_since = 0;   ///< 0: not failing
  unsigned dead_in_row = 0;   ///< the letters that were given up since the last acceptance
  std::uint64_t resumed = 0;  ///< the number of the resume request that was granted last
  std::string epoch{};        ///< the history of the log that the position is of
};
/// Compact JSON; what says nothing is left out. Empty where all of it is.
std::string progress_text(const Progress& progress);
/// What the text says; a blank one for text that is none.
Progress read_progress(std::string_view text);

std::string reader_name(std::string_view subscription_id);      ///< "subscription/<id>"
std::string dead_letters_of(std::string_view subscription_id);  ///< the stream "deadletters/<id>"

/// Whether something waits for its delivery, or may.
inline bool waits(const DeliveryStatus& status) noexcept {
  return status.pending > 0 || status.state != DeliveryState::active;
}

/// As the store has it, at most a second or so old; blank where nothing is stored yet. Blocks.
Result<DeliveryStatus> stored_status(store::Positions& positions, std::string_view subscription_id);

/// The status as the API shows it: with how far its position is behind the log's head, in revisions and in seconds
/// since the first entry after it. Both are 0 while nothing waits. Reads the log where something does: may block.
Value status_json(const DeliveryStatus& status, store::Log& log, Millis now);

/// What the log may be trimmed to without a loss to anyone who is being delivered: the lowest stored position, the
/// snapshot's revision where there is none. A subscription that was never delivered counts with its beginning, one
/// that is suspended not at all: it may never come back. Blocks.
Result<store::Revision> slowest_position(store::Positions& positions, const state::Snapshot& snapshot);

}  // namespace netweave::events
