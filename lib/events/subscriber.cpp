#include "events/subscriber.hpp"

#include <algorithm>

#include "model/fields.hpp"

namespace netweave::events {

std::string_view to_string(DeliveryState state) noexcept {
  switch (state) {
    case DeliveryState::suspended:
      return "suspended";
    case DeliveryState::lagging:
      return "lagging";
    default:
      return "active";
  }
}

const Filter& Subscriber::filter_at(store::Revision at) const noexcept {
  auto place = std::find_if(filters.rbegin(), filters.rend(), [&](const FilterVersion& v) { return v.since < at; });
  return place == filters.rend() ? filters.front().filter : place->filter;
}

void Subscriber::add_filter(store::Revision since, Filter filter) {
  if (filters.empty() || !(filters.back().filter == filter)) filters.push_back({since, std::move(filter)});
}

void Subscriber::drop_filters(store::Revision upto) {
  while (filters.size() > 1 && filters[1].since <= upto) filters.erase(filters.begin());
}

bool Subscriber::wants(const Candidate& candidate) const {
  return filter_at(candidate.entry().revision).matches(candidate);
}

void Subscriber::take(const store::Entry& entry, const EventType* type) {
  if (queue.size() < max_queued) {
    queue.push_back({entry, type});
  } else {
    lagging = true;
    cursor = queue.back().entry.revision;
  }
}

store::Revision Subscriber::settled(store::Revision upto) const noexcept {
  if (!queue.empty()) return std::max(done, queue.front().entry.revision - 1);
  return std::max(done, lagging ? cursor : std::max(matched, upto));
}

std::string Subscriber::state_text() const {
  Value json = Value::object();
  json.add("epoch", epoch);
  if (suspended) json.add("state", to_string(DeliveryState::suspended));
  if (failing_since != 0) json.add("failingSince", failing_since);
  if (status.dead_letters != 0) json.add("deadLetters", static_cast<std::int64_t>(status.dead_letters));
  if (dead_in_row != 0) json.add("deadInRow", static_cast<std::int64_t>(dead_in_row));
  if (suspended) json.add("lastError", status.last_error);
  return json.to_json();
}

void Subscriber::read_state(std::string_view text) {
  auto json = Value::parse(text);
  if (!json) return;  // none was written
  if (auto known = json->at("epoch").as_text(); !known.empty()) epoch = known;
  suspended = json->at("state").as_text() == to_string(DeliveryState::suspended);
  failing_since = json->at("failingSince").as_integer();
  dead_in_row = static_cast<unsigned>(json->at("deadInRow").as_integer());
  status.dead_letters = static_cast<std::uint64_t>(json->at("deadLetters").as_integer());
  status.last_error = json->at("lastError").as_text();
}

std::string reader_name(std::string_view subscription_id) { return "subscription/" + std::string(subscription_id); }
std::string dead_letters_of(std::string_view subscription_id) { return "deadletters/" + std::string(subscription_id); }

Subscription read_subscription(const model::Object& object) {
  return model::from_json<Subscription>(model::subscription_table(), object.json());
}

std::unique_ptr<Subscriber> make_subscriber(const model::Object& object, Webhook webhook) {
  Subscription subscription = read_subscription(object);
  auto made = std::make_unique<Subscriber>();
  made->id = object.id();
  made->revision = object.revision();
  made->callback = subscription.callback;
  made->consumer_id = subscription.consumer_subscription_id;
  made->add_filter(0, make_filter(subscription, webhook.api));
  made->webhook = std::move(webhook);
  return made;
}

}  // namespace netweave::events
