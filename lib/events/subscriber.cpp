#include "events/subscriber.hpp"

#include <algorithm>

#include "model/fields.hpp"

namespace netweave::events {

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
  Progress progress{status, failing_since, dead_in_row, resumed, owed.empty() ? epoch : owed};
  progress.status.state = state();
  progress.status.pending = queue.size();
  return progress_text(progress);
}

void Subscriber::read_state(std::string_view text) {
  Progress progress = read_progress(text);
  if (!progress.epoch.empty()) epoch = progress.epoch;
  suspended = progress.status.state == DeliveryState::suspended;
  failing_since = progress.failing_since;
  dead_in_row = progress.dead_in_row;
  resumed = progress.resumed;
  status = std::move(progress.status);
}

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
