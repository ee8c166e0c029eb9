#include "unit/adapters/rig.hpp"

using namespace netweave;
using namespace netweave::test;

// Rule 6: the backend's order, and its identities.

namespace {

ims::Observed versioned(const std::string& location, std::uint64_t version, const std::string& uid = "u") {
  ims::Observed pool = Backend::pool("t-a", location);
  pool.version = version;
  pool.uid = uid;
  return pool;
}

std::string location(World& world) {
  return std::string(world->json(Kind::resource_pool, "t-a").at("location").as_text());
}

}  // namespace

TEST_CASE("an upsert older than what is known is dropped") {
  World world;
  world->upsert(versioned("new", 7));
  world->upsert(versioned("old", 6));
  CHECK(location(world) == "new");
  world->upsert(versioned("newer", 8));
  CHECK(location(world) == "newer");
}

TEST_CASE("a list older than what is known is dropped, object by object") {
  World world;
  world->upsert(versioned("new", 7));
  REQUIRE(world->pass({versioned("old", 6)}));
  CHECK(location(world) == "new");
}

TEST_CASE("unchanged content makes no entry, yet advances the version") {
  World world;
  world->upsert(versioned("here", 5));
  auto head = world.head();
  world->upsert(versioned("here", 9));
  CHECK(world.head() == head);
  CHECK(world->find(Kind::resource_pool, "t-a")->version() == 9);
  world->upsert(versioned("late", 8));
  CHECK(location(world) == "here");
  CHECK(world.head() == head);
}

TEST_CASE("the same members in another order are no change") {
  World world;
  ims::Observed pool = Backend::pool("t-a");
  auto& extensions = std::get<ResourcePool>(pool.object).extensions;
  extensions["a"] = 1;
  extensions["b"] = 2;
  world->upsert(pool);
  auto head = world.head();
  extensions = Value::object();
  extensions["b"] = 2;
  extensions["a"] = 1.0;
  world->upsert(pool);
  CHECK(world.head() == head);
}

TEST_CASE("without versions arrival decides") {
  World world;
  world->upsert(Backend::pool("t-a", "1"));
  world->upsert(Backend::pool("t-a", "2"));
  world->upsert(Backend::pool("t-a", "1"));
  CHECK(location(world) == "1");
}

TEST_CASE("a removal of another uid leaves the object, one of its own or of none takes it") {
  World world;
  world->upsert(versioned("here", 5, "now"));
  world->remove(Kind::resource_pool, "t-a", "before");
  CHECK(location(world) == "here");
  world->remove(Kind::resource_pool, "t-a", "now");
  CHECK(world->count(Kind::resource_pool) == 0);
  world->upsert(versioned("here", 6, "next"));
  world->remove(Kind::resource_pool, "t-a");
  CHECK(world->count(Kind::resource_pool) == 0);
}

TEST_CASE("a report without a uid is of the object that is known") {
  World world;
  world->upsert(versioned("here", 0, "u"));
  auto head = world.head();
  world->upsert(Backend::pool("t-a", "here"));
  CHECK(world.head() == head);
  world->upsert(Backend::pool("t-a", "there"));
  CHECK(world->find(Kind::resource_pool, "t-a")->uid() == "u");
}

TEST_CASE("createdAt stays and updatedAt moves with content alone") {
  World world;
  world->upsert(Backend::pool("t-a", "1"));
  Value first = world->json(Kind::resource_pool, "t-a");
  CHECK(first.at("createdAt") == first.at("updatedAt"));
  CHECK(first.at("oCloudId").as_text() == "ocloud-1");
  world.watch.now += 5000;
  world->upsert(Backend::pool("t-a", "1"));
  CHECK(world->json(Kind::resource_pool, "t-a") == first);
  world->upsert(Backend::pool("t-a", "2"));
  Value second = world->json(Kind::resource_pool, "t-a");
  CHECK(second.at("createdAt") == first.at("createdAt"));
  CHECK_FALSE(second.at("updatedAt") == first.at("updatedAt"));
}

TEST_CASE("an object that can't be one is refused at once, and nothing else suffers") {
  World world;
  world->feed([](ims::Feed& feed) {
    auto refused = feed.upsert(Backend::pool("no id"));
    REQUIRE_FALSE(refused);
    CHECK(refused.error().kind == ErrorKind::invalid);
    ims::Observed long_uid = Backend::pool("t-b");
    long_uid.uid.assign(65536, 'u');
    CHECK_FALSE(feed.upsert(long_uid));
    REQUIRE(feed.upsert(Backend::pool("t-a")));
  });
  world->settle();
  CHECK(world->count(Kind::resource_pool) == 1);
}

TEST_CASE("a lost upsert is told to the adapter at its next call, once") {
  World world;
  world->log.refuse_next(make_error(ErrorKind::unavailable, "the disk"));
  world->feed([](ims::Feed& feed) { REQUIRE(feed.upsert(Backend::pool("t-a"))); });
  world->settle();
  world->feed([](ims::Feed& feed) {
    auto told = feed.upsert(Backend::pool("t-b"));
    REQUIRE_FALSE(told);
    CHECK(told.error().kind == ErrorKind::unavailable);
    CHECK(feed.upsert(Backend::pool("t-b")));
  });
}
