#include "events/webhook.hpp"

#include <algorithm>

#include "base/crypto.hpp"
#include "events/notification.hpp"

namespace netweave::events {
namespace {

std::optional<std::string> plain_secret(const Value& kept, const Unseal& unseal) {
  std::string secret(kept.at("secret").as_text());
  if (!kept.at("sealed").as_bool()) return secret;
  auto sealed = crypto::from_base64(secret);
  return sealed && unseal ? unseal(*sealed) : std::nullopt;
}

std::optional<model::Revision> revision_in(const Value& json, std::string_view member) {
  const Value* found = json.find(member);
  return found == nullptr ? std::nullopt : std::optional(static_cast<model::Revision>(found->as_integer()));
}

}  // namespace

Unseal unseal_with(std::string key) {
  return [key = std::move(key)](std::string_view sealed) -> std::optional<std::string> {
    if (key.empty()) return std::nullopt;
    return crypto::open(key, sealed);
  };
}

std::string make_secret() { return crypto::to_base64(crypto::random_bytes(32)); }

Value kept_secret(std::string_view secret, std::string_view key) {
  Value json = Value::object();
  json.add("secret", key.empty() ? std::string(secret) : crypto::to_base64(crypto::seal(key, secret)));
  json.add("sealed", !key.empty());
  return json;
}

std::vector<std::string_view> Webhook::secrets_at(Millis now) const {
  std::vector<std::string_view> secrets = {secret};
  if (!former_secret.empty() && now < former_until) secrets.emplace_back(former_secret);
  return secrets;
}

model::Draft make_webhook(std::string_view subscription_id, const Webhook& webhook, std::string_view key) {
  Value json = kept_secret(webhook.secret, key);
  json.add("api", webhook.api);
  if (webhook.from) json.add("from", static_cast<std::int64_t>(*webhook.from));
  model::Draft draft;
  draft.kind = model::webhook;
  draft.id = subscription_id;
  draft.json = json.to_json();
  return draft;
}

std::optional<Webhook> read_webhook(const model::Object& object, const Unseal& unseal) {
  auto json = Value::parse(object.json());
  if (!json) return std::nullopt;
  auto secret = plain_secret(*json, unseal);
  if (!secret) return std::nullopt;
  Webhook webhook{std::move(*secret), std::string(json->at("api").as_text("v1")), revision_in(*json, "from")};
  webhook.since = revision_in(*json, "since");
  const Value& former = json->at("former");
  webhook.former_secret = plain_secret(former, unseal).value_or(std::string());
  webhook.former_until = former.at("until").as_integer();
  const Value& resume = json->at("resume");
  webhook.resume = {static_cast<std::uint64_t>(resume.at("number").as_integer()), revision_in(resume, "after")};
  const Value& redelivery = json->at("redelivery");
  webhook.redelivery.number = static_cast<std::uint64_t>(redelivery.at("number").as_integer());
  for (const Value& id : redelivery.at("ids").as_array()) webhook.redelivery.ids.emplace_back(id.as_text());
  return webhook;
}

/// Where it asked for, else after its creation: of that the webhook's commit is the witness where the subscription was
/// changed since, and `since` where the webhook was.
model::Revision beginning_of(const model::Object& subscription, const model::Object& webhook) {
  Value json = Value::parse(webhook.json()).value_or(Value());
  if (auto from = revision_in(json, "from")) return *from;
  return std::min(subscription.revision(), revision_in(json, "since").value_or(webhook.revision()));
}

Value security_object(std::string_view secret) {
  Value headers = Value::object();
  headers.add("signature", header_signature);
  headers.add("timestamp", header_timestamp);
  headers.add("eventType", header_event_type);
  Value security = Value::object();
  security.add("type", "hmac-sha256");
  security.add("secret", secret);
  security.add("headers", std::move(headers));
  security.add("algorithm", "HMAC-SHA256");
  security.add("encoding", "hex");
  security.add("payloadFormat", "{timestamp}.{body}");
  security.add("timestampTolerance", 300);
  return security;
}

}  // namespace netweave::events
