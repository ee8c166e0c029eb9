#include "events/webhook.hpp"

#include <doctest/doctest.h>

#include "base/crypto.hpp"
#include "events/notification.hpp"

using namespace netweave;
using namespace netweave::events;

TEST_CASE("a secret is 32 random bytes in base64") {
  std::string secret = make_secret();
  CHECK(crypto::from_base64(secret)->size() == 32);
  CHECK(secret != make_secret());
}

TEST_CASE("a webhook object reads back what it was made from") {
  Webhook webhook{make_secret(), "v2", 17};
  for (const std::string& key : {std::string(), std::string(32, 'k')}) {
    auto object = model::Object::make(make_webhook("sub-1", webhook, key));
    CHECK(object->kind() == model::webhook);
    CHECK(object->id() == "sub-1");
    auto read = read_webhook(*object, unseal_with(key));
    REQUIRE(read.has_value());
    CHECK(read->secret == webhook.secret);
    CHECK(read->api == "v2");
    CHECK(read->from == 17);
  }
}

TEST_CASE("a sealed secret is not to be read without its key, nor with another") {
  auto object = model::Object::make(make_webhook("sub-1", {make_secret(), "v1"}, std::string(32, 'k')));
  CHECK_FALSE(read_webhook(*object, unseal_with(std::string(32, 'x'))).has_value());
  CHECK_FALSE(read_webhook(*object, unseal_with("")).has_value());
  CHECK_FALSE(read_webhook(*object, {}).has_value());
}

TEST_CASE("the security object says how a notification is checked") {
  Value security = security_object("the secret");
  CHECK(security.at("type").as_text() == "hmac-sha256");
  CHECK(security.at("secret").as_text() == "the secret");
  CHECK(security.at("headers").at("signature").as_text() == "X-O2IMS-Signature");
  CHECK(security.at("headers").at("timestamp").as_text() == "X-O2IMS-Timestamp");
  CHECK(security.at("headers").at("eventType").as_text() == "X-O2IMS-Event-Type");
  CHECK(security.at("payloadFormat").as_text() == "{timestamp}.{body}");
}

TEST_CASE("a notification's id is its subscription's and revision's alone") {
  CHECK(notification_id("a", 1) == notification_id("a", 1));
  CHECK(notification_id("a", 1) != notification_id("a", 2));
  CHECK(notification_id("a", 1) != notification_id("b", 1));
  CHECK(notification_id("a/1", 1) != notification_id("a", 11));
}
