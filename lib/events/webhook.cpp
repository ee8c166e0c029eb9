#include "events/webhook.hpp"

#include "base/crypto.hpp"
#include "events/notification.hpp"

namespace netweave::events {

Unseal unseal_with(std::string key) {
  return [key = std::move(key)](std::string_view sealed) -> std::optional<std::string> {
    if (key.empty()) return std::nullopt;
    return crypto::open(key, sealed);
  };
}

std::string make_secret() { return crypto::to_base64(crypto::random_bytes(32)); }

model::Draft make_webhook(std::string_view subscription_id, const Webhook& webhook, std::string_view key) {
  Value json = Value::object();
  json.add("secret", key.empty() ? webhook.secret : crypto::to_base64(crypto::seal(key, webhook.secret)));
  json.add("sealed", !key.empty());
  json.add("api", webhook.api);
  if (webhook.from != 0) json.add("from", static_cast<std::int64_t>(webhook.from));
  model::Draft draft;
  draft.kind = model::webhook;
  draft.id = subscription_id;
  draft.json = json.to_json();
  return draft;
}

std::optional<Webhook> read_webhook(const model::Object& object, const Unseal& unseal) {
  auto json = Value::parse(object.json());
  if (!json) return std::nullopt;
  Webhook webhook{std::string(json->at("secret").as_text()), std::string(json->at("api").as_text("v1")),
                  static_cast<model::Revision>(json->at("from").as_integer())};
  if (!json->at("sealed").as_bool()) return webhook;
  auto sealed = crypto::from_base64(webhook.secret);
  if (!sealed || !unseal) return std::nullopt;
  auto plain = unseal(*sealed);
  if (!plain) return std::nullopt;
  webhook.secret = std::move(*plain);
  return webhook;
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
