#pragma once

#include <array>
#include <atomic>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <random>
#include <set>
#include <span>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "netweave/config.hpp"

#include "base/log.hpp"
#include "events/callback.hpp"
#include "events/courier.hpp"
#include "events/delivery_counts.hpp"
#include "events/keeper.hpp"
#include "events/notification.hpp"
#include "events/roster.hpp"
#include "state/writer.hpp"
#include "telemetry/tracer.hpp"

namespace netweave::events {

/// What it stands on; all of it must outlive it.
struct DeliveryContext {
  store::Store& store;
  const state::State& state;
  state::Writer& writer;
  SubscriptionsConfig config;
  Clock clock{};  ///< wall time, for stamps and max_age; timers run on the steady clock
  Log log{};
  Unseal unseal{};
  bool tenants = false;  ///< a subscription hears of its own tenant's objects alone
  /// Where a notification was given up, or the subscription suspended; must not block. The loop's thread.
  std::function<void(const std::string& subscription_id, const std::string& reason)> gave_up{};
  std::function<void(double seconds)> latency{};  ///< from the commit to the acceptance; the loop's thread
  telemetry::Tracer* tracer = nullptr;            ///< of each attempt; nullptr: no spans are reported
};

/// Tells subscribers what happened: matches the log's entries with their filters, POSTs what matches, at least once
/// and in order for each, many at once, and keeps how far each has come. One thread does all of it but the writing of
/// positions (Keeper). Subscriptions are dealt out in shares by a hash of their ids: what one gateway of a fleet
/// delivers are those of the shares that it was given.
class Delivery {
 public:
  static constexpr unsigned shares = 16;
  static unsigned share_of(std::string_view subscription_id) noexcept;
  static std::string lease_of(unsigned share);  ///< "deliver/7"

  /// Errors: `invalid` (an allowed network that is none).
  static Result<std::unique_ptr<Delivery>> make(DeliveryContext context);
  /// As `stop`.
  ~Delivery();
  Delivery(const Delivery&) = delete;
  Delivery& operator=(const Delivery&) = delete;

  /// Begins to work, with no share. After the state was loaded. Once.
  void start();
  /// Delivers the share from now on, going on where the store's positions say, under that fence. Not before `yielded`
  /// where it was yielded. Any thread; does not wait.
  void assume(unsigned share, store::Fence fence);
  /// Delivers the share no more: what is under way may end within a moment, the positions are written. As `assume`.
  void yield(unsigned share);
  /// Whether nothing of the share is under way or to be written any more. As `assume`.
  [[nodiscard]] bool yielded(unsigned share) const { return !held_[share]; }
  /// For Tail::observe_epochs: the log began another epoch. All shares are dropped; each waits for its `yield`.
  void on_epoch();
  /// Deliveries under way are dropped (they are repeated at the next start), positions written. Blocks; idempotent.
  void stop();
  /// Ends as a kill would, for tests: what is not yet written stays unwritten. Blocks.
  void abandon();

  /// For Tail::observe: what was just folded. Does not wait for anything.
  void on_entries(std::span<const store::Entry> entries);

  /// nullopt: no such subscription is delivered here. Any thread; may wait for a read of the log.
  [[nodiscard]] std::optional<DeliveryStatus> status(std::string_view subscription_id) const;
  [[nodiscard]] const DeliveryCounts& counts() const noexcept { return counts_; }

 private:
  using Instant = std::chrono::steady_clock::time_point;
  /// What was met of a subscription's own entries while the log was read for former filters.
  struct History {
    bool met = false;
    bool deleted = false;
  };
  using Histories = std::map<std::string, History, std::less<>>;
  /// A share as the loop sees it. `dry`: dropped, and waits to be yielded.
  struct Share {
    enum class Stage { away, here, leaving, dropped, dry };
    Stage stage = Stage::away;
    store::Fence fence;
    Instant leave_by{};
  };
  /// One POST.
  struct UnderWay {
    std::string subscription;
    TraceContext trace;
    std::string event_type;
    std::chrono::system_clock::time_point begun;  // with a tracer
  };
  Delivery(DeliveryContext context, CallbackRules rules);

  // delivery_shares.cpp: which subscriptions are delivered here
  void attend_shares(Instant present);
  void attend(unsigned number, const std::optional<store::Fence>& order, Instant present);
  void end_epoch();
  bool take_over();
  void leave(unsigned share, Instant by);
  void settle_and_drop(unsigned share);
  void drop(unsigned share);
  void drop(Subscriber& subscriber);
  [[nodiscard]] bool under_way(unsigned share) const;
  [[nodiscard]] bool delivers(std::string_view id) const {
    unsigned share = share_of(id);
    return shares_[share].stage == Share::Stage::here && !coming_.contains(share);
  }

