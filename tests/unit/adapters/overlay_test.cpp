#include "state/groups.hpp"
#include "unit/adapters/rig.hpp"

using namespace netweave;
using namespace netweave::test;

// Rule 8: what O2 has and the backend has not; and rule 5's tombstones.

namespace {
std::string description(World& world, const std::string& id) {
  return std::string(world->json(pools, id).at("description").as_text());
}
}  // namespace

TEST_CASE("what the backend lacks survives lists, changes, restarts and crashes") {
  World world;
  REQUIRE(world->create(Half::pool("given", "told by O2")));
  std::string native(world->find(pools, "given")->native_id());
  REQUIRE(world->pass(world.backend.list()));
  CHECK(description(world, "given") == "told by O2");
  world.restart();
  world->upsert(world.backend.set(Backend::pool(native, "moved")));
  CHECK(description(world, "given") == "told by O2");
  CHECK(world->json(pools, "given").at("location").as_text() == "moved");
  world.crash();
  REQUIRE(world->pass(world.backend.list()));
  CHECK(description(world, "given") == "told by O2");
}

TEST_CASE("a description given to what the backend made itself is kept as well") {
  World world;
  ims::Observed found = world.backend.set(Backend::pool("t-a"));
  REQUIRE(world->pass(world.backend.list()));
  ResourcePool pool = Half::pool("t-a", "told by O2");
  pool.location = "here";
  REQUIRE(world->update(pool));
  REQUIRE(world->pass(world.backend.list()));
  CHECK(description(world, "t-a") == "told by O2");
}

TEST_CASE("extensions that the backend lacks are kept, and its own are its own") {
  World world;
  ims::Observed found = Backend::pool("t-a");
  std::get<ResourcePool>(found.object).extensions["theirs"] = 1;
  world.backend.set(found);
  REQUIRE(world->pass(world.backend.list()));
  ims::Observed wanted = found;
  auto& extensions = std::get<ResourcePool>(wanted.object).extensions;
  extensions["ours"] = "x";
  Value fields = adapters::fields_beyond(wanted, found);
  CHECK(fields.to_json() == R"({"extensions":{"ours":"x"}})");
}

TEST_CASE("the overlay goes with its object") {
  World world;
  REQUIRE(world->create(Half::pool("given", "told by O2")));
  CHECK(world->count(model::overlay) == 1);
  SUBCASE("deleted through O2") { REQUIRE(world->erase(Half::pool("given"))); }
  SUBCASE("seen gone by a watch") {
    auto gone = world.backend.erase(pools, "t-pool-made-1");
    world->remove(pools, "t-pool-made-1", gone.uid);
  }
  SUBCASE("missing from a list") {
    world.backend.erase(pools, "t-pool-made-1");
    REQUIRE(world->pass(world.backend.list()));
  }
  SUBCASE("replaced under its name") {
    world.backend.set(Backend::pool("t-pool-made-1"), false);
    REQUIRE(world->pass(world.backend.list()));
    CHECK(world->find(pools, "t-pool-made-1"));
    CHECK(description(world, "t-pool-made-1") == "");
  }
  CHECK(world->count(model::overlay) == 0);
  CHECK_FALSE(world->find(pools, "given"));
}

TEST_CASE("what the backend can't list by itself stays until it is removed through O2") {
  World world;
  world.backend.manners.own_ids = false;
  REQUIRE(world->create(Half::pool("t-kept")));
  ims::Observed kept = world.backend.list().front();
  kept.kept = true;
  world->upsert(kept);
  REQUIRE(world->pass({}));
  CHECK(world->find(pools, "t-kept"));
  world.restart();
  REQUIRE(world->pass({}));
  CHECK(world->find(pools, "t-kept"));
  REQUIRE(world->erase(Half::pool("t-kept")));
  CHECK_FALSE(world->find(pools, "t-kept"));
  CHECK(world->count(model::overlay) == 0);
}

TEST_CASE("a resource's pool is shown under its given id, and a write names it by the backend's") {
  World world;
  REQUIRE(world->pass({Backend::type()}));
  world.backend.set(Backend::type());
  REQUIRE(world->create(Half::pool("given")));
  Resource resource;
  resource.resource_id = "mine";
  resource.resource_pool_id = "given";
  resource.resource_type_id = "t-type";
  REQUIRE(world->create(resource));
  CHECK(world->json(Kind::resource, "mine").at("resourcePoolId").as_text() == "given");
  {
    std::lock_guard lock(world.backend.mutex);
    CHECK(std::get<Resource>(world.backend.objects.at({Kind::resource, "t-res-made-2"}).object).resource_pool_id ==
          "t-pool-made-1");
  }
  REQUIRE(world->pass(world.backend.list()));
  CHECK(world->find(Kind::resource, "mine")->pool() == "given");
  auto snapshot = world->state.snapshot();
  std::uint64_t group = state::group_of(Kind::resource, {"resourcePoolId"}, "given").value();
  CHECK(snapshot->index(Kind::resource).lower_bound({group, {}}).group() == group);
}

TEST_CASE("a resource that is seen before its pool's creation is answered moves to the given id") {
  World world;
  REQUIRE(world->pass({Backend::type()}));
  world.backend.after = [&]() -> std::optional<Error> {
    ims::Observed inside = Backend::resource("t-r", "t-pool-made-1");
    inside.uid = "u";
    world->upsert(inside);
    CHECK(world->find(Kind::resource, "t-r")->pool() == "t-pool-made-1");
    return std::nullopt;
  };
  REQUIRE(world->create(Half::pool("given")));
  CHECK(world->find(Kind::resource, "t-r")->pool() == "given");
  CHECK(world->find(Kind::resource, "t-r")->uid() == "u");
  CHECK(world->json(Kind::resource, "t-r").at("resourcePoolId").as_text() == "given");
}

