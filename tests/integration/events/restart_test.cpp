#include <cstdlib>
#include <filesystem>

#include <doctest/doctest.h>

#include "receiver.hpp"
#include "world.hpp"

using namespace netweave;
using namespace netweave::testing;

namespace {

Subscription to_pool(const Receiver& receiver, const std::string& pool) {
  Subscription subscription = subscription_to(receiver.url());
  subscription.filter.resource_pool_id = {pool};
  return subscription;
}

}  // namespace

TEST_CASE("a kill repeats what was under way, under the same id and sequence, and loses nothing") {
  std::atomic<int> stuck{5};
  Receiver receiver([&](const Received&) { return Answer{204, "", "", --stuck == 0}; });
  World world;
  world.subscribe(subscription_to(receiver.url()));
  for (int i = 0; i < 10; ++i) world.put_resource("node-" + std::to_string(i));
  REQUIRE(receiver.wait_for(5));
  world.kill_delivery();
  world.put_resource("while-down");
  receiver.answer_with({});
  world.start_delivery();
  std::map<std::string, std::pair<std::string, std::int64_t>> heard;  // resource to notification id and sequence
  REQUIRE(eventually([&] { return !receiver.all().empty() && resources_in(receiver).back() == "while-down"; }));
  bool same = true;
  for (const Received& told : receiver.all()) {
    Value body = body_of(told.body);
    std::pair<std::string, std::int64_t> mark{body.at("notificationId").as_text(), body.at("sequence").as_integer()};
    auto [place, fresh] = heard.try_emplace(std::string(body.at("resource").at("resourceId").as_text()), mark);
    same = same && place->second == mark;
  }
  CHECK(same);
  REQUIRE(heard.size() == 11);
  CHECK(heard["node-0"].second == 1);
  CHECK(heard["node-9"].second == 10);
  CHECK(heard["while-down"].second == 11);
}

TEST_CASE("a stop in order repeats nothing that was accepted") {
  Receiver receiver;
  World world;
  world.subscribe(subscription_to(receiver.url()));
  for (int i = 0; i < 20; ++i) world.put_resource("node-" + std::to_string(i));
  REQUIRE(eventually([&] { return world.delivery().counts().delivered == 20; }));
  world.stop_delivery();
  world.start_delivery();
  world.put_resource("last");
  REQUIRE(receiver.wait_for(21));
  auto ids = resources_in(receiver);
  CHECK(ids.size() == 21);
  CHECK(ids.back() == "last");
}

TEST_CASE("positions are written within their batch's time, without a stop") {
  Receiver receiver;
  World world;
  world.subscribe(subscription_to(receiver.url()));
  model::Revision revision = world.put_resource("node-1");
  REQUIRE(receiver.wait_for(1));
  CHECK(eventually([&] { return world.stored_position("sub-1") >= revision; }));
}

TEST_CASE("a changed filter holds from its own revision on") {
  Receiver receiver;
  World world;
  world.subscribe(to_pool(receiver, "a"));
  world.put_resource("a-1", "a");
  world.put_resource("b-1", "b");
  world.subscribe(to_pool(receiver, "b"));
  world.put_resource("a-2", "a");
  world.put_resource("b-2", "b");
  REQUIRE(receiver.wait_for(2));
  CHECK(resources_in(receiver) == ResourceIds{"a-1", "b-2"});
}

TEST_CASE("a changed filter holds from its own revision on, when the log is read again too") {
  Receiver receiver([](const Received&) { return Answer{503, "", "", false}; });
  World world;
  world.subscribe(to_pool(receiver, "a"));
  world.put_resource("a-1", "a");
  world.put_resource("b-1", "b");
  SUBCASE("changed before the stop") {
    world.subscribe(to_pool(receiver, "b"));
    world.stop_delivery();
  }
  SUBCASE("changed while it was down") {
    world.stop_delivery();
    world.subscribe(to_pool(receiver, "b"));
  }
  SUBCASE("changed twice, the middle one matching nothing") {
    world.subscribe(to_pool(receiver, "nothing"));
    world.put_resource("a-lost", "a");
    world.stop_delivery();
    world.subscribe(to_pool(receiver, "b"));
  }
  world.put_resource("a-2", "a");
  world.put_resource("b-2", "b");
  Receiver second;
  Subscription moved = to_pool(second, "b");
  world.subscribe(moved);
  world.start_delivery();
  REQUIRE(second.wait_for(2));
  CHECK(resources_in(second) == ResourceIds{"a-1", "b-2"});
}

TEST_CASE("a changed filter holds from its own revision on, for a subscription that was never delivered before") {
  Receiver receiver;
  World world;
  world.stop_delivery();
  world.subscribe(to_pool(receiver, "a"));
  world.put_resource("a-1", "a");
  world.put_resource("b-1", "b");
  world.subscribe(to_pool(receiver, "b"));
  world.put_resource("a-2", "a");
  world.put_resource("b-2", "b");
  world.start_delivery();
  REQUIRE(receiver.wait_for(2));
  CHECK(resources_in(receiver) == ResourceIds{"a-1", "b-2"});
}

