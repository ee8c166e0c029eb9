#include "events/filter.hpp"

#include <algorithm>

namespace netweave::events {
namespace {

bool any_of(const std::vector<std::string>& named, std::string_view id) {
  return named.empty() || std::find(named.begin(), named.end(), id) != named.end();
}

Value labels_of(const model::ObjectRef& object) {
  if (!object) return {};
  auto json = Value::parse(object->json());
  return json ? json->at("extensions").at("labels") : Value();
}

bool has_labels(const Value& object, const Value& wanted) {
  const Value::Object& all = wanted.as_object();
  return std::all_of(all.begin(), all.end(), [&](const Value::Member& label) {
    const Value* found = object.find(label.first);
    return found != nullptr && *found == label.second;
  });
}

bool fits(const Filter& filter, const model::ObjectRef& object) {
  if (!object) return false;
  Ids ids = ids_of(*object);
  return any_of(filter.pools, ids.pool) && any_of(filter.types, ids.type) && any_of(filter.resources, ids.resource);
}

}  // namespace

Ids ids_of(const model::Object& object) noexcept {
  switch (object.kind()) {
    case Kind::resource:
      return {object.pool(), object.type(), object.id()};
    case Kind::resource_pool:
      return {object.id(), {}, {}};
    case Kind::resource_type:
      return {{}, object.id(), {}};
    default:
      return {};
  }
}

const Value& Candidate::labels_before() const {
  if (!before_) before_ = labels_of(entry_.prior);
  return *before_;
}

const Value& Candidate::labels_after() const {
  if (!after_) after_ = labels_of(entry_.object);
  return *after_;
}

bool Filter::matches(const Candidate& candidate) const {
  if ((events & candidate.type().bit) == 0) return false;
  const store::Entry& entry = candidate.entry();
  bool no_labels = labels.empty();
  if (fits(*this, entry.object) && (no_labels || has_labels(candidate.labels_after(), labels))) return true;
  return fits(*this, entry.prior) && (no_labels || has_labels(candidate.labels_before(), labels));
}

Filter make_filter(const Subscription& subscription, std::string_view api) {
  Filter filter;
  filter.pools = subscription.filter.resource_pool_id;
  filter.types = subscription.filter.resource_type_id;
  filter.resources = subscription.filter.resource_id;
  filter.labels = subscription.filter.labels;
  if (subscription.event_types.empty()) filter.events = default_events(api);
  for (const std::string& name : subscription.event_types)
    if (const EventType* type = find_event_type(name)) filter.events |= type->bit;
  return filter;
}

}  // namespace netweave::events
