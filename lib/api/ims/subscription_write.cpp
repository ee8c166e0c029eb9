#include "api/ims/subscription_write.hpp"

#include <algorithm>
#include <array>

#include "api/collection.hpp"
#include "base/ids.hpp"
#include "events/reader.hpp"
#include "query/oran_filter.hpp"

namespace netweave::api::ims {
namespace {

using netweave::ims::Operation;

constexpr std::array<std::string_view, 2> subscription_optional = {"subscriptionId", "createdAt"};
constexpr std::array<std::string_view, 10> event_types = {
    "ResourceCreated",     "ResourceUpdated",         "ResourceDeleted",     "ResourcePoolCreated",
    "ResourcePoolUpdated", "ResourcePoolDeleted",     "ResourceTypeCreated", "ResourceTypeUpdated",
    "ResourceTypeDeleted", "DeploymentManagerUpdated"};

Refusal check_wishes(const Subscription& subscription) {
  std::vector<Fault> faults;
  for (std::size_t i = 0; i < subscription.event_types.size(); ++i)
    if (std::find(event_types.begin(), event_types.end(), subscription.event_types[i]) == event_types.end())
      faults.push_back({"eventTypes[" + std::to_string(i) + "]", "no such event type: " + subscription.event_types[i]});
  for (const Value::Member& label : subscription.filter.labels.as_object())
    if (!label.second.is_text()) faults.push_back({"filter.labels." + label.first, "must be a string"});
  std::vector<Fault> unread;
  if (!subscription.filter.expression.empty()) query::parse_oran_filter(subscription.filter.expression, unread);
  for (const Fault& fault : unread) faults.push_back({"filter.expression", fault.reason});
  if (faults.empty()) return {};
  return bad_request("the subscription is wrong", std::move(faults));
}

/// Where a replay begins: a place that the log still holds.
Refusal read_from_revision(const Call& call, const std::string& text, std::optional<model::Revision>& into) {
  if (text.empty()) return {};
  store::Log& entries = call.services.entries;
  auto position = events::read_position(entries, text);
  if (position) {
    into = *position;
    return {};
  }
  if (position.error().kind == ErrorKind::invalid)
    return bad_request("the subscription is wrong", {{"fromRevision", position.error().message}});
  Problem problem = gone("fromRevision: the log does not hold what came after " + text + "; the oldest one is " +
                         events::format_position(entries.epoch(), entries.oldest()));
  return problem;
}

model::Draft draft_of(const Subscription& subscription, std::string_view owner) {
  model::Draft draft;
  if (owner != model::default_tenant) draft.tenant = owner;
  draft.kind = Kind::subscription;
  draft.id = subscription.subscription_id;
  draft.json = model::to_json(model::subscription_table(), subscription);
  return draft;
}

/// What the change is of, in the newest state.
Refusal take_present(const Call& call, const std::string& id, const std::string* if_match, SubscriptionWrite& into) {
  into.present = find(call, Kind::subscription, id);
  if (!into.present) return absent(Kind::subscription, id);
  into.conditional = if_match != nullptr;
  return check_if_match(call.services, if_match, *into.present);
}

Result<void> stage_creation(const Call& call, state::Transaction& transaction, SubscriptionWrite& write) {
  Subscription& subscription = write.wanted;
  const std::string& id = subscription.subscription_id;
  if (transaction.get(Kind::subscription, id)) return make_error(ErrorKind::conflict, id + " is taken");
  subscription.created_at = subscription.updated_at = format_rfc3339(transaction.time());
  transaction.put(draft_of(subscription, write.tenant));
  model::Draft webhook;
  webhook.kind = model::webhook;
  webhook.id = id;
  webhook.json = write.webhook.json;
  transaction.put(webhook);
  write.made = transaction.get(Kind::subscription, id);
  write.body = shown_json(call, *write.made, ",\"security\":" + write.webhook.security.to_json());
  if (call.services.quotas == nullptr) return {};
  return call.services.quotas->check(transaction, Kind::subscription, write.made->owner());
}

/// A whole object replaces what is there; a patch is laid over it, whatever it is by then.
Subscription updated(const SubscriptionWrite& write, const model::Object& now) {
  if (!write.merge || now.revision() == write.present->revision()) return write.wanted;
  Value value = Value::parse(now.json()).value_or(Value::object());
  merge_patch(value, write.patch);
  Subscription wanted;
  std::vector<Fault> none;  // each member was read before
  model::read_fields(model::subscription_table(), value, &wanted, none);
  return wanted;
}

Result<void> stage_change(const Call& call, state::Transaction& transaction, SubscriptionWrite& write) {
  std::string id(write.present->id());
  model::ObjectRef now = transaction.get(Kind::subscription, id);
  if (!now) return make_error(ErrorKind::not_found, "the subscription " + id + " was deleted meanwhile");
  if (write.conditional && now->revision() != write.present->revision())
    return make_error(ErrorKind::precondition, id + " was changed meanwhile: read it again");
  if (write.operation == Operation::remove) {
    transaction.remove(Kind::subscription, id);
    transaction.remove(model::webhook, id);
    return {};
  }
  Subscription wanted = updated(write, *now);
  wanted.updated_at = format_rfc3339(transaction.time());
  transaction.put(draft_of(wanted, now->owner()));
  write.made = transaction.get(Kind::subscription, id);
  write.body = shown_json(call, *write.made);
  return {};
}

}  // namespace

Refusal prepare_new_subscription(const Call& call, const Value& body, SubscriptionWrite& into) {
  into.operation = Operation::create;
  auto refusal = read_new(call, model::subscription_table(), subscription_optional, body, into.wanted);
  if (!refusal) refusal = check_wishes(into.wanted);
  if (refusal) return refusal;
  into.tenant = tenant_of_new(call, body);
  if (into.wanted.subscription_id.empty()) into.wanted.subscription_id = make_uuid();
  std::optional<model::Revision> from;
  if ((refusal = read_from_revision(call, into.wanted.from_revision, from))) return refusal;
  into.webhook = call.services.make_webhook(call.version, from);
  return {};
}

Refusal prepare_subscription_update(const Call& call, const std::string& id, const Change& change,
                                    SubscriptionWrite& into) {
  into.operation = Operation::update;
  into.merge = change.merge;
  auto refusal = take_present(call, id, change.if_match, into);
  if (!refusal)
    refusal = read_update(call, model::subscription_table(), *into.present, change, into.wanted, into.patch);
  if (!refusal) refusal = check_wishes(into.wanted);
  if (refusal || !into.patch.empty()) return refusal;
  into.made = into.present;
  into.body = shown_json(call, *into.made);
  return {};
}

Refusal prepare_subscription_removal(const Call& call, const std::string& id, const std::string* if_match,
                                     SubscriptionWrite& into) {
  into.operation = Operation::remove;
  return take_present(call, id, if_match, into);
}

Refusal check_callback(const Services& services, const SubscriptionWrite& write) {
  auto fine = services.check_callback(write.wanted.callback);
  if (fine) return {};
  Problem problem = to_problem(fine.error());
  if (problem.status == 400 && problem.faults.empty()) problem.faults.push_back({"callback", fine.error().message});
  return problem;
}

Result<void> stage(const Call& call, state::Transaction& transaction, SubscriptionWrite& write) {
  if (write.operation == Operation::create) return stage_creation(call, transaction, write);
  bool changes_nothing = write.operation == Operation::update && write.patch.empty();
  return changes_nothing ? Result<void>() : stage_change(call, transaction, write);
}

}  // namespace netweave::api::ims
