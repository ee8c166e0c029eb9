#include <algorithm>

#include "events/delivery.hpp"

/// How subscriptions come, change and go.
namespace netweave::events {
namespace {

constexpr std::size_t chunk = 1024;
/// Who is further behind than this at the start reads the log alone, so that the others don't wait for it.
constexpr store::Revision far_behind = 10000;

}  // namespace

/// From the state and the positions, as at a start. False: the positions can't be read now.
bool Delivery::load() {
  auto stored = context_.store.positions().load();
  if (!stored) {
    context_.log.warn("positions can't be read", {{"error", stored.error().message}});
    return false;
  }
  std::map<std::string, store::Position> positions;
  for (store::Position& position : *stored) {
    if (!position.reader.starts_with(reader_name(""))) continue;
    position.revision = std::min(position.revision, context_.store.log().head());  // of a log that went backwards
    positions[position.reader] = position;
  }
  auto snapshot = context_.state.snapshot();
  for (const auto& [token, id] : under_way_) courier_.cancel(token);
  under_way_.clear();
  roster_.clear();
  ready_.clear();
  refills_.clear();
  asked_.clear();
  timers_.clear();
  counts_.pending = 0;
  seen_ = read_ = snapshot->revision();
  for (auto cursor = snapshot->table(Kind::subscription).begin(); cursor.valid(); cursor.next()) admit(*cursor);
  for (const auto& [reader, position] : positions) {
    std::string id = reader.substr(reader_name("").size());
    if (snapshot->find(Kind::subscription, id) == nullptr) keeper_.forget(reader, dead_letters_of(id));
  }
  for (const auto& [id, subscriber] : roster_.all()) {
    auto found = positions.find(reader_name(id));
    place(*subscriber, found == positions.end() ? nullptr : &found->second);
  }
  restore_filters();
  for (const auto& [id, subscriber] : roster_.all()) keep(*subscriber);
  return true;
}

/// Where the subscriber goes on: from its position, else from its beginning.
void Delivery::place(Subscriber& subscriber, const store::Position* position) {
  if (position != nullptr) {
    subscriber.done = position->revision;
    subscriber.sequence = position->sequence;
    subscriber.read_state(position->state);
  }
  bool alone = subscriber.suspended || subscriber.done + far_behind < seen_;
  subscriber.lagging = alone;
  subscriber.cursor = subscriber.done;
  if (alone && !subscriber.suspended) refills_.push_back(subscriber.id);
  if (!alone) read_ = std::min(read_, subscriber.done);
  asked_.push_back(subscriber.id);
}

/// A filter holds from its own revision on. For who has entries to hear from before its last change, the log says
/// what held then: the prior state of the first change after its position.
void Delivery::restore_filters() {
  store::Revision at = seen_;
  Histories histories;
  for (const auto& [id, subscriber] : roster_.all())
    if (subscriber->revision > subscriber->done) {
      histories[id] = History();
      at = std::min(at, subscriber->done);
    }
  while (at < seen_ && !histories.empty()) {
    auto entries = context_.store.log().read(at, std::min<std::size_t>(chunk, seen_ - at));
    if (!entries || entries->empty()) break;  // trimmed: the present filter is all that is known
    at = entries->back().revision;
    for (const store::Entry& entry : *entries) {
      if (entry.subject().kind() != Kind::subscription) continue;
      auto place = histories.find(entry.subject().id());
      if (place == histories.end()) continue;
      Subscriber& subscriber = *roster_.find(place->first);
      if (entry.revision > subscriber.done) retrace(subscriber, place->second, entry);
    }
  }
  for (const auto& [id, history] : histories) roster_.file(*roster_.find(id));
}

void Delivery::retrace(Subscriber& subscriber, History& history, const store::Entry& entry) {
  std::string_view api = subscriber.webhook.api;
  if (!entry.object) {
    history.deleted = true;
  } else if (!entry.prior) {
    if (history.deleted) restart(subscriber, entry.revision);
    subscriber.filters = {{0, make_filter(read_subscription(*entry.object), api)}};
  } else {
    if (!history.met) subscriber.filters = {{0, make_filter(read_subscription(*entry.prior), api)}};
    subscriber.add_filter(entry.revision, make_filter(read_subscription(*entry.object), api));
  }
  history.met = true;
}

/// The position was that of a former subscription under this id: nothing of it holds for this one.
void Delivery::restart(Subscriber& subscriber, store::Revision creation) {
  subscriber.done = subscriber.cursor = subscriber.webhook.from.value_or(creation);
  subscriber.sequence = 0;
  subscriber.read_state("{}");
  subscriber.lagging = subscriber.done < read_;
  if (subscriber.lagging) refills_.push_back(subscriber.id);
}

void Delivery::admit(const model::Object& object) {
  auto snapshot = context_.state.snapshot();
  const model::Object* stored = snapshot->find(model::webhook, object.id());
  if (stored == nullptr) return;  // its entry follows, and admits it then
  auto webhook = read_webhook(*stored, context_.unseal);
  if (!webhook) {
    context_.log.error("a subscription's secret can't be unsealed: it is not delivered",
                       {{"subscription", std::string(object.id())}});
    return;
  }
  store::Revision begin = beginning_of(object, *stored);
  Subscriber& subscriber = roster_.add(make_subscriber(object, std::move(*webhook)));
  subscriber.done = subscriber.cursor = begin;
  subscriber.lagging = begin < read_;
  if (subscriber.lagging) refills_.push_back(subscriber.id);
  keep(subscriber);
}

/// One whose secret could not be unsealed, and was replaced: it is no new one, but goes on where it was.
void Delivery::adopt(const model::Object& object) {
  auto position = context_.store.positions().find(reader_name(object.id()));
  admit(object);
  Subscriber* subscriber = roster_.find(object.id());
  if (subscriber == nullptr || !position || !*position) return;
  subscriber->done = subscriber->cursor = (*position)->revision;
  subscriber->sequence = (*position)->sequence;
  subscriber->read_state((*position)->state);
  subscriber->lagging = true;
  refills_.push_back(subscriber->id);
  asked_.push_back(subscriber->id);
  keep(*subscriber);
}

void Delivery::update(Subscriber& subscriber, const store::Entry& entry) {
  Subscription subscription = read_subscription(*entry.object);
  subscriber.add_filter(entry.revision, make_filter(subscription, subscriber.webhook.api));
  roster_.file(subscriber);
  subscriber.revision = entry.revision;
  subscriber.consumer_id = subscription.consumer_subscription_id;
  if (subscriber.callback == subscription.callback) return;
  // another callback owes nothing to the failures of the former one
  subscriber.callback = subscription.callback;
  subscriber.attempts = 0;
  subscriber.failing_since = 0;
  subscriber.status.consecutive_failures = 0;
  subscriber.held = false;
  if (subscriber.ending) refills_.push_back(subscriber.id);
  subscriber.ending = false;
  offer(subscriber);
}

void Delivery::end(std::string_view id) {
  Subscriber* subscriber = roster_.find(id);
  if (subscriber == nullptr) return;
  if (subscriber->token != 0) {
    courier_.cancel(subscriber->token);
    under_way_.erase(subscriber->token);
  }
  counts_.pending -= subscriber->queue.size();
  keeper_.forget(reader_name(id), dead_letters_of(id));
  roster_.remove(id);
}

}  // namespace netweave::events
