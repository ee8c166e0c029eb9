#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "events/webhook.hpp"
#include "state/writer.hpp"

/// What is asked of a subscription's delivery while it runs. The gateway that answers a request is seldom the one that
/// delivers, so a wish goes through the log, as a change of the subscription's webhook object: whoever delivers reads
/// it there, now or after a crash. Each of these is a part of a transaction; errors: `not_found`, no such subscription.
namespace netweave::events {

/// A suspension ends: it goes on after `after`, or from where it stopped.
Result<void> ask_resume(state::Transaction& transaction, std::string_view id, std::optional<model::Revision> after);

/// Dead letters are sent again: those of the notifications `ids`, or all where it is empty. What was asked for before
/// and is not done yet stays asked for.
Result<void> ask_redelivery(state::Transaction& transaction, std::string_view id, const std::vector<std::string>& ids);
/// That is done; a later wish stays.
Result<void> end_redelivery(state::Transaction& transaction, std::string_view id, std::uint64_t number);

/// The secret's successor signs from now on, and it itself until `until` too. A predecessor's predecessor signs no
/// more. Needs no key for what it replaces: a secret that can't be unsealed any more can be replaced.
Result<void> rotate_secret(state::Transaction& transaction, std::string_view id, std::string_view secret,
                           std::string_view key, Millis until);

}  // namespace netweave::events
