#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "netweave/value.hpp"

#include "base/time.hpp"
#include "model/kinds.hpp"
#include "model/object.hpp"

/// How a subscription is delivered: an object of kind model::webhook under the subscription's id, which no list shows.
/// Its JSON: {"secret": text, "sealed": bool, "api": "v1", "from": revision}; `from` where a replay was asked for, and
/// what requests.hpp adds.
namespace netweave::events {

/// A wish to end a suspension. Each has a number of its own, and is granted once.
struct ResumeRequest {
  std::uint64_t number = 0;              ///< 0: there is none
  std::optional<model::Revision> after;  ///< what was missed up to here is passed over; else on from where it stopped
};

/// A wish to have dead letters sent again; it stands until that is done.
struct RedeliveryRequest {
  std::uint64_t number = 0;      ///< 0: there is none
  std::vector<std::string> ids;  ///< notifications; empty: all
};

struct Webhook {
  std::string secret;                     ///< as the subscriber has it: base64 text, itself the HMAC's key
  std::string api;                        ///< the API version that the subscription was made under: "v1"
  std::optional<model::Revision> from{};  ///< begin after this one; else after the creation
  std::string former_secret{};            ///< signs too, until `former_until`; empty: there is none
  Millis former_until = 0;
  std::optional<model::Revision> since{};  ///< the revision of its creation, where it was changed since
  ResumeRequest resume{};
  RedeliveryRequest redelivery{};

  /// What signs at that time: the secret, and its predecessor for as long as that is good.
  [[nodiscard]] std::vector<std::string_view> secrets_at(Millis now) const;
};

/// What a stored secret was before it was sealed; nullopt: another key, or bytes that were changed. Any thread.
using Unseal = std::function<std::optional<std::string>(std::string_view sealed)>;
/// `key`: 32 bytes, or empty, where nothing is sealed.
Unseal unseal_with(std::string key);

/// A new secret: 32 random bytes in base64.
std::string make_secret();

/// A secret as it is kept: {"secret", "sealed"}. `key` as for `make_webhook`.
Value kept_secret(std::string_view secret, std::string_view key);

/// The object to commit together with the subscription. `key`: 32 bytes under which the secret is sealed
/// (AES-256-GCM), or empty.
model::Draft make_webhook(std::string_view subscription_id, const Webhook& webhook, std::string_view key);
/// nullopt: the secret can't be unsealed. A predecessor that can't be is passed over.
std::optional<Webhook> read_webhook(const model::Object& object, const Unseal& unseal);

/// Where a subscription begins: after this revision. `webhook` is its object of kind model::webhook, whose secret
/// need not be readable.
model::Revision beginning_of(const model::Object& subscription, const model::Object& webhook);

/// The `security` member of the answer to a creation: how a receiver checks a notification. Shown once.
Value security_object(std::string_view secret);

}  // namespace netweave::events
