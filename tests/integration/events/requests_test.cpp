#include "events/requests.hpp"

#include <algorithm>

#include <doctest/doctest.h>

#include "base/crypto.hpp"
#include "receiver.hpp"
#include "world.hpp"

using namespace netweave;
using namespace netweave::testing;

namespace {

constexpr int refusing = 400;

std::string resource_in(const std::string& body) {
  return std::string(body_of(body).at("resource").at("resourceId").as_text());
}

SubscriptionsConfig one_attempt() {
  SubscriptionsConfig config = quick();
  config.max_attempts = 1;
  return config;
}

std::string signature_of(const Received& told, const std::string& secret) {
  std::string text = told.headers.at("x-o2ims-timestamp") + "." + told.body;
  return "sha256=" + crypto::to_hex(crypto::hmac_sha256(secret, text));
}

/// Refuses the resources that are in it, as long as they are.
class Picky {
 public:
  explicit Picky(ResourceIds refused) : refused_(std::move(refused)) {}
  Answer operator()(const Received& told) {
    std::lock_guard lock(mutex_);
    bool is_refused = std::find(refused_.begin(), refused_.end(), resource_in(told.body)) != refused_.end();
    return {is_refused ? refusing : 204, "", "", false};
  }
  void refuse(ResourceIds refused) {
    std::lock_guard lock(mutex_);
    refused_ = std::move(refused);
  }

 private:
  std::mutex mutex_;
  ResourceIds refused_;
};

}  // namespace

TEST_CASE("dead letters are sent again as they were, oldest first, and leave when they are accepted") {
  Picky picky({"a", "b"});
  Receiver receiver([&](const Received& told) { return picky(told); });
  World world(one_attempt());
  world.subscribe(subscription_to(receiver.url()));
  for (const char* id : {"a", "b", "c"}) world.put_resource(id);
  REQUIRE(eventually([&] { return world.dead_letters("sub-1").size() == 2; }));
  Value letter = body_of(world.dead_letters("sub-1").front());
  CHECK(letter.at("notificationId").as_text() == letter.at("notification").at("notificationId").as_text());
  CHECK(letter.at("sequence").as_integer() == 1);
  CHECK(letter.at("eventType").as_text() == "ResourceCreated");
  CHECK(letter.at("reason").as_text() == "the callback answered 400");
  picky.refuse({});
  world.redeliver("sub-1");
  REQUIRE(receiver.wait_for(5));
  CHECK(resources_in(receiver) == ResourceIds{"a", "b", "c", "a", "b"});
  auto told = receiver.all();
  CHECK(told[3].body == told[0].body);
  CHECK(told[4].body == told[1].body);
  CHECK(told[3].headers.at("x-o2ims-notification-id") == told[0].headers.at("x-o2ims-notification-id"));
  CHECK(told[3].headers.at("x-o2ims-event-type") == "ResourceCreated");
  CHECK(told[3].headers.at("x-o2ims-signature") == signature_of(told[3], world.secret("sub-1")));
  CHECK(eventually([&] { return world.dead_letters("sub-1").empty(); }));
  CHECK(eventually([&] { return world.status("sub-1").dead_letters == 0; }));
  // and the wish is taken out of the log, so that no restart fulfils it once more
  CHECK(eventually([&] {
    auto snapshot = world.state().snapshot();
    return body_of(std::string(snapshot->find(model::webhook, "sub-1")->json())).find("redelivery") == nullptr;
  }));
}

TEST_CASE("of dead letters the named ones are sent again; one that is refused again stays") {
  Picky picky({"a", "b", "c"});
  Receiver receiver([&](const Received& told) { return picky(told); });
  World world(one_attempt());
  world.subscribe(subscription_to(receiver.url()));
  for (const char* id : {"a", "b", "c"}) world.put_resource(id);
  REQUIRE(eventually([&] { return world.dead_letters("sub-1").size() == 3; }));
  ResourceIds ids;
  for (const std::string& letter : world.dead_letters("sub-1")) ids.push_back(text_of(letter, "notificationId"));
  picky.refuse({"a"});
  world.redeliver("sub-1", {ids[2], ids[0]});
  REQUIRE(receiver.wait_for(5));
  CHECK(resources_in(receiver) == ResourceIds{"a", "b", "c", "a", "c"});
  REQUIRE(eventually([&] { return world.dead_letters("sub-1").size() == 2; }));
  Value still = body_of(world.dead_letters("sub-1").front());
  CHECK(still.at("notificationId").as_text() == ids[0]);
  CHECK(still.at("attempts").as_integer() == 2);
  CHECK(world.status("sub-1").dead_letters == 2);
}

