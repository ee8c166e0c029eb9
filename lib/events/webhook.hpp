#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "netweave/value.hpp"

#include "model/kinds.hpp"
#include "model/object.hpp"

/// How a subscription is delivered: an object of kind model::webhook under the subscription's id, which no list shows.
/// Its JSON: {"secret": text, "sealed": bool, "api": "v1", "from": revision}; `from` where a replay was asked for.
namespace netweave::events {

struct Webhook {
  std::string secret;    ///< as the subscriber has it: the base64 text of 32 random bytes, itself the HMAC's key
  std::string api;       ///< the API version that the subscription was made under: "v1"
  model::Revision from;  ///< begin after this one; 0: after the creation
};

/// What a stored secret was before it was sealed; nullopt: another key, or bytes that were changed. Any thread.
using Unseal = std::function<std::optional<std::string>(std::string_view sealed)>;
/// `key`: 32 bytes, or empty, where nothing is sealed.
Unseal unseal_with(std::string key);

/// A new secret: 32 random bytes in base64.
std::string make_secret();

/// The object to commit together with the subscription. `key`: 32 bytes under which the secret is sealed
/// (AES-256-GCM), or empty.
model::Draft make_webhook(std::string_view subscription_id, const Webhook& webhook, std::string_view key);
/// nullopt: the secret can't be unsealed.
std::optional<Webhook> read_webhook(const model::Object& object, const Unseal& unseal);

/// The `security` member of the answer to a creation: how a receiver checks a notification. Shown once.
Value security_object(std::string_view secret);

}  // namespace netweave::events
