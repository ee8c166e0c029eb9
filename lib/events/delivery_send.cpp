#include <algorithm>
#include <utility>

#include "events/delivery.hpp"

/// What goes out, and what comes of it.
namespace netweave::events {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr unsigned max_dead_in_row = 10;
constexpr auto removal_retry = milliseconds(1000);

/// The callback's present condition, not the notification, is at fault (contract: "Delivery").
bool try_later(int status) { return status == 0 || status == 408 || status == 425 || status == 429 || status >= 500; }

}  // namespace

/// Puts it in line where it has something to send and nothing keeps it from that.
void Delivery::offer(Subscriber& subscriber) {
  if (!subscriber.can_send()) return;
  subscriber.ready = true;
  ready_.push_back(subscriber.id);
}

void Delivery::release_held(Instant now) {
  while (!timers_.empty() && timers_.begin()->first <= now) {
    Subscriber* subscriber = roster_.find(timers_.begin()->second);
    timers_.erase(timers_.begin());
    if (subscriber == nullptr || !subscriber->held || subscriber->due > now) continue;
    subscriber->held = false;
    if (subscriber->ending)
      gone(*subscriber);
    else
      offer(*subscriber);
  }
}

void Delivery::send_ready() {
  while (!ready_.empty() && under_way_.size() < context_.config.max_concurrent) {
    Subscriber* subscriber = roster_.find(ready_.front());
    ready_.pop_front();
    if (subscriber == nullptr) continue;
    subscriber->ready = false;
    if (subscriber->can_send()) send(*subscriber);
  }
}

Notice Delivery::notice(const Subscriber& subscriber) const {
  const Pending& first = subscriber.queue.front();
  return {subscriber.id, subscriber.consumer_id, first.type != nullptr ? first.type->name : resync_type,
          subscriber.sequence + 1, &first.entry};
}

void Delivery::send(Subscriber& subscriber) {
  if (auto fault = check_callback(subscriber.callback, rules_)) {  // the rules may have changed since its creation
    hold(subscriber, "the callback " + fault->reason, std::nullopt);
    return;
  }
  Notice told = notice(subscriber);
  Parcel parcel;
  parcel.token = subscriber.token = ++last_token_;
  parcel.url = subscriber.callback;
  parcel.body = make_body(told);
  parcel.headers = make_headers(told, parcel.body, subscriber.webhook.secret, now());
  under_way_[parcel.token] = subscriber.id;
  courier_.send(std::move(parcel));
}

void Delivery::settle(const Receipt& receipt) {
  auto place = under_way_.find(receipt.token);
  if (place == under_way_.end()) return;
  Subscriber* subscriber = roster_.find(place->second);
  under_way_.erase(place);
  if (subscriber == nullptr || subscriber->token != receipt.token) return;
  subscriber->token = 0;
  if (receipt.status / 100 == 2) {
    accepted(*subscriber);
  } else if (receipt.status == 410) {
    failed(*subscriber, "the callback answered 410");
    gone(*subscriber);
  } else if (try_later(receipt.status)) {
    hold(*subscriber, receipt.status == 0 ? receipt.error : "the callback answered " + std::to_string(receipt.status),
         receipt.retry_after);
  } else {
    refused(*subscriber, receipt.status);
  }
}

void Delivery::accepted(Subscriber& subscriber) {
  Millis present = now();
  ++counts_.delivered;
  if (context_.latency) context_.latency(static_cast<double>(present - subscriber.queue.front().entry.time) / 1000.0);
  subscriber.status.last_success_at = present;
  subscriber.status.consecutive_failures = 0;
  subscriber.failing_since = 0;
  subscriber.dead_in_row = 0;
  advance(subscriber);
}

/// The next one's turn.
void Delivery::advance(Subscriber& subscriber) {
  subscriber.done = subscriber.queue.front().entry.revision;
  ++subscriber.sequence;
  subscriber.attempts = 0;
  subscriber.queue.pop_front();
  --counts_.pending;
  if (subscriber.lagging && subscriber.queue.size() == Subscriber::refill_at) refills_.push_back(subscriber.id);
  keep(subscriber);
  offer(subscriber);
}

void Delivery::failed(Subscriber& subscriber, std::string reason) {
  subscriber.status.last_failure_at = now();
  subscriber.status.last_error = std::move(reason);
  ++subscriber.status.consecutive_failures;
}

