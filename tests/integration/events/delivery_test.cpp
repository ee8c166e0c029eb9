#include <cstdio>

#include <doctest/doctest.h>
#include <openssl/hmac.h>

#include "receiver.hpp"
#include "world.hpp"

using namespace netweave;
using namespace netweave::testing;

namespace {

std::string hmac_by_openssl(const std::string& key, const std::string& text) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), reinterpret_cast<const unsigned char*>(text.data()),
       text.size(), digest, &size);
  std::string hex;
  for (unsigned i = 0; i < size; ++i) {
    char two[3];
    std::snprintf(two, sizeof two, "%02x", static_cast<unsigned>(digest[i]));
    hex += two;
  }
  return hex;
}

}  // namespace

TEST_CASE("a subscriber is told of a creation, with everything the contract names") {
  Receiver receiver;
  World world;
  world.subscribe(subscription_to(receiver.url("/hook?tenant=a")));
  model::Revision revision = world.put_resource("node-1");
  REQUIRE(receiver.wait_for(1));
  Received told = receiver.all().front();
  CHECK(told.method == "POST");
  CHECK(told.target == "/hook?tenant=a");
  CHECK(told.headers["content-type"] == "application/json");
  CHECK(told.headers["x-o2ims-event-type"] == "ResourceCreated");
  CHECK(told.headers["x-o2ims-subscription-id"] == "sub-1");
  CHECK(told.headers["x-o2ims-notification-id"] == text_of(told.body, "notificationId"));
  Value body = body_of(told.body);
  CHECK(body.at("subscriptionId").as_text() == "sub-1");
  CHECK(body.at("consumerSubscriptionId").as_text() == "consumer-of-sub-1");
  CHECK(body.at("eventType").as_text() == "ResourceCreated");
  CHECK(body.at("resource").at("resourceId").as_text() == "node-1");
  CHECK(body.find("priorState") == nullptr);
  CHECK(body.at("sequence").as_integer() == 1);
  auto entries = world.store().log().read(revision - 1, 1);
  CHECK(body.at("timestamp").as_text() == format_rfc3339(entries->front().time));
  CHECK(body.at("notificationId").as_text()[14] == '5');
}

TEST_CASE("an update and a deletion bring the state before") {
  Receiver receiver;
  World world;
  world.subscribe(subscription_to(receiver.url()));
  world.put_pool("pool-1", "before");
  world.put_pool("pool-1", "after");
  world.remove(Kind::resource_pool, "pool-1");
  REQUIRE(receiver.wait_for(3));
  auto told = receiver.all();
  Value updated = body_of(told[1].body);
  CHECK(updated.at("eventType").as_text() == "ResourcePoolUpdated");
  CHECK(updated.at("resourcePool").at("name").as_text() == "after");
  CHECK(updated.at("priorState").at("name").as_text() == "before");
  Value deleted = body_of(told[2].body);
  CHECK(deleted.at("eventType").as_text() == "ResourcePoolDeleted");
  CHECK(deleted.at("resourcePool").at("name").as_text() == "after");
  CHECK(deleted.at("sequence").as_integer() == 3);
}

TEST_CASE("a notification is signed with the subscription's own secret") {
  Receiver receiver;
  World world;
  SUBCASE("kept as it is") {}
  SUBCASE("kept sealed") { world.key = std::string(32, 'k'); }
  world.subscribe(subscription_to(receiver.url()));
  const auto* kept = world.state().snapshot()->find(model::webhook, "sub-1");
  CHECK((kept->json().find(world.secret("sub-1")) == std::string_view::npos) == !world.key.empty());
  world.put_resource("node-1");
  REQUIRE(receiver.wait_for(1));
  Received told = receiver.all().front();
  std::string expected = hmac_by_openssl(world.secret("sub-1"), told.headers["x-o2ims-timestamp"] + "." + told.body);
  CHECK(told.headers["x-o2ims-signature"] == "sha256=" + expected);
}

