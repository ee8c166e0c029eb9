#include <doctest/doctest.h>

#include "receiver.hpp"
#include "world.hpp"

using namespace netweave;
using namespace netweave::testing;

namespace {

/// Answers so the first `count` times, with 204 from then on.
Receiver::Script first(int count, Answer answer) {
  return [count, answer, seen = std::make_shared<std::atomic<int>>(0)](const Received&) {
    return (*seen)++ < count ? answer : Answer();
  };
}

}  // namespace

TEST_CASE("a callback that can't take it now is sent the same again until it does") {
  for (int status : {408, 425, 429, 500, 503}) {
    CAPTURE(status);
    Receiver receiver(first(3, {status, "", "", false}));
    World world;
    world.subscribe(subscription_to(receiver.url()));
    world.put_resource("node-1");
    world.put_resource("node-2");
    REQUIRE(eventually([&] { return world.delivery().counts().delivered == 2; }));
    CHECK(resources_in(receiver) == ResourceIds{"node-1", "node-1", "node-1", "node-1", "node-2"});
    auto told = receiver.all();
    CHECK(told[0].body == told[3].body);
    CHECK(world.delivery().counts().retried == 3);
    CHECK(world.dead_letters("sub-1").empty());
    CHECK(world.status("sub-1").consecutive_failures == 0);
  }
}

TEST_CASE("a callback that answers nothing in time is tried again") {
  SubscriptionsConfig config = quick();
  config.timeout = std::chrono::milliseconds(200);
  Receiver receiver(first(1, {204, "", "", true}));
  World world(config);
  world.subscribe(subscription_to(receiver.url()));
  world.put_resource("node-1");
  REQUIRE(eventually([&] { return world.delivery().counts().delivered == 1; }));
  CHECK(world.status("sub-1").last_failure_at > 0);
}

TEST_CASE("Retry-After is waited for") {
  SubscriptionsConfig config = quick();
  config.max_backoff = std::chrono::milliseconds(60000);
  Receiver receiver(first(1, {503, "Retry-After: 1\r\n", "", false}));
  World world(config);
  world.subscribe(subscription_to(receiver.url()));
  world.put_resource("node-1");
  REQUIRE(receiver.wait_for(2));
  auto told = receiver.all();
  CHECK(told[1].at - told[0].at >= std::chrono::milliseconds(990));
}

TEST_CASE("Retry-After is capped at max_backoff") {
  Receiver receiver(first(1, {429, "Retry-After: 86400\r\n", "", false}));
  World world;
  world.subscribe(subscription_to(receiver.url()));
  world.put_resource("node-1");
  CHECK(receiver.wait_for(2));
}

TEST_CASE("what the callback calls wrong goes to the dead letters after max_attempts, and the next one's turn comes") {
  SubscriptionsConfig config = quick();
  config.max_attempts = 3;
  for (int status : {400, 404, 422}) {
    CAPTURE(status);
    Receiver receiver(first(4, {status, "", "", false}));
    World world(config);
    world.subscribe(subscription_to(receiver.url()));
    world.put_resource("node-1");
    world.put_resource("node-2");
    REQUIRE(eventually([&] { return world.delivery().counts().delivered == 1; }));
    // the second one has attempts of its own
    CHECK(resources_in(receiver) == ResourceIds{"node-1", "node-1", "node-1", "node-2", "node-2"});
    REQUIRE(eventually([&] { return !world.dead_letters("sub-1").empty(); }));
    Value letter = body_of(world.dead_letters("sub-1").front());
    CHECK(letter.at("status").as_integer() == status);
    CHECK(letter.at("attempts").as_integer() == 3);
    CHECK(letter.at("notification").at("resource").at("resourceId").as_text() == "node-1");
    CHECK(world.status("sub-1").dead_letters == 1);
    CHECK(body_of(receiver.all().back().body).at("sequence").as_integer() == 2);
  }
}

TEST_CASE("a redirect is not followed, and counts as the notification's own fault") {
  SubscriptionsConfig config = quick();
  config.max_attempts = 2;
  Receiver elsewhere;
  Receiver receiver(first(2, {307, "Location: " + elsewhere.url() + "\r\n", "", false}));
  World world(config);
  world.subscribe(subscription_to(receiver.url()));
  world.put_resource("node-1");
  world.put_resource("node-2");
  REQUIRE(eventually([&] { return world.delivery().counts().delivered == 1; }));
  CHECK(world.delivery().counts().dead == 1);
  CHECK(elsewhere.all().empty());
}

TEST_CASE("ten dead letters in a row suspend the subscription") {
  SubscriptionsConfig config = quick();
  config.max_attempts = 1;
  Receiver receiver([](const Received&) { return Answer{400, "", "", false}; });
  World world(config);
  world.subscribe(subscription_to(receiver.url()));
  for (int i = 0; i < 12; ++i) world.put_resource("node-" + std::to_string(i));
  REQUIRE(eventually([&] { return world.status("sub-1").state == events::DeliveryState::suspended; }));
  CHECK(world.status("sub-1").dead_letters == 10);
  CHECK(receiver.all().size() == 10);
}

