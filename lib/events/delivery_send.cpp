#include <algorithm>
#include <utility>

#include "events/backoff.hpp"
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
  Parcel parcel;
  std::string_view event_type;
  std::string id;
  subscriber.again = next_letter(subscriber);
  if (subscriber.again) {
    const DeadLetter& letter = subscriber.redelivery.first;
    event_type = letter.event_type;
    id = letter.notification_id;
    parcel.body = letter.body;
  } else if (!subscriber.queue.empty()) {
    Notice told = notice(subscriber);
    event_type = told.event_type;
    id = notification_id(told.subscription_id, told.entry->revision);
    parcel.body = make_body(told, id);
  } else {
    return;
  }
  Millis present = now();
  UnderWay attempt{subscriber.id, trace_of(id), std::string(event_type), {}};
  if (context_.tracer != nullptr) {
    attempt.trace.sampled = context_.tracer->samples(attempt.trace.trace_id);
    attempt.begun = std::chrono::system_clock::now();
  }
  parcel.headers = make_headers({subscriber.id, event_type, id, attempt.trace}, parcel.body,
                                subscriber.webhook.secrets_at(present), present);
  parcel.token = subscriber.token = ++last_token_;
  parcel.url = subscriber.callback;
  under_way_[parcel.token] = std::move(attempt);
  counts_.under_way = under_way_.size();
  courier_.send(std::move(parcel));
}

void Delivery::settle(const Receipt& receipt) {
  auto place = under_way_.find(receipt.token);
  if (place == under_way_.end()) return;
  if (context_.tracer != nullptr) report(place->second, receipt);
  Subscriber* subscriber = roster_.find(place->second.subscription);
  under_way_.erase(place);
  counts_.under_way = under_way_.size();
  if (subscriber == nullptr || subscriber->token != receipt.token) return;
  subscriber->token = 0;
  if (subscriber->again) asked_.push_back(subscriber->id);  // a later wish may have come meanwhile
  if (receipt.status / 100 == 2) {
    succeeded(*subscriber);
    subscriber->again ? settle_letter(*subscriber, receipt) : accepted(*subscriber);
  } else if (receipt.status == 410) {
    failed(*subscriber, "the callback answered 410");
    gone(*subscriber);
  } else if (try_later(receipt.status)) {
    hold(*subscriber, receipt.status == 0 ? receipt.error : "the callback answered " + std::to_string(receipt.status),
         receipt.retry_after);
  } else {
    subscriber->again ? settle_letter(*subscriber, receipt) : refused(*subscriber, receipt.status);
  }
}

/// A trace is a notification's: a span for each attempt.
void Delivery::report(const UnderWay& attempt, const Receipt& receipt) const {
  if (!attempt.trace.sampled) return;
  telemetry::Span span;
  span.context = attempt.trace;
  span.kind = telemetry::SpanKind::client;
  span.name = "deliver notification";
  span.begin = attempt.begun;
  span.end = std::chrono::system_clock::now();
  span.attributes = {{"http.request.method", "POST"},
                     {"netweave.subscription_id", attempt.subscription},
                     {"netweave.event_type", attempt.event_type}};
  if (receipt.status != 0) span.attributes.emplace_back("http.response.status_code", receipt.status);
  if (receipt.status / 100 != 2) {
    span.failed = true;
    span.error = receipt.error;
    span.attributes.emplace_back("error.type",
                                 receipt.status != 0 ? std::to_string(receipt.status) : std::string("unreachable"));
  }
  context_.tracer->end(std::move(span));
}

/// Of what was sent first, and of what was sent again.
void Delivery::succeeded(Subscriber& subscriber) {
  ++counts_.delivered;
  subscriber.status.last_success_at = now();
  subscriber.status.consecutive_failures = 0;
  subscriber.failing_since = 0;
  subscriber.dead_in_row = 0;
}

void Delivery::accepted(Subscriber& subscriber) {
  if (context_.latency) context_.latency(static_cast<double>(now() - subscriber.queue.front().entry.time) / 1000.0);
  advance(subscriber);
}

/// The next one's turn.
void Delivery::advance(Subscriber& subscriber) {
  subscriber.done = subscriber.queue.front().entry.revision;
  if (subscriber.queue.front().type == nullptr) subscriber.owed.clear();
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
  if (subscriber.failing_since == 0) subscriber.failing_since = present;
  keep(subscriber);
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
    keep(subscriber);
    wait(subscriber, backoff(subscriber.attempts, std::nullopt));
    return;
  }
  ++counts_.dead;
  Notice told = notice(subscriber);
  DeadLetter letter{notification_id(told.subscription_id, told.entry->revision),
                    told.sequence,
                    std::string(told.event_type),
                    status,
                    subscriber.status.last_error,
                    subscriber.attempts,
                    now()};
  letter.body = make_body(told, letter.notification_id);
  bury(subscriber, letter);
  if (context_.gave_up) context_.gave_up(subscriber.id, letter.reason);
  ++subscriber.dead_in_row;
  subscriber.status.consecutive_failures = 0;
  advance(subscriber);
  if (subscriber.dead_in_row >= max_dead_in_row) suspend(subscriber, "its callback refused too many in a row");
}

void Delivery::bury(Subscriber& subscriber, const DeadLetter& letter) {
  keeper_.bury(dead_letters_of(subscriber.id), to_record(letter), letter.failed_at,
               shares_[share_of(subscriber.id)].fence);
  subscriber.status.dead_letters = std::min<std::uint64_t>(subscriber.status.dead_letters + 1, max_records);
}

void Delivery::suspend(Subscriber& subscriber, std::string_view reason) {
  context_.log.warn("a subscription is suspended", {{"subscription", subscriber.id}, {"reason", std::string(reason)}});
  if (context_.gave_up) context_.gave_up(subscriber.id, "suspended: " + std::string(reason));
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

milliseconds Delivery::backoff(std::uint64_t failures, std::optional<milliseconds> at_least) {
  return spread(backoff_ceiling(context_.config, failures), random_(), at_least, context_.config.max_backoff);
}

void Delivery::keep(Subscriber& subscriber) {
  subscriber.kept = subscriber.settled(read_);
  subscriber.kept_pending = subscriber.queue.size();
  subscriber.kept_lagging = subscriber.lagging;
  keeper_.keep({reader_name(subscriber.id), subscriber.kept, subscriber.sequence, subscriber.state_text()},
               shares_[share_of(subscriber.id)].fence);
}

}  // namespace netweave::events