TEST_CASE("what is sent again goes before what waits, and is held like it while the callback is away") {
  Picky picky({"a"});
  Receiver receiver([&](const Received& told) { return picky(told); });
  World world(one_attempt());
  world.subscribe(subscription_to(receiver.url()));
  world.put_resource("a");
  REQUIRE(eventually([&] { return world.dead_letters("sub-1").size() == 1; }));
  receiver.answer_with([](const Received&) { return Answer{503, "", "", false}; });
  world.put_resource("b");
  REQUIRE(receiver.wait_for(3));
  world.redeliver("sub-1");
  REQUIRE(eventually([&] { return resources_in(receiver).back() == "a"; }));
  std::size_t before = receiver.all().size();
  receiver.answer_with({});
  REQUIRE(eventually([&] { return world.delivery().counts().delivered == 2; }));
  auto ids = resources_in(receiver);
  CHECK(ResourceIds(ids.end() - 2, ids.end()) == ResourceIds{"a", "b"});
  CHECK(ids.size() >= before + 1);
  CHECK(eventually([&] { return world.dead_letters("sub-1").empty(); }));
}

TEST_CASE("a wish survives a kill: redelivery goes on, and nothing is lost") {
  Picky picky({"a", "b", "c"});
  Receiver receiver([&](const Received& told) { return picky(told); });
  World world(one_attempt());
  world.subscribe(subscription_to(receiver.url()));
  for (const char* id : {"a", "b", "c"}) world.put_resource(id);
  REQUIRE(eventually([&] { return world.dead_letters("sub-1").size() == 3; }));
  SUBCASE("asked for while nobody delivers") {
    world.stop_delivery();
    world.redeliver("sub-1");
  }
  SUBCASE("in the middle of it") {
    receiver.answer_with([](const Received& told) { return Answer{204, "", "", resource_in(told.body) == "b"}; });
    world.redeliver("sub-1");
    REQUIRE(receiver.wait_for(5));
    world.kill_delivery();
  }
  receiver.answer_with({});
  world.start_delivery();
  REQUIRE(eventually([&] { return resources_in(receiver).back() == "c" && receiver.all().size() > 5; }));
  CHECK(eventually([&] { return world.dead_letters("sub-1").empty(); }));
  CHECK(eventually([&] { return world.status("sub-1").dead_letters == 0; }));
}

TEST_CASE("of a suspended subscription dead letters wait for its end") {
  Receiver receiver([](const Received&) { return Answer{refusing, "", "", false}; });
  World world(one_attempt());
  world.subscribe(subscription_to(receiver.url()));
  for (int i = 0; i < 11; ++i) world.put_resource("node-" + std::to_string(i));
  REQUIRE(eventually([&] { return world.status("sub-1").state == events::DeliveryState::suspended; }));
  receiver.answer_with({});
  world.redeliver("sub-1");
  world.resume("sub-1", false);
  REQUIRE(receiver.wait_for(21));
  auto ids = resources_in(receiver);
  CHECK(ids[10] == "node-0");
  CHECK(ids[19] == "node-9");
  CHECK(ids[20] == "node-10");
}

TEST_CASE("a resume that was asked for while nobody delivers is granted at the start, once") {
  std::atomic<bool> open{false};
  Receiver receiver([&](const Received&) { return Answer{open ? 204 : refusing, "", "", false}; });
  World world(one_attempt());
  world.subscribe(subscription_to(receiver.url()));
  for (int i = 0; i < 11; ++i) world.put_resource("node-" + std::to_string(i));
  REQUIRE(eventually([&] { return world.status("sub-1").state == events::DeliveryState::suspended; }));
  world.stop_delivery();
  world.resume("sub-1", false);
  open = true;
  world.start_delivery();
  REQUIRE(receiver.wait_for(11));
  CHECK(resources_in(receiver)[10] == "node-10");
  open = false;
  for (int i = 11; i < 22; ++i) world.put_resource("node-" + std::to_string(i));
  REQUIRE(eventually([&] { return world.status("sub-1").state == events::DeliveryState::suspended; }));
  world.stop_delivery();
  world.start_delivery();
  REQUIRE(eventually([&] { return world.delivery().status("sub-1").has_value(); }));
  world.put_resource("marker");
  CHECK(eventually([&] { return world.stored_position("sub-1") > 0; }));
  CHECK(world.status("sub-1").state == events::DeliveryState::suspended);
}

TEST_CASE("one that was suspended for longer than the log holds is told so when it is resumed") {
  Receiver receiver([](const Received&) { return Answer{refusing, "", "", false}; });
  World world(one_attempt());
  world.subscribe(subscription_to(receiver.url()));
  for (int i = 0; i < 10; ++i) world.put_resource("node-" + std::to_string(i));
  REQUIRE(eventually([&] { return world.status("sub-1").state == events::DeliveryState::suspended; }));
  // it does not keep the log from being trimmed
  CHECK(eventually([&] {
    return *events::slowest_position(world.store().positions(), *world.state().snapshot()) == world.state().revision();
  }));
  model::Revision lost = world.put_resource("lost");
  REQUIRE(world.store().log().trim(lost));
  receiver.answer_with({});
  world.resume("sub-1", false);
  world.put_resource("held");
  REQUIRE(receiver.wait_for(12));
  auto told = receiver.all();
  CHECK(told[10].headers.at("x-o2ims-event-type") == "Resync");
  CHECK(resource_in(told[11].body) == "held");
  REQUIRE(eventually([&] { return world.dead_letters("sub-1").size() == 11; }));
  Value letter = body_of(world.dead_letters("sub-1").back());
  CHECK(letter.at("eventType").as_text() == "Resync");
  CHECK(letter.at("notification") == body_of(told[10].body));
}

