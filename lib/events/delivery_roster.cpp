#include <algorithm>
#include <utility>

#include "events/delivery.hpp"

/// How subscriptions come, change and go.
namespace netweave::events {
namespace {

constexpr std::size_t entries_at_once = 1024;
/// Who is further behind than this at the start reads the log alone, so that the others don't wait for it.
constexpr store::Revision far_behind = 10000;

}  // namespace

/// The subscriptions of some shares, from the state and the positions. False: the positions can't be read now.
bool Delivery::load(const state::Snapshot& snapshot, const std::set<unsigned>& taken) {
  auto stored = context_.store.positions().load();
  if (!stored) {
    context_.log.warn("positions can't be read", {{"error", stored.error().message}});
    return false;
  }
  std::map<std::string, store::Position> positions;
  for (store::Position& position : *stored) {
    if (!position.reader.starts_with(reader_name(""))) continue;
    std::string id = position.reader.substr(reader_name("").size());
    if (!taken.contains(share_of(id))) continue;
    position.revision = std::min(position.revision, snapshot.revision());  // of a log that went backwards
    if (snapshot.find(Kind::subscription, id) == nullptr)
      keeper_.forget(position.reader, dead_letters_of(id));
    else
      positions[position.reader] = std::move(position);
  }
  std::vector<Subscriber*> ours;
  for (auto cursor = snapshot.table(Kind::subscription).begin(); cursor.valid(); cursor.next()) {
    if (!taken.contains(share_of(cursor->id()))) continue;
    if (Subscriber* subscriber = admit(*cursor)) ours.push_back(subscriber);
  }
  for (Subscriber* subscriber : ours) {
    auto found = positions.find(reader_name(subscriber->id));
    place(*subscriber, found == positions.end() ? nullptr : &found->second);
  }
  rewind(ours);
  restore_filters(ours);
  for (Subscriber* subscriber : ours) keep(*subscriber);
  return true;
}

/// Where the subscriber goes on: from its position, else from its beginning.
void Delivery::place(Subscriber& subscriber, const store::Position* position) {
  std::string epoch = subscriber.epoch;
  if (position != nullptr) {
    subscriber.done = position->revision;
    subscriber.sequence = position->sequence;
    subscriber.read_state(position->state);
  }
  std::string former = std::exchange(subscriber.epoch, std::move(epoch));
  if (former != subscriber.epoch) {
    // one word for both: the history is another, and of it the log may hold only what is younger
    subscriber.owed = std::move(former);
    store::Revision from = std::max(subscriber.done, context_.store.log().oldest());
    resync(subscriber, from);
    subscriber.done = from;
  }
  bool alone = subscriber.suspended || subscriber.done + far_behind < seen_;
  subscriber.lagging = alone;
  subscriber.cursor = subscriber.done;
  if (alone && !subscriber.suspended) refills_.push_back(subscriber.id);
  asked_.push_back(subscriber.id);
}

/// Those who are not far behind are matched together: from where the last of them stands. The others, who have come
/// further, hear nothing twice.
void Delivery::rewind(const std::vector<Subscriber*>& taken) {
  store::Revision from = read_;
  for (const Subscriber* subscriber : taken)
    if (!subscriber->lagging) from = std::min(from, subscriber->done);
  if (from == read_) return;
  for (const auto& [id, subscriber] : roster_.all()) subscriber->matched = std::max(subscriber->matched, read_);
  for (Subscriber* subscriber : taken) subscriber->matched = 0;
  read_ = from;
}

/// A filter holds from its own revision on. For who has entries to hear from before its last change, the log says
/// what held then: the prior state of the first change after its position.
void Delivery::restore_filters(const std::vector<Subscriber*>& taken) {
  store::Revision at = seen_;
  Histories histories;
  for (Subscriber* subscriber : taken)
    if (subscriber->revision > subscriber->done) {
      histories[subscriber->id] = History();
      at = std::min(at, subscriber->done);
    }
  while (at < seen_ && !histories.empty()) {
    auto entries = context_.store.log().read(at, std::min<std::size_t>(entries_at_once, seen_ - at));
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

Subscriber* Delivery::admit(const model::Object& object) {
  auto snapshot = context_.state.snapshot();
  const model::Object* stored = snapshot->find(model::webhook, object.id());
  if (stored == nullptr) return nullptr;  // its entry follows, and admits it then
  auto webhook = read_webhook(*stored, context_.unseal);
  if (!webhook) {
    context_.log.error("a subscription's secret can't be unsealed: it is not delivered",
                       {{"subscription", std::string(object.id())}});
    return nullptr;
  }
  store::Revision begin = beginning_of(object, *stored);
  Subscriber& subscriber = roster_.add(make_subscriber(object, std::move(*webhook)));
  if (context_.tenants) subscriber.scope = tenancy::Scope(std::string(object.owner()));
  subscriber.epoch = snapshot->epoch();
  subscriber.done = subscriber.cursor = begin;
  subscriber.lagging = begin < read_;
  if (subscriber.lagging) refills_.push_back(subscriber.id);
  return &subscriber;
}

/// It has come just now.
void Delivery::begin(const model::Object& subscription) {
  if (Subscriber* subscriber = admit(subscription)) keep(*subscriber);
}

/// One whose secret could not be unsealed, and was replaced: it is no new one, but goes on where it was.
void Delivery::adopt(const model::Object& object) {
  auto position = context_.store.positions().find(reader_name(object.id()));
  Subscriber* subscriber = admit(object);
  if (subscriber == nullptr) return;
  if (!position || !*position) return keep(*subscriber);
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
  keeper_.forget(reader_name(id), dead_letters_of(id));
  drop(*subscriber);
}

}  // namespace netweave::events