TEST_CASE("a replay that was interrupted goes on where it was") {
  Receiver receiver;
  World world;
  model::Revision before = world.put_resource("node-0");
  for (int i = 1; i < 4; ++i) world.put_resource("node-" + std::to_string(i));
  std::atomic<int> left{2};
  receiver.answer_with([&](const Received&) { return Answer{left-- > 0 ? 204 : 503, "", "", false}; });
  world.subscribe(subscription_to(receiver.url()), "v1", before);
  REQUIRE(receiver.wait_for(3));
  world.stop_delivery();
  receiver.answer_with({});
  std::size_t heard = receiver.all().size();
  world.start_delivery();
  REQUIRE(eventually([&] { return world.delivery().counts().delivered == 1; }));
  CHECK(receiver.all().size() == heard + 1);
  CHECK(resources_in(receiver).back() == "node-3");
  CHECK(body_of(receiver.all().back().body).at("sequence").as_integer() == 3);
}

TEST_CASE("what was subscribed, or no longer, while the delivery was down is known at its start") {
  Receiver receiver;
  World world;
  world.subscribe(subscription_to(receiver.url("/old"), "old"));
  REQUIRE(eventually([&] { return world.stored_position("old") > 0; }));
  world.stop_delivery();
  world.unsubscribe("old");
  world.put_resource("node-1");
  world.subscribe(subscription_to(receiver.url("/new"), "new"));
  world.put_resource("node-2");
  world.start_delivery();
  REQUIRE(receiver.wait_for(1));
  CHECK(receiver.all().front().target == "/new");
  CHECK(resources_in(receiver).front() == "node-2");
  CHECK(eventually([&] { return world.stored_position("old") == 0; }));
}

TEST_CASE("one made again under a former one's id begins after its own creation") {
  Receiver receiver;
  World world;
  world.subscribe(subscription_to(receiver.url()));
  world.put_resource("node-1");
  REQUIRE(eventually([&] { return world.delivery().counts().delivered == 1; }));
  world.stop_delivery();
  world.put_resource("node-2");
  world.unsubscribe("sub-1");
  world.subscribe(subscription_to(receiver.url()));
  world.put_resource("node-3");
  world.start_delivery();
  REQUIRE(receiver.wait_for(2));
  CHECK(resources_in(receiver) == ResourceIds{"node-1", "node-3"});
  CHECK(body_of(receiver.all().back().body).at("sequence").as_integer() == 1);
}

TEST_CASE("who fell behind the log is told to read all again, and hears what the log still holds") {
  Receiver receiver;
  World world;
  world.subscribe(subscription_to(receiver.url()));
  world.put_resource("node-1");
  REQUIRE(eventually([&] { return world.delivery().counts().delivered == 1; }));
  world.stop_delivery();
  model::Revision lost = world.put_resource("lost");
  world.put_resource("held");
  REQUIRE(world.store().log().trim(lost));
  world.start_delivery();
  REQUIRE(receiver.wait_for(3));
  auto told = receiver.all();
  CHECK(told[1].headers["x-o2ims-event-type"] == "Resync");
  Value body = body_of(told[1].body);
  CHECK(body.at("eventType").as_text() == "Resync");
  CHECK(body.at("subscriptionId").as_text() == "sub-1");
  CHECK(body.at("sequence").as_integer() == 2);
  CHECK(resources_in(receiver)[2] == "held");
  CHECK(body_of(told[2].body).at("sequence").as_integer() == 3);
  REQUIRE(eventually([&] { return world.dead_letters("sub-1").size() == 1; }));
  CHECK(text_of(world.dead_letters("sub-1").front(), "eventType") == "Resync");
}

TEST_CASE("the log's trimming waits for the slowest position that is written") {
  Receiver receiver;
  Receiver dead([](const Received&) { return Answer{503, "", "", false}; });
  World world;
  world.subscribe(subscription_to(dead.url(), "dead"));
  world.subscribe(subscription_to(receiver.url(), "alive"));
  model::Revision revision = world.put_resource("node-1");
  world.put_resource("node-2");
  auto slowest = [&] { return *events::slowest_position(world.store().positions(), *world.state().snapshot()); };
  REQUIRE(eventually([&] { return world.stored_position("alive") > revision; }));
  CHECK(slowest() < revision);
  world.unsubscribe("dead");
  CHECK(eventually([&] { return slowest() > revision; }));
}

TEST_CASE("over SQLite, a kill of the whole process loses nothing and repeats under the same id") {
  char name[] = "/tmp/netweave-events-XXXXXX";
  REQUIRE(::mkdtemp(name) != nullptr);
  std::string folder = name;
  auto open = [&] { return store::open_sqlite({folder + "/netweave.db", true}); };
  auto opened = open();
  if (!opened) {
    MESSAGE("built without SQLite: " << opened.error().message);
    return;
  }
  std::atomic<int> stuck{5};
  Receiver receiver([&](const Received&) { return Answer{204, "", "", --stuck == 0}; });
  {
    World world(quick(), std::move(*opened));
    world.subscribe(subscription_to(receiver.url()));
    for (int i = 0; i < 10; ++i) world.put_resource("node-" + std::to_string(i));
    REQUIRE(receiver.wait_for(5));
    world.kill_delivery();
  }
  receiver.answer_with({});
  opened = open();
  REQUIRE(opened.has_value());
  {
    World world(quick(), std::move(*opened));
    REQUIRE(eventually([&] { return resources_in(receiver).back() == "node-9"; }));
  }
  std::map<std::int64_t, std::string> ids;  // by sequence
  bool same = true;
  for (const Received& told : receiver.all()) {
    std::string id = text_of(told.body, "notificationId");
    same = same && ids.try_emplace(body_of(told.body).at("sequence").as_integer(), id).first->second == id;
  }
  CHECK(same);
  CHECK(ids.size() == 10);
  CHECK(ids.rbegin()->first == 10);
  std::filesystem::remove_all(folder);
}