TEST_CASE("a list that began before a deletion does not bring the object back") {
  for (bool uids : {true, false}) {
    CAPTURE(uids);
    World world;
    world.backend.manners.uids = uids;
    world.backend.set(Backend::pool("t-a"));
    REQUIRE(world->pass(world.backend.list()));
    std::unique_ptr<ims::Pass> pass;
    world->feed([&](ims::Feed& feed) {
      pass = feed.begin(Half::all_kinds());
      for (auto& object : world.backend.list()) pass->add(object);
    });
    REQUIRE(world->erase(Half::pool("t-a")));
    world->feed([&](ims::Feed&) {
      REQUIRE(pass->commit({}));
      pass.reset();
    });
    CHECK(world->count(pools) == 0);
    // one that begins now settles it, and what is made under the name from here on counts
    REQUIRE(world->pass(world.backend.list()));
    CHECK(world->count(model::tombstone) == 0);
    world.backend.set(Backend::pool("t-a"));
    REQUIRE(world->pass(world.backend.list()));
    CHECK(world->count(pools) == 1);
  }
}

TEST_CASE("not even where its own watch said first that the object is gone") {
  World world;
  world.backend.set(Backend::pool("t-a"));
  REQUIRE(world->pass(world.backend.list()));
  auto listed = world.backend.list();
  std::unique_ptr<ims::Pass> pass;
  world->feed([&](ims::Feed& feed) { pass = feed.begin(Half::all_kinds()); });
  world.backend.after = [&]() -> std::optional<Error> {
    world->remove(pools, "t-a", listed.front().uid);
    return std::nullopt;
  };
  auto removed = world->erase(Half::pool("t-a"));
  REQUIRE(removed);
  REQUIRE(*removed);
  CHECK((*removed)->id() == "t-a");
  world->feed([&](ims::Feed&) {
    for (auto& object : listed) pass->add(object);
    REQUIRE(pass->commit({}));
    pass.reset();
  });
  CHECK(world->count(pools) == 0);
}

TEST_CASE("a removal under way hides the object until it is seen gone") {
  World world;
  world.backend.manners.removal = ims::Removal::pending;
  world.backend.set(Backend::pool("t-a"));
  REQUIRE(world->pass(world.backend.list()));
  REQUIRE(world->erase(Half::pool("t-a")));
  CHECK(world->count(pools) == 0);
  REQUIRE(world->pass(world.backend.list()));
  world->upsert(world.backend.list().front());
  REQUIRE(world->pass({}, {}, {Kind::resource}));  // of other kinds: no word of it
  world.crash();
  REQUIRE(world->pass(world.backend.list()));
  CHECK(world->count(pools) == 0);
  auto gone = world.backend.erase(pools, "t-a");
  SUBCASE("by a list") { REQUIRE(world->pass(world.backend.list())); }
  SUBCASE("by a watch") { world->remove(pools, "t-a", gone.uid); }
  CHECK(world->count(model::tombstone) == 0);
}

TEST_CASE("a removal under way without a uid hides the object as well") {
  World world;
  world.backend.manners.removal = ims::Removal::pending;
  world.backend.manners.uids = false;
  world.backend.set(Backend::pool("t-a"));
  REQUIRE(world->pass(world.backend.list()));
  REQUIRE(world->erase(Half::pool("t-a")));
  REQUIRE(world->pass(world.backend.list()));
  world->upsert(world.backend.list().front());
  CHECK(world->count(pools) == 0);
}

TEST_CASE("a removal that never comes to its end shows the object again after its deadline") {
  World world;
  world.backend.manners.removal = ims::Removal::pending;
  world.backend.set(Backend::pool("t-a"));
  REQUIRE(world->pass(world.backend.list()));
  REQUIRE(world->erase(Half::pool("t-a")));
  world.watch.now += 11 * 60 * 1000;
  REQUIRE(world->pass(world.backend.list()));
  CHECK(world->count(pools) == 1);
  CHECK(world->count(model::tombstone) == 0);
}

TEST_CASE("what is made anew under a removed name shows at once, where the backend tells them apart") {
  World world;
  world.backend.manners.removal = ims::Removal::pending;
  world.backend.set(Backend::pool("t-a"));
  REQUIRE(world->pass(world.backend.list()));
  REQUIRE(world->erase(Half::pool("t-a")));
  world->upsert(world.backend.set(Backend::pool("t-a", "anew"), false));
  CHECK(world->json(pools, "t-a").at("location").as_text() == "anew");
}

TEST_CASE("tombstones past their deadline go though no list ever comes") {
  World world;
  for (int i = 0; i < 20; ++i) {
    REQUIRE(world->create(Half::pool("given")));
    REQUIRE(world->erase(Half::pool("given")));
    world.watch.now += 2 * 60 * 1000;
  }
  CHECK(world->count(model::tombstone) < 10);
}

TEST_CASE("a removal of what the backend no longer has succeeds") {
  World world;
  world.backend.set(Backend::pool("t-a"));
  REQUIRE(world->pass(world.backend.list()));
  world.backend.erase(pools, "t-a");
  REQUIRE(world->erase(Half::pool("t-a")));
  CHECK(world->count(pools) == 0);
}