TEST_CASE("notifications of one subscription come in order, one at a time, on one connection") {
  Receiver receiver;
  World world;
  world.subscribe(subscription_to(receiver.url()));
  for (int i = 0; i < 300; ++i) world.put_resource("node-" + std::to_string(i));
  REQUIRE(receiver.wait_for(300));
  auto told = receiver.all();
  bool in_order = true;
  for (std::size_t i = 0; i < 300; ++i) {
    in_order = in_order && body_of(told[i].body).at("sequence").as_integer() == static_cast<std::int64_t>(i) + 1;
    in_order =
        in_order && body_of(told[i].body).at("resource").at("resourceId").as_text() == "node-" + std::to_string(i);
  }
  CHECK(in_order);
  CHECK(receiver.most_at_once() == 1);
  CHECK(receiver.connections() == 1);
}

TEST_CASE("more than memory holds for one subscription is read again from the log, in order") {
  std::atomic<bool> open{false};
  Receiver receiver([&](const Received&) { return Answer{open ? 204 : 503, "", "", false}; });
  World world;
  world.subscribe(subscription_to(receiver.url()));
  for (int i = 0; i < 900; ++i) world.put_resource("node-" + std::to_string(i));
  REQUIRE(eventually([&] { return world.status("sub-1").state == events::DeliveryState::lagging; }));
  CHECK(world.status("sub-1").pending <= 256);
  receiver.answer_with({});
  open = true;
  REQUIRE(eventually([&] { return world.delivery().counts().delivered == 900; }));
  std::int64_t sequence = 0;
  bool in_order = true;
  for (const Received& told : receiver.all()) {
    std::int64_t next = body_of(told.body).at("sequence").as_integer();
    in_order = in_order && (next == sequence || next == sequence + 1);
    sequence = next;
  }
  CHECK(in_order);
  CHECK(sequence == 900);
  CHECK(eventually([&] { return world.status("sub-1").state == events::DeliveryState::active; }));
}

TEST_CASE("a dead callback holds up nobody else") {
  Receiver dead([](const Received&) { return Answer{204, "", "", true}; });
  Receiver alive;
  World world;
  world.subscribe(subscription_to(dead.url(), "dead"));
  world.subscribe(subscription_to("http://127.0.0.1:1/", "refusing"));
  world.subscribe(subscription_to(alive.url(), "alive"));
  for (int i = 0; i < 50; ++i) world.put_resource("node-" + std::to_string(i));
  CHECK(alive.wait_for(50));
  CHECK(dead.all().size() == 1);
}

TEST_CASE("a new subscription begins after its creation, or where it asked to begin") {
  Receiver receiver;
  World world;
  model::Revision before = world.put_resource("node-1");
  world.put_resource("node-2");
  world.subscribe(subscription_to(receiver.url("/now"), "now"));
  world.subscribe(subscription_to(receiver.url("/replay"), "replay"), "v1", before);
  world.put_resource("node-3");
  REQUIRE(receiver.wait_for(3));
  std::map<std::string, std::vector<std::string>> heard;
  for (const Received& told : receiver.all())
    heard[told.target].emplace_back(body_of(told.body).at("resource").at("resourceId").as_text());
  CHECK(heard["/now"] == std::vector<std::string>{"node-3"});
  CHECK(heard["/replay"] == std::vector<std::string>{"node-2", "node-3"});
}

TEST_CASE("no more deliveries are under way at once than is allowed") {
  SubscriptionsConfig config = quick();
  config.max_concurrent = 3;
  Receiver receiver;
  World world(config);
  for (int i = 0; i < 40; ++i) world.subscribe(subscription_to(receiver.url(), "sub-" + std::to_string(i)));
  for (int i = 0; i < 5; ++i) world.put_resource("node-" + std::to_string(i));
  REQUIRE(receiver.wait_for(200));
  CHECK(receiver.most_at_once() <= 3);
  CHECK(receiver.connections() <= 6);
}

TEST_CASE("of thousands of subscriptions those that match are told, and all positions move along") {
  Receiver receiver;
  World world;
  for (int i = 0; i < 3000; ++i) {
    Subscription subscription = subscription_to(receiver.url(), "sub-" + std::to_string(i));
    subscription.filter.resource_id = {"node-" + std::to_string(i)};
    world.subscribe(subscription);
  }
  world.put_resource("node-7");
  model::Revision last = world.put_resource("node-2999");
  REQUIRE(eventually([&] { return world.delivery().counts().delivered == 2; }));
  world.stop_delivery();
  CHECK(receiver.all().size() == 2);
  CHECK(world.stored_position("sub-0") == last);
  CHECK(world.stored_position("sub-7") == last);
  world.start_delivery();
}
