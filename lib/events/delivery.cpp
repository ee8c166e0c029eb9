#include "events/delivery.hpp"

#include <algorithm>

#include "events/reader.hpp"

namespace netweave::events {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr std::size_t max_inbox = 16384;
constexpr std::size_t chunk = 512;  // entries read from the log in one go
constexpr auto sweep_every = milliseconds(1000);
constexpr unsigned full_sweep = 2;  // each so many sweeps, positions of those that hear nothing move along too
constexpr auto longest_wait = milliseconds(500);
constexpr auto look_again = milliseconds(5);  // while a share comes or goes

CourierLimits limits_of(const SubscriptionsConfig& config) {
  return {config.timeout, std::clamp<std::size_t>(config.max_concurrent, 1, 4096)};
}

}  // namespace

Result<std::unique_ptr<Delivery>> Delivery::make(DeliveryContext context) {
  auto rules = make_callback_rules(context.config);
  if (!rules) return std::move(rules).error();
  if (!context.clock) context.clock = [] { return std::chrono::system_clock::now(); };
  return std::unique_ptr<Delivery>(new Delivery(std::move(context), std::move(*rules)));
}

Delivery::Delivery(DeliveryContext context, CallbackRules rules)
    : context_(std::move(context)),
      rules_(std::move(rules)),
      courier_(limits_of(context_.config), rules_.guard),
      keeper_(context_.store.positions(), context_.store.streams(), context_.log) {}

Delivery::~Delivery() { stop(); }

void Delivery::start() {
  keeper_.start();
  thread_ = std::jthread([this](std::stop_token stop) { work(std::move(stop)); });
}

void Delivery::stop() {
  if (!thread_.joinable()) return;
  thread_.request_stop();
  courier_.wake();
  thread_.join();
  {
    std::lock_guard lock(mutex_);
    sweep(true);
  }
  keeper_.stop();
}

void Delivery::abandon() {
  if (!thread_.joinable()) return;
  keeper_.abandon();
  thread_.request_stop();
  courier_.wake();
  thread_.join();
}

void Delivery::on_entries(std::span<const store::Entry> entries) {
  if (entries.empty()) return;
  {
    std::lock_guard lock(inbox_mutex_);
    inbox_head_ = entries.back().revision;
    if (inbox_.size() < max_inbox) inbox_.insert(inbox_.end(), entries.begin(), entries.end());
  }
  courier_.wake();
}

void Delivery::work(std::stop_token stop) {
  std::unique_lock lock(mutex_);
  while (!stop.stop_requested()) {
    milliseconds timeout = step();
    lock.unlock();
    std::vector<Receipt> receipts = courier_.wait(timeout);
    lock.lock();
    for (const Receipt& receipt : receipts) settle(receipt);
  }
  for (const auto& [token, id] : under_way_) courier_.cancel(token);
  under_way_.clear();
}

/// Everything that can be done without waiting; how long may be waited then.
milliseconds Delivery::step() {
  attend_shares(steady_clock::now());
  absorb();
  bool more = catch_up();
  more = refill() || more;
  more = grant() || more;
  auto present = steady_clock::now();
  release_held(present);
  send_ready();
  if (present >= next_sweep_) {
    sweep(++sweeps_ % full_sweep == 0);
    next_sweep_ = present + sweep_every;
  }
  if (more) return milliseconds(0);
  auto in_motion = [](const Share& share) {
    return share.stage == Share::Stage::leaving || share.stage == Share::Stage::dropped;
  };
  bool soon = std::any_of(shares_.begin(), shares_.end(), in_motion);
  auto until = std::min(next_sweep_, present + (soon ? look_again : longest_wait));
  if (!timers_.empty()) until = std::min(until, timers_.begin()->first);
  return std::max(milliseconds(0), std::chrono::ceil<milliseconds>(until - present));
}

// In

void Delivery::absorb() {
  std::vector<store::Entry> batch;
  store::Revision head = 0;
  {
    std::lock_guard lock(inbox_mutex_);
    batch.swap(inbox_);
    head = inbox_head_;
  }
  if (roster_.all().empty()) {  // nobody to be told; who is to be told later is loaded then
    bool none_here = std::none_of(shares_.begin(), shares_.end(),
                                  [](const Share& share) { return share.stage == Share::Stage::here; });
    if (none_here) return;
  }
  std::erase_if(batch, [&](const store::Entry& entry) { return entry.revision <= seen_; });
  // what did not fit is read from the log; the entries before it too, so that they stay in order
  bool whole = !batch.empty() && batch.front().revision == seen_ + 1 && batch.back().revision == head;
  if (!whole) {
    control_from_log(head);
    return;
  }
  for (const store::Entry& entry : batch) control(entry);
  match(batch);
}