void Delivery::hold(Subscriber& subscriber, std::string reason, std::optional<milliseconds> retry_after) {
  ++counts_.retried;
  failed(subscriber, std::move(reason));
  Millis present = now();
  if (subscriber.failing_since == 0) {
    subscriber.failing_since = present;
    keep(subscriber);
  }
  if (present - subscriber.failing_since > context_.config.max_age.count())
    suspend(subscriber, "its callback did not answer for too long");
  else
    wait(subscriber, backoff(subscriber.status.consecutive_failures, retry_after));
}

void Delivery::refused(Subscriber& subscriber, int status) {
  ++counts_.refused;
  failed(subscriber, "the callback answered " + std::to_string(status));
  subscriber.failing_since = 0;  // it can be reached
  if (++subscriber.attempts < context_.config.max_attempts) {
    wait(subscriber, backoff(subscriber.attempts, std::nullopt));
    return;
  }
  ++counts_.dead;
  Millis present = now();
  std::string letter = "{\"status\":" + std::to_string(status) +
                       ",\"attempts\":" + std::to_string(subscriber.attempts) + ",\"timestamp\":\"" +
                       format_rfc3339(present) + "\",\"notification\":" + make_body(notice(subscriber)) + "}";
  keeper_.bury(dead_letters_of(subscriber.id), std::move(letter), present);
  ++subscriber.status.dead_letters;
  ++subscriber.dead_in_row;
  subscriber.status.consecutive_failures = 0;
  advance(subscriber);
  if (subscriber.dead_in_row >= max_dead_in_row) suspend(subscriber, "its callback refused too many in a row");
}

void Delivery::suspend(Subscriber& subscriber, std::string_view reason) {
  context_.log.warn("a subscription is suspended", {{"subscription", subscriber.id}, {"reason", std::string(reason)}});
  park(subscriber);
  subscriber.suspended = true;
  keep(subscriber);
}

/// It hears nothing for the present, and takes no memory: what waited is still in the log.
void Delivery::park(Subscriber& subscriber) {
  subscriber.cursor = subscriber.settled(read_);
  subscriber.lagging = true;
  counts_.pending -= subscriber.queue.size();
  subscriber.queue.clear();
}

/// 410: nobody is there any more, and nobody will be. The removal comes back as an entry, which ends it.
void Delivery::gone(Subscriber& subscriber) {
  if (!subscriber.ending) park(subscriber);
  subscriber.ending = true;
  auto removal = [id = subscriber.id, revision = subscriber.revision](state::Transaction& transaction) -> Result<void> {
    model::ObjectRef present = transaction.get(Kind::subscription, id);
    if (present && present->revision() == revision) {  // one that was changed meanwhile has its say first
      transaction.remove(Kind::subscription, id);
      transaction.remove(model::webhook, id);
    }
    return {};
  };
  static_cast<void>(context_.writer.offer(std::move(removal), {}));
  wait(subscriber, removal_retry);  // should it fail
}

void Delivery::wait(Subscriber& subscriber, milliseconds delay) {
  subscriber.held = true;
  subscriber.due = steady_clock::now() + delay;
  timers_.emplace(subscriber.due, subscriber.id);
}

/// Exponential, with full jitter: many that failed together must not come back together. Never below what the
/// callback asked for, nor above `max_backoff`.
milliseconds Delivery::backoff(std::uint64_t failures, std::optional<milliseconds> at_least) {
  const auto& config = context_.config;
  auto shift = std::min<std::uint64_t>(failures == 0 ? 0 : failures - 1, 20);
  auto ceiling = std::min<std::int64_t>(config.backoff.count() << shift, config.max_backoff.count());
  std::uniform_int_distribution<std::int64_t> spread(1, std::max<std::int64_t>(1, ceiling));
  milliseconds delay(spread(random_));
  return std::min(std::max(delay, at_least.value_or(milliseconds(0))), config.max_backoff);
}

void Delivery::keep(Subscriber& subscriber) {
  subscriber.kept = subscriber.settled(read_);
  keeper_.keep({reader_name(subscriber.id), subscriber.kept, subscriber.sequence, subscriber.state_text()},
               shares_[share_of(subscriber.id)].fence);
}

}  // namespace netweave::events