TEST_CASE("after a rotation both secrets sign until the former one's time is over, across a restart too") {
  Receiver receiver;
  World world;
  world.key = std::string(32, 'k');
  world.subscribe(subscription_to(receiver.url()));
  std::string former = world.rotate("sub-1", std::chrono::hours(1));
  auto kept = std::string(world.state().snapshot()->find(model::webhook, "sub-1")->json());
  CHECK(kept.find(former) == std::string::npos);
  CHECK(kept.find(world.secret("sub-1")) == std::string::npos);
  world.put_resource("node-1");
  REQUIRE(receiver.wait_for(1));
  auto both = [&](const Received& told) {
    return signature_of(told, world.secret("sub-1")) + "," + signature_of(told, former);
  };
  CHECK(receiver.all()[0].headers.at("x-o2ims-signature") == both(receiver.all()[0]));
  world.stop_delivery();
  world.start_delivery();
  world.put_resource("node-2");
  REQUIRE(receiver.wait_for(2));
  CHECK(receiver.all()[1].headers.at("x-o2ims-signature") == both(receiver.all()[1]));
  world.clock_offset = std::chrono::milliseconds(std::chrono::hours(2)).count();
  world.put_resource("node-3");
  REQUIRE(receiver.wait_for(3));
  Received last = receiver.all()[2];
  CHECK(last.headers.at("x-o2ims-signature") == signature_of(last, world.secret("sub-1")));
}

TEST_CASE("without a grace time the new secret alone signs") {
  Receiver receiver;
  World world;
  world.subscribe(subscription_to(receiver.url()));
  world.rotate("sub-1", std::chrono::milliseconds(0));
  world.put_resource("node-1");
  REQUIRE(receiver.wait_for(1));
  Received told = receiver.all()[0];
  CHECK(told.headers.at("x-o2ims-signature") == signature_of(told, world.secret("sub-1")));
}

TEST_CASE("a subscription whose secret can't be unsealed goes on where it was once it has another") {
  Receiver receiver;
  World world;
  world.key = std::string(32, 'k');
  world.subscribe(subscription_to(receiver.url()));
  world.put_resource("node-1");
  REQUIRE(eventually([&] { return world.delivery().counts().delivered == 1; }));
  world.stop_delivery();
  world.key = std::string(32, 'x');
  world.start_delivery();
  world.put_resource("node-2");
  world.rotate("sub-1", std::chrono::hours(1));
  REQUIRE(receiver.wait_for(2));
  Received told = receiver.all()[1];
  CHECK(resource_in(told.body) == "node-2");
  CHECK(body_of(told.body).at("sequence").as_integer() == 2);
  CHECK(told.headers.at("x-o2ims-signature") == signature_of(told, world.secret("sub-1")));
}

TEST_CASE("any gateway reads from the store how a delivery goes") {
  Receiver receiver([](const Received&) { return Answer{503, "", "", false}; });
  SubscriptionsConfig config = quick();
  config.backoff = config.max_backoff = std::chrono::hours(1);
  World world(config);
  world.subscribe(subscription_to(receiver.url()));
  for (int i = 0; i < 3; ++i) world.put_resource("node-" + std::to_string(i));
  auto stored = [&] { return *events::stored_status(world.store().positions(), "sub-1"); };
  REQUIRE(eventually([&] { return stored().pending == 3 && stored().consecutive_failures == 1; }));
  CHECK(stored().last_error == "the callback answered 503");
  CHECK(stored().last_failure_at > 0);
  CHECK(stored().last_success_at == 0);
  Value shown = events::status_json(stored(), world.store().log(), to_millis(std::chrono::system_clock::now()));
  CHECK(shown.at("lagRevisions").as_integer() == 3);
  CHECK(shown.at("lagSeconds").as_number() >= 0);
  receiver.answer_with({});
  world.resume("sub-1", false);  // one that is not suspended goes on as it was
  world.redeliver("sub-1");      // who asks for anything need not wait for the next attempt
  REQUIRE(eventually([&] { return stored().pending == 0 && stored().last_success_at > 0; }));
  shown = events::status_json(stored(), world.store().log(), to_millis(std::chrono::system_clock::now()));
  CHECK(shown.at("lagRevisions").as_integer() == 0);
  CHECK(shown.at("state").as_text() == "active");
}