void Delivery::control_from_log(store::Revision upto) {
  while (seen_ < upto) {
    auto entries = context_.store.log().read(seen_, std::min<std::size_t>(chunk, upto - seen_));
    if (!entries && entries.error().kind == ErrorKind::not_found) {
      context_.log.warn("the log was trimmed before it was read: subscriptions are loaded anew");
      for (unsigned share = 0; share < shares; ++share)
        if (shares_[share].stage == Share::Stage::here) coming_.insert(share);
      while (!roster_.all().empty()) drop(*roster_.all().begin()->second);
      seen_ = read_ = 0;
      return;
    }
    if (!entries || entries->empty()) return;  // tried again with the next wake
    for (const store::Entry& entry : *entries) control(entry);
  }
}

/// Subscriptions change as soon as that is known, before what was logged earlier is told: one that was deleted must
/// hear nothing more.
void Delivery::control(const store::Entry& entry) {
  seen_ = entry.revision;
  const model::Object& subject = entry.subject();
  if (!delivers(subject.id())) return;
  Subscriber* known = nullptr;
  if (subject.kind() == model::webhook && entry.object) {
    known = roster_.find(subject.id());
    auto webhook = read_webhook(subject, context_.unseal);
    if (known != nullptr && webhook) {
      known->webhook = std::move(*webhook);
      asked_.emplace_back(subject.id());
    } else if (known == nullptr) {
      if (auto snapshot = context_.state.snapshot();
          const auto* object = snapshot->find(Kind::subscription, subject.id()))
        entry.prior ? adopt(*object) : begin(*object);
    }
  } else if (subject.kind() == Kind::subscription) {
    if (!entry.prior || !entry.object) end(subject.id());
    known = roster_.find(subject.id());
    if (entry.object && !entry.prior) begin(subject);
    if (known != nullptr && entry.object && entry.prior) update(*known, entry);
  }
}

// Matching

void Delivery::match(std::span<const store::Entry> entries) {
  if (entries.empty() || entries.front().revision > read_ + 1) return;  // `catch_up` reads them from the log
  for (const store::Entry& entry : entries) {
    if (entry.revision <= read_) continue;
    read_ = entry.revision;
    const EventType* type = event_type_of(entry);
    if (type == nullptr) continue;
    Candidate candidate(entry, *type);
    roster_.each_near(candidate, [&](Subscriber& subscriber) {
      if (!subscriber.lagging && !subscriber.suspended && entry.revision > subscriber.done &&
          entry.revision > subscriber.matched)
        offer_entry(subscriber, candidate);
    });
  }
}

/// Takes it where it is wanted, as far as the subscriber's tenant sees it.
void Delivery::offer_entry(Subscriber& subscriber, const Candidate& candidate) {
  const store::Entry& entry = candidate.entry();
  store::Entry part;
  const store::Entry* seen =
      subscriber.scope.all() ? &entry : tenancy::seen(subscriber.scope, *context_.state.snapshot(), entry, part);
  if (seen == &entry && subscriber.wants(candidate)) return take(subscriber, entry, &candidate.type());
  if (seen != &part) return;
  const EventType* type = event_type_of(part);
  if (type != nullptr && subscriber.wants(Candidate(part, *type))) take(subscriber, part, type);
}

void Delivery::take(Subscriber& subscriber, const store::Entry& entry, const EventType* type) {
  std::size_t before = subscriber.queue.size();
  subscriber.take(entry, type);
  counts_.pending += subscriber.queue.size() - before;
  offer(subscriber);
}

/// True where there is more to be matched.
bool Delivery::catch_up() {
  if (read_ >= seen_) return false;
  auto entries = context_.store.log().read(read_, std::min<std::size_t>(chunk, seen_ - read_));
  if (entries) {
    match(*entries);
    return read_ < seen_;
  }
  if (entries.error().kind != ErrorKind::not_found) {
    context_.log.warn("the log can't be read", {{"error", entries.error().message}});
    return false;
  }
  store::Revision oldest = context_.store.log().oldest();
  for (const auto& [id, subscriber] : roster_.all())
    if (!subscriber->lagging && subscriber->done < oldest) resync(*subscriber, oldest);
  read_ = oldest;
  return read_ < seen_;
}

