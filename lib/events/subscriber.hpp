#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "events/dead_letters.hpp"
#include "events/filter.hpp"
#include "events/status.hpp"
#include "events/webhook.hpp"
#include "tenancy/scope.hpp"

namespace netweave::events {

/// A notification that waits for its turn.
struct Pending {
  store::Entry entry;
  const EventType* type = nullptr;  ///< nullptr: a resync, which goes on after entry.revision
};

/// Dead letters that are sent again, as long as a request for that stands.
struct Redelivery {
  std::uint64_t number = 0;      // of the request that is being met; 0: none
  std::deque<LetterPlace> left;  // the first is sent next
  DeadLetter first{};            // that one, while it is under way
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
  tenancy::Scope scope;  // whose objects it may hear of
  Webhook webhook;
  std::string epoch;                   // the history of the log that `done` is a revision of
  std::string owed;                    // an epoch that ended, until it was told of that; empty: nothing is owed
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

  Redelivery redelivery;      // goes before what waits
  bool again = false;         // what is under way is a dead letter
  std::uint64_t resumed = 0;  // the resume request that was granted last
  std::uint64_t token = 0;    // of the delivery under way; 0: none
  bool ready = false;         // it stands in the queue for a free place
  bool held = false;          // waits for `due`
  std::chrono::steady_clock::time_point due;
  unsigned attempts = 0;  // of the first in the queue, that were its own fault
  unsigned dead_in_row = 0;
  Millis failing_since = 0;      // 0: not failing
  store::Revision kept = 0;      // the position that was handed over last
  std::size_t kept_pending = 0;  // and how many waited then
  bool kept_lagging = false;

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
    bool any = !queue.empty() || !redelivery.left.empty();
    return any && token == 0 && !ready && !held && !suspended && !ending && !leaving;
  }

  [[nodiscard]] DeliveryState state() const noexcept {
    return suspended ? DeliveryState::suspended : lagging ? DeliveryState::lagging : DeliveryState::active;
  }
  /// The part of its position that the store keeps as text, and back.
  [[nodiscard]] std::string state_text() const;
  /// `epoch` is left as it is where the text names none.
  void read_state(std::string_view text);
};

/// A subscriber of a stored subscription, without position and queue.
std::unique_ptr<Subscriber> make_subscriber(const model::Object& subscription, Webhook webhook);
Subscription read_subscription(const model::Object& object);

}  // namespace netweave::events
