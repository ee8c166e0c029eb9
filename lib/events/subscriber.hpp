#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "events/filter.hpp"
#include "events/webhook.hpp"

namespace netweave::events {

enum class DeliveryState { active, suspended, lagging };
std::string_view to_string(DeliveryState state) noexcept;

/// The `status` member of a Subscription. Times are 0 where there was none in this run.
struct DeliveryStatus {
  DeliveryState state = DeliveryState::active;
  Millis last_success_at = 0;
  Millis last_failure_at = 0;
  std::string last_error;
  std::uint64_t consecutive_failures = 0;
  std::size_t pending = 0;  ///< matched and not yet accepted; where lagging, there are more in the log
  std::uint64_t dead_letters = 0;
};

/// A notification that waits for its turn.
struct Pending {
  store::Entry entry;
  const EventType* type = nullptr;  ///< nullptr: a resync, which goes on after entry.revision
};

/// A filter, and from which revision on it holds.
struct FilterVersion {
  store::Revision since = 0;
  Filter filter;
};

/// One subscription on the loop's thread: what it wants, what waits for it, how far it has come.
struct Subscriber {
  static constexpr std::size_t max_queued = 256;
  static constexpr std::size_t refill_at = 64;  // one that lags reads on when so few are left

  std::string id;
  std::string callback;
  std::string consumer_id;
  Webhook webhook;
  std::string epoch;                   // the history of the log that `done` is a revision of
  store::Revision revision = 0;        // of the subscription's object
  std::vector<FilterVersion> filters;  // oldest first; older ones go once all that they hold for is matched

  store::Revision done = 0;     // settled: accepted, given up, or not matching
  std::uint64_t sequence = 0;   // of the last one settled
  std::deque<Pending> queue;    // matched, in order
  store::Revision matched = 0;  // along with the others, though those go on from further back
  bool lagging = false;         // the queue was full: matched up to `cursor`, the rest is still in the log
  store::Revision cursor = 0;
  bool suspended = false;
  bool ending = false;   // answered 410: its removal is under way
  bool leaving = false;  // another gateway delivers it from here on

  std::uint64_t token = 0;  // of the delivery under way; 0: none
  bool ready = false;       // it stands in the queue for a free place
  bool held = false;        // waits for `due`
  std::chrono::steady_clock::time_point due;
  unsigned attempts = 0;  // of the first in the queue, that were its own fault
  unsigned dead_in_row = 0;
  Millis failing_since = 0;  // 0: not failing
  store::Revision kept = 0;  // the position that was handed over last

  DeliveryStatus status;

  /// The filter that holds at a revision.
  [[nodiscard]] const Filter& filter_at(store::Revision revision) const noexcept;
  void add_filter(store::Revision since, Filter filter);
  /// Forgets filters that hold for nothing after `upto`.
  void drop_filters(store::Revision upto);
  [[nodiscard]] bool wants(const Candidate& candidate) const;
  /// Takes a matched entry, or begins to lag where there is no more room.
  void take(const store::Entry& entry, const EventType* type);
  /// How far it has come, where the log was matched up to `upto`.
  [[nodiscard]] store::Revision settled(store::Revision upto) const noexcept;
  /// Whether its first notification could be sent now.
  [[nodiscard]] bool can_send() const noexcept {
    return !queue.empty() && token == 0 && !ready && !held && !suspended && !ending && !leaving;
  }

  /// The part of its position that the store keeps as text, and back.
  [[nodiscard]] std::string state_text() const;
  /// `epoch` is left as it is where the text names none.
  void read_state(std::string_view text);
};

std::string reader_name(std::string_view subscription_id);      ///< "subscription/<id>"
std::string dead_letters_of(std::string_view subscription_id);  ///< the stream "deadletters/<id>"

/// A subscriber of a stored subscription, without position and queue.
std::unique_ptr<Subscriber> make_subscriber(const model::Object& subscription, Webhook webhook);
Subscription read_subscription(const model::Object& object);

}  // namespace netweave::events