  // delivery.cpp: the thread, and what comes in
  void work(std::stop_token stop);
  std::chrono::milliseconds step();
  void absorb();
  void control_from_log(store::Revision upto);
  void control(const store::Entry& entry);
  void match(std::span<const store::Entry> entries);
  void offer_entry(Subscriber& subscriber, const Candidate& candidate);
  bool catch_up();
  bool refill();
  bool refill(Subscriber& subscriber);
  void resync(Subscriber& subscriber, store::Revision oldest);
  void take(Subscriber& subscriber, const store::Entry& entry, const EventType* type);
  void sweep(bool all);

  // delivery_roster.cpp: subscriptions come, change and go
  bool load(const state::Snapshot& snapshot, const std::set<unsigned>& taken);
  void place(Subscriber& subscriber, const store::Position* position);
  void rewind(const std::vector<Subscriber*>& taken);
  void restore_filters(const std::vector<Subscriber*>& taken);
  void retrace(Subscriber& subscriber, History& history, const store::Entry& entry);
  void restart(Subscriber& subscriber, store::Revision creation);
  void begin(const model::Object& subscription);
  Subscriber* admit(const model::Object& subscription);
  void adopt(const model::Object& subscription);
  void update(Subscriber& subscriber, const store::Entry& entry);
  void end(std::string_view id);

  // delivery_requests.cpp: what is asked for through the log (requests.hpp)
  bool grant();
  bool grant(Subscriber& subscriber);
  void resume(Subscriber& subscriber);
  void release(Subscriber& subscriber);
  bool begin_redelivery(Subscriber& subscriber);
  bool next_letter(Subscriber& subscriber);
  void settle_letter(Subscriber& subscriber, const Receipt& receipt);
  void end_redelivery(Subscriber& subscriber);

  // delivery_send.cpp: out, and what comes back
  void offer(Subscriber& subscriber);
  void release_held(Instant now);
  void send_ready();
  void send(Subscriber& subscriber);
  void settle(const Receipt& receipt);
  void report(const UnderWay& attempt, const Receipt& receipt) const;
  void succeeded(Subscriber& subscriber);
  void accepted(Subscriber& subscriber);
  void bury(Subscriber& subscriber, const DeadLetter& letter);
  void hold(Subscriber& subscriber, std::string reason, std::optional<std::chrono::milliseconds> retry_after);
  void refused(Subscriber& subscriber, int status);
  void gone(Subscriber& subscriber);
  void advance(Subscriber& subscriber);
  void suspend(Subscriber& subscriber, std::string_view reason);
  void park(Subscriber& subscriber);
  void wait(Subscriber& subscriber, std::chrono::milliseconds delay);
  std::chrono::milliseconds backoff(std::uint64_t failures, std::optional<std::chrono::milliseconds> at_least);
  void failed(Subscriber& subscriber, std::string reason);
  void keep(Subscriber& subscriber);
  Notice notice(const Subscriber& subscriber) const;
  [[nodiscard]] Millis now() const { return to_millis(context_.clock()); }

  DeliveryContext context_;
  const CallbackRules rules_;
  Courier courier_;
  Keeper keeper_;
  DeliveryCounts counts_;

  std::array<std::atomic<bool>, shares> held_{};  // from `assume` until nothing of it is left
  mutable std::mutex inbox_mutex_;
  std::array<std::optional<store::Fence>, shares> orders_;  // what is to be delivered
  bool epoch_ended_ = false;
  std::vector<store::Entry> inbox_;  // bounded: what does not fit is read from the log
  store::Revision inbox_head_ = 0;

  mutable std::mutex mutex_;  // all below; the loop lets go of it while it waits
  std::array<Share, shares> shares_;
  std::set<unsigned> coming_;  // given, and not yet loaded
  Roster roster_;
  store::Revision seen_ = 0;         // subscriptions are as of here
  store::Revision read_ = 0;         // entries are matched up to here, but for who lags
  std::deque<std::string> ready_;    // who could send, in turn
  std::deque<std::string> refills_;  // who lags and has room
  std::deque<std::string> asked_;    // of whom something may be asked
  std::multimap<Instant, std::string> timers_;
  std::unordered_map<std::uint64_t, UnderWay> under_way_;
  std::uint64_t last_token_ = 0;
  Instant next_sweep_{};
  unsigned sweeps_ = 0;
  std::mt19937_64 random_{std::random_device{}()};
  std::jthread thread_;
};

}  // namespace netweave::events
