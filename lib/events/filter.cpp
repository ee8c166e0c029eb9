#include "events/filter.hpp"

#include <algorithm>

#include "query/oran_filter.hpp"

namespace netweave::events {
namespace {

bool any_of(const std::vector<std::string>& named, std::string_view id) {
  return named.empty() || std::find(named.begin(), named.end(), id) != named.end();
}

Value parsed(const model::ObjectRef& object) {
  return object ? Value::parse(object->json()).value_or(Value()) : Value();
}

bool has_labels(const Value& object, const Value& wanted) {
  const Value& labels = object.at("extensions").at("labels");
  const Value::Object& all = wanted.as_object();
  return std::all_of(all.begin(), all.end(), [&](const Value::Member& label) {
    const Value* found = labels.find(label.first);
    return found != nullptr && *found == label.second;
  });
}

bool fits(const Filter& filter, const model::ObjectRef& object) {
  if (!object) return false;
  Ids ids = ids_of(*object);
  return any_of(filter.pools, ids.pool) && any_of(filter.types, ids.type) && any_of(filter.resources, ids.resource);
}

bool says(const Filter& filter, const Value& object) {
  const auto& conditions = filter.expression.conditions;
  return has_labels(object, filter.labels) &&
         std::all_of(conditions.begin(), conditions.end(),
                     [&](const query::Condition& condition) { return query::meets(condition, object); });
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

const Value& Candidate::before() const {
  if (!before_) before_ = parsed(entry_.prior);
  return *before_;
}

const Value& Candidate::after() const {
  if (!after_) after_ = parsed(entry_.object);
  return *after_;
}

bool Filter::matches(const Candidate& candidate) const {
  if ((events & candidate.type().bit) == 0) return false;
  const store::Entry& entry = candidate.entry();
  bool by_ids = labels.empty() && expression.conditions.empty();
  if (fits(*this, entry.object) && (by_ids || says(*this, candidate.after()))) return true;
  return fits(*this, entry.prior) && (by_ids || says(*this, candidate.before()));
}

Filter make_filter(const Subscription& subscription, std::string_view api) {
  Filter filter;
  filter.pools = subscription.filter.resource_pool_id;
  filter.types = subscription.filter.resource_type_id;
  filter.resources = subscription.filter.resource_id;
  filter.labels = subscription.filter.labels;
  filter.expression.text = subscription.filter.expression;
  std::vector<Fault> none;  // it was read when the subscription was made
  if (!filter.expression.text.empty())
    filter.expression.conditions = query::parse_oran_filter(filter.expression.text, none);
  if (subscription.event_types.empty()) filter.events = default_events(api);
  for (const std::string& name : subscription.event_types)
    if (const EventType* type = find_event_type(name)) filter.events |= type->bit;
  return filter;
}

}  // namespace netweave::events