/// A few of those who lag at a time, so that nobody else waits for them. True where there are more.
bool Delivery::refill() {
  for (int turn = 0; turn < 4 && !refills_.empty(); ++turn) {
    std::string id = std::move(refills_.front());
    refills_.pop_front();
    Subscriber* subscriber = roster_.find(id);
    if (subscriber == nullptr || !subscriber->lagging || subscriber->suspended || subscriber->ending) continue;
    if (!refill(*subscriber)) {
      refills_.push_back(std::move(id));  // the log can't be read: not before the next wake
      return false;
    }
  }
  return !refills_.empty();
}

bool Delivery::refill(Subscriber& subscriber) {
  auto entries = context_.store.log().read(subscriber.cursor, chunk);
  if (!entries) {
    if (entries.error().kind != ErrorKind::not_found) return false;
    store::Revision oldest = context_.store.log().oldest();
    resync(subscriber, oldest);
    subscriber.cursor = oldest;
    entries = std::vector<store::Entry>();
  }
  for (const store::Entry& entry : *entries) {
    if (entry.revision > read_ || subscriber.queue.size() >= Subscriber::max_queued) break;
    subscriber.cursor = entry.revision;
    const EventType* type = event_type_of(entry);
    if (type != nullptr) offer_entry(subscriber, Candidate(entry, *type));
  }
  subscriber.lagging = subscriber.cursor < read_;
  if (subscriber.lagging && subscriber.queue.size() <= Subscriber::refill_at) refills_.push_back(subscriber.id);
  return true;
}

/// The log no longer holds what the subscriber has not heard: it is told so, and it is written down.
void Delivery::resync(Subscriber& subscriber, store::Revision oldest) {
  store::Revision lost_after = subscriber.settled(subscriber.done);
  subscriber.queue.push_back({{oldest, now(), {}, {}}, nullptr});
  ++counts_.pending;
  const Pending& told = subscriber.queue.back();
  Notice notice{subscriber.id, subscriber.consumer_id, resync_type, subscriber.sequence + subscriber.queue.size(),
                &told.entry};
  std::string epoch = context_.store.log().epoch();
  DeadLetter letter{notification_id(subscriber.id, oldest), notice.sequence, std::string(resync_type)};
  letter.reason = "the log no longer holds what came after " + format_position(epoch, lost_after) +
                  ": delivery goes on after " + format_position(epoch, oldest);
  letter.failed_at = told.entry.time;
  letter.body = make_body(notice, letter.notification_id);
  bury(subscriber, letter);
  context_.log.warn("the log no longer holds what a subscription has not heard", {{"subscription", subscriber.id}});
  offer(subscriber);
}

/// What is told of each is at most so old in the store. With `all`, positions of those who hear nothing move along
/// too; what the log may forget follows from them.
void Delivery::sweep(bool all) {
  std::size_t held = 0;
  for (const auto& [id, subscriber] : roster_.all()) {
    if (subscriber->held) held += subscriber->queue.size();
    bool changed =
        subscriber->queue.size() != subscriber->kept_pending || subscriber->lagging != subscriber->kept_lagging;
    if (changed || (all && subscriber->settled(read_) > subscriber->kept)) keep(*subscriber);
    std::size_t filters = subscriber->filters.size();
    subscriber->drop_filters(subscriber->lagging ? subscriber->cursor : std::max(read_, subscriber->matched));
    if (filters != subscriber->filters.size()) roster_.file(*subscriber);
  }
  counts_.held = held;
}

// What others ask

std::optional<DeliveryStatus> Delivery::status(std::string_view subscription_id) const {
  std::lock_guard lock(mutex_);
  const Subscriber* subscriber = roster_.find(subscription_id);
  if (subscriber == nullptr) return std::nullopt;
  DeliveryStatus status = subscriber->status;
  status.pending = subscriber->queue.size();
  status.state = subscriber->state();
  status.position = subscriber->settled(read_);
  return status;
}

}  // namespace netweave::events