TEST_CASE("410 Gone ends the subscription") {
  Receiver receiver([](const Received&) { return Answer{410, "", "", false}; });
  World world;
  world.subscribe(subscription_to(receiver.url()));
  world.put_resource("node-1");
  world.put_resource("node-2");
  REQUIRE(eventually([&] { return world.state().snapshot()->find(Kind::subscription, "sub-1") == nullptr; }));
  CHECK(world.state().snapshot()->find(model::webhook, "sub-1") == nullptr);
  CHECK(eventually([&] { return !world.delivery().status("sub-1"); }));
  CHECK(receiver.all().size() == 1);
  CHECK(eventually([&] { return world.stored_position("sub-1") == 0; }));
}

TEST_CASE("past max_age the subscription is suspended, across restarts too, until it is resumed") {
  SubscriptionsConfig config = quick();
  config.max_age = std::chrono::hours(24);
  std::atomic<bool> open{false};
  Receiver receiver([&](const Received&) { return Answer{open ? 204 : 503, "", "", false}; });
  World world(config);
  world.subscribe(subscription_to(receiver.url()));
  world.put_resource("node-1");
  REQUIRE(receiver.wait_for(3));
  world.stop_delivery();
  world.clock_offset = std::chrono::milliseconds(std::chrono::hours(25)).count();
  world.start_delivery();
  REQUIRE(eventually([&] {
    auto status = world.delivery().status("sub-1");
    return status && status->state == events::DeliveryState::suspended;
  }));
  world.stop_delivery();
  world.start_delivery();
  REQUIRE(eventually([&] { return world.delivery().status("sub-1").has_value(); }));
  CHECK(world.status("sub-1").state == events::DeliveryState::suspended);
  open = true;
  std::size_t before = receiver.all().size();
  world.put_resource("node-2");
  world.resume("sub-1", false);
  REQUIRE(receiver.wait_for(before + 2));
  CHECK(resources_in(receiver).back() == "node-2");
  CHECK(body_of(receiver.all().back().body).at("sequence").as_integer() == 2);
}

TEST_CASE("a suspended subscription may go on from now") {
  SubscriptionsConfig config = quick();
  config.max_attempts = 1;
  Receiver receiver([](const Received&) { return Answer{400, "", "", false}; });
  World world(config);
  world.subscribe(subscription_to(receiver.url()));
  for (int i = 0; i < 12; ++i) world.put_resource("node-" + std::to_string(i));
  REQUIRE(eventually([&] { return world.status("sub-1").state == events::DeliveryState::suspended; }));
  receiver.answer_with({});
  world.resume("sub-1", true);
  world.put_resource("after");
  REQUIRE(receiver.wait_for(11));
  CHECK(resources_in(receiver)[10] == "after");
}

TEST_CASE("a deleted subscription hears nothing more, not even what was under way") {
  Receiver receiver([](const Received&) { return Answer{204, "", "", true}; });
  Receiver marker;
  World world;
  world.subscribe(subscription_to(receiver.url()));
  world.subscribe(subscription_to(marker.url(), "marker"));
  world.put_resource("node-1");
  REQUIRE(receiver.wait_for(1));
  world.unsubscribe("sub-1");
  receiver.answer_with({});
  world.put_resource("node-2");
  REQUIRE(marker.wait_for(2));
  CHECK(eventually([&] { return !world.delivery().status("sub-1"); }));
  CHECK(receiver.all().size() == 1);
  CHECK(eventually([&] { return world.stored_position("sub-1") == 0; }));
}

TEST_CASE("an answer that does not end costs its sender the connection, and is an answer all the same") {
  Receiver receiver(first(1, {200, "", std::string(1 << 20, 'x'), false}));
  World world;
  world.subscribe(subscription_to(receiver.url()));
  world.put_resource("node-1");
  world.put_resource("node-2");
  REQUIRE(eventually([&] { return world.delivery().counts().delivered == 2; }));
  CHECK(resources_in(receiver) == ResourceIds{"node-1", "node-2"});
}

TEST_CASE("an address that may not be called is not dialled, whatever its name said before") {
  Receiver receiver;
  SubscriptionsConfig config = quick();
  config.allowed_callback_networks = {};
  World world(config);
  SUBCASE("a literal address") { world.subscribe(subscription_to(receiver.url())); }
  SUBCASE("a name") { world.subscribe(subscription_to("http://localhost:" + std::to_string(receiver.port()) + "/")); }
  SUBCASE("an old spelling of an address") {
    world.subscribe(subscription_to("http://2130706433:" + std::to_string(receiver.port()) + "/"));
  }
  world.put_resource("node-1");
  REQUIRE(eventually([&] { return world.delivery().counts().retried >= 2; }));
  CHECK(world.status("sub-1").last_error.find("may not be called") != std::string::npos);
  CHECK(receiver.connections() == 0);
}

TEST_CASE("plain http is not called where it is no longer allowed") {
  Receiver receiver;
  SubscriptionsConfig config = quick();
  config.allow_insecure_callbacks = false;
  World world(config);
  world.subscribe(subscription_to(receiver.url()));
  world.put_resource("node-1");
  REQUIRE(eventually([&] { return world.delivery().counts().retried >= 1; }));
  CHECK(receiver.connections() == 0);
}
