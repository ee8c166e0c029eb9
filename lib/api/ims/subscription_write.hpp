#pragma once

#include <string>

#include "api/call.hpp"
#include "api/ims/writing.hpp"

/// Writes of subscriptions, described once: the single writes and the entries of a batch are checked and staged here.
/// Three steps: prepare (any thread), check_callback (blocks), stage (inside a transaction).
namespace netweave::api::ims {

/// A write that was checked and is not committed.
struct SubscriptionWrite {
  netweave::ims::Operation operation = netweave::ims::Operation::create;
  Subscription wanted;       ///< of creations and updates
  std::string tenant;        ///< of creations: whose it will be
  NewWebhook webhook;        ///< of creations
  model::ObjectRef present;  ///< of updates and removals: what it was decided on
  bool conditional = false;  ///< it must be that still
  bool merge = false;        ///< of updates: `patch` is laid over what is there then
  Value patch;               ///< of updates; empty: it changes nothing
  model::ObjectRef made;     ///< staged; of an update that changes nothing, what is there
  std::string body;          ///< the answer; of a creation with the secret, which is shown this once
};

/// Each fills in `into`, or says why not: the body (400), the subscription (404), If-Match (412).
Refusal prepare_new_subscription(const Call& call, const Value& body, SubscriptionWrite& into);
Refusal prepare_subscription_update(const Call& call, const std::string& id, const Change& change,
                                    SubscriptionWrite& into);
Refusal prepare_subscription_removal(const Call& call, const std::string& id, const std::string* if_match,
                                     SubscriptionWrite& into);

/// Whether notifications may be sent where it says. Resolves the name: blocks.
Refusal check_callback(const Services& services, const SubscriptionWrite& write);

/// Stages it and fills in what is answered; may run again. Errors: `conflict` (the id is taken), `not_found`,
/// `precondition` (changed meanwhile).
Result<void> stage(const Call& call, state::Transaction& transaction, SubscriptionWrite& write);

}  // namespace netweave::api::ims
