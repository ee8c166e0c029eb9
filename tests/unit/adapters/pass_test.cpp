#include <future>

#include "unit/adapters/rig.hpp"

using namespace netweave;
using namespace netweave::test;

// Rule 5: a pass, one full list of a backend.

namespace {

std::vector<ims::Observed> make_pools(int from, int to, const std::string& location = "here") {
  std::vector<ims::Observed> all;
  for (int i = from; i < to; ++i) all.push_back(Backend::pool("t-pool-" + std::to_string(i), location));
  return all;
}

}  // namespace

TEST_CASE("a pass becomes creations, changes and deletions") {
  World world;
  REQUIRE(world->pass({Backend::pool("t-a"), Backend::pool("t-b"), Backend::pool("t-c")}));
  auto head = world.head();
  REQUIRE(world->pass({Backend::pool("t-a"), Backend::pool("t-b", "there"), Backend::pool("t-d")}));
  CHECK(world.entries(head) ==
        std::vector<std::string>{"change resourcePool t-b", "create resourcePool t-d", "delete resourcePool t-c"});
}

TEST_CASE("a pass that finds nothing new makes no entry") {
  World world;
  REQUIRE(world->pass(make_pools(0, 20), "c"));
  auto head = world.head();
  REQUIRE(world->pass(make_pools(0, 20), "c"));
  CHECK(world.head() == head);
}

TEST_CASE("a pass that is dropped changes nothing") {
  World world;
  REQUIRE(world->pass(make_pools(0, 3)));
  auto head = world.head();
  world->feed([](ims::Feed& feed) {
    auto pass = feed.begin(Half::all_kinds());
    pass->add(Backend::pool("t-pool-0", "elsewhere"));
  });
  world->settle();
  CHECK(world.head() == head);
}

TEST_CASE("a pass that fails at once changes nothing, and the next one goes through") {
  World world;
  REQUIRE(world->pass(make_pools(0, 3)));
  auto head = world.head();
  world->log.refuse_next(make_error(ErrorKind::unavailable, "the disk"));
  auto failed = world->pass(make_pools(1, 5));
  REQUIRE_FALSE(failed);
  CHECK(failed.error().kind == ErrorKind::unavailable);
  CHECK(world.head() == head);
  REQUIRE(world->pass(make_pools(1, 5)));
  CHECK(world->count(Kind::resource_pool) == 4);
}

TEST_CASE("a pass that fails half way has deleted nothing") {
  World world;
  REQUIRE(world->pass(make_pools(0, 10)));
  world->log.cut_after(1);
  REQUIRE_FALSE(world->pass(make_pools(5, 2000)));  // the first chunk gets in, the second does not
  world.restart();
  for (int i = 0; i < 10; ++i) CHECK(world->find(Kind::resource_pool, "t-pool-" + std::to_string(i)));
}

TEST_CASE("a list with an object that can't be one is refused as a whole") {
  World world;
  REQUIRE(world->pass(make_pools(0, 3)));
  auto head = world.head();
  for (const char* id : {"", "with space", "quote\"", "-x", "new\nline"}) {
    auto result = world->pass({Backend::pool(id)});
    REQUIRE_FALSE(result);
    CHECK(result.error().kind == ErrorKind::invalid);
  }
  CHECK_FALSE(world->pass({Backend::resource("t-r", "a \"pool\"")}));
  CHECK(world.head() == head);
}

TEST_CASE("a pass over some kinds says nothing of the others") {
  World world;
  REQUIRE(world->pass({Backend::pool("t-p"), Backend::type(), Backend::resource("t-r", "t-p")}));
  REQUIRE(world->pass({}, {}, {Kind::resource}));
  CHECK(world->count(Kind::resource) == 0);
  CHECK(world->count(Kind::resource_pool) == 1);
  CHECK(world->count(Kind::resource_type) == 1);
}

TEST_CASE("a pass says nothing of another adapter's objects") {
  World world;
  REQUIRE(world->pass(make_pools(0, 3)));
  world.config = Half::named("u");
  world.restart();
  REQUIRE(world->pass({}));
  CHECK(world->count(Kind::resource_pool) == 3);
  world->upsert(Backend::pool("t-pool-0", "stolen"));
  CHECK(world->json(Kind::resource_pool, "t-pool-0").at("location").as_text() == "here");
  world->remove(Kind::resource_pool, "t-pool-0");
  CHECK(world->count(Kind::resource_pool) == 3);
}

TEST_CASE("passes of thousands of changes are applied in commits of at most a thousand") {
  World world;
  REQUIRE(world->pass(make_pools(0, 3500)));
  CHECK(world->count(Kind::resource_pool) == 3500);
  REQUIRE(world->pass(make_pools(0, 3500, "there")));
  REQUIRE(world->pass(make_pools(3000, 3600)));
  CHECK(world->count(Kind::resource_pool) == 600);
  REQUIRE(world->pass({}));
  CHECK(world->count(Kind::resource_pool) == 0);
}

TEST_CASE("a pass whose every object settles an intent is applied in commits that hold it") {
  World world;
  REQUIRE(world->writer.run([](state::Transaction& transaction) -> Result<void> {
    for (int i = 0; i < 900; ++i) {
      adapters::Intent intent;
      intent.token = "token-" + std::to_string(i);
      intent.adapter = "t";
      intent.operation = "create";
      intent.kind = Kind::resource_pool;
      intent.id = "given-" + std::to_string(i);
      intent.body["description"] = "told by O2";
      transaction.put(adapters::to_draft(intent));
    }
    return {};
  }));
  auto all = make_pools(0, 900);
  for (std::size_t i = 0; i < all.size(); ++i) all[i].client_token = "token-" + std::to_string(i);
  for (int i = 0; i < 600; ++i) world->upsert(Backend::resource("t-r-" + std::to_string(i), "t-pool-7"));
  for (int i = 0; i < 600; ++i) all.push_back(Backend::resource("t-r-" + std::to_string(i), "t-pool-7"));
  REQUIRE(world->pass(all));
  CHECK(world->count(model::intent) == 0);
  for (int i = 0; i < 900; ++i) REQUIRE(world->find(Kind::resource_pool, "given-" + std::to_string(i)));
  for (int i = 0; i < 600; ++i) REQUIRE(world->find(Kind::resource, "t-r-" + std::to_string(i))->pool() == "given-7");
  REQUIRE(world->pass({}));
  CHECK(world->count(Kind::resource_pool) == 0);
  CHECK(world->count(model::overlay) == 0);
}

TEST_CASE("in one pass resources go before their pools, and come after them") {
  World world;
  REQUIRE(world->pass({Backend::resource("t-r", "t-p"), Backend::pool("t-p")}));
  auto head = world.head();
  CHECK(world.entries(0) == std::vector<std::string>{"create resourcePool t-p", "create resource t-r"});
  REQUIRE(world->pass({}));
  CHECK(world.entries(head) == std::vector<std::string>{"delete resource t-r", "delete resourcePool t-p"});
}

TEST_CASE("a pass never removes what is younger than its beginning") {
  World world;
  world->feed([&](ims::Feed& feed) {
    auto pass = feed.begin(Half::all_kinds());
    REQUIRE(feed.upsert(Backend::pool("t-young")));
    pass->add(Backend::pool("t-old"));
    REQUIRE(pass->commit({}));
  });
  CHECK(world->find(Kind::resource_pool, "t-young"));
  CHECK(world->find(Kind::resource_pool, "t-old"));
}

TEST_CASE("a pass does not set back what changed after its beginning") {
  World world;
  REQUIRE(world->pass({Backend::pool("t-a", "1")}));
  world->feed([&](ims::Feed& feed) {
    auto pass = feed.begin(Half::all_kinds());
    REQUIRE(feed.upsert(Backend::pool("t-a", "2")));
    pass->add(Backend::pool("t-a", "1"));
    REQUIRE(pass->commit({}));
  });
  CHECK(world->json(Kind::resource_pool, "t-a").at("location").as_text() == "2");
}

TEST_CASE("what was fed before a pass began is not younger than it") {
  World world;
  world->log.hold();
  world->script.post([](ims::Feed& feed) { REQUIRE(feed.upsert(Backend::pool("t-a"))); });
  REQUIRE(world->log.wait_held());  // queued, not committed
  world->script.post([](ims::Feed& feed) {
    auto pass = feed.begin(Half::all_kinds());
    REQUIRE(pass->commit({}));
  });
  world->log.release();
  world->feed([](ims::Feed&) {});
  CHECK(world->count(Kind::resource_pool) == 0);
}

TEST_CASE("a removal while a pass is under way is not undone by it") {
  for (bool with_uid : {false, true}) {
    CAPTURE(with_uid);
    World world;
    ims::Observed pool = Backend::pool("t-a");
    if (with_uid) pool.uid = "uid-a";
    REQUIRE(world->pass({pool}));
    world->feed([&](ims::Feed& feed) {
      auto pass = feed.begin(Half::all_kinds());
      pass->add(pool);
      REQUIRE(feed.remove(Kind::resource_pool, "t-a", pool.uid));
      REQUIRE(pass->commit({}));
    });
    CHECK(world->count(Kind::resource_pool) == 0);
    REQUIRE(world->pass({pool}));  // this one began after it
    CHECK(world->count(Kind::resource_pool) == 1);
  }
}

TEST_CASE("what was made lately may be missing from a list for the grace") {
  World world;
  world.config.visibility_grace = std::chrono::seconds(10);
  world.restart();
  REQUIRE(world->create(Half::pool("given")));
  REQUIRE(world->pass({}));
  CHECK(world->find(Kind::resource_pool, "given"));
  world.watch.now += 10001;
  REQUIRE(world->pass({}));
  CHECK_FALSE(world->find(Kind::resource_pool, "given"));
}

TEST_CASE("the last object added under an id holds") {
  World world;
  REQUIRE(world->pass({Backend::pool("t-a", "1"), Backend::pool("t-a", "2")}));
  CHECK(world->json(Kind::resource_pool, "t-a").at("location").as_text() == "2");
}

TEST_CASE("an object deleted and made again under its name between two lists is deleted, then created") {
  World world;
  ims::Observed pool = Backend::pool("t-a");
  pool.uid = "one";
  REQUIRE(world->pass({pool}));
  auto head = world.head();
  auto created = world->json(Kind::resource_pool, "t-a").at("createdAt");
  world.watch.now += 1000;
  pool.uid = "two";
  REQUIRE(world->pass({pool}));
  CHECK(world.entries(head) == std::vector<std::string>{"delete resourcePool t-a", "create resourcePool t-a"});
  CHECK_FALSE(world->json(Kind::resource_pool, "t-a").at("createdAt") == created);
  head = world.head();
  pool.uid = "three";
  world->upsert(pool);
  CHECK(world.entries(head) == std::vector<std::string>{"delete resourcePool t-a", "create resourcePool t-a"});
}

// Rule 10: the checkpoint.

TEST_CASE("a pass' checkpoint is committed with its end and given back after a restart") {
  World world;
  REQUIRE(world->pass(make_pools(0, 1200), "page 7"));
  world.crash();
  world->feed([](ims::Feed& feed) {
    CHECK(feed.last_checkpoint() == "page 7");
    CHECK(feed.last_objects().size() == 1200);
  });
  world->log.cut_after(2);
  REQUIRE_FALSE(world->pass(make_pools(2000, 3200), "page 8"));
  world.restart();
  world->feed([](ims::Feed& feed) { CHECK(feed.last_checkpoint() == "page 7"); });
}

TEST_CASE("a checkpoint never covers what was lost before it") {
  World world;
  world->log.refuse_next(make_error(ErrorKind::unavailable, "the disk"));
  world->log.hold();
  std::promise<bool> given;  // both, before the disk's word is heard
  world->script.post([&](ims::Feed& feed) {
    bool upserted = feed.upsert(Backend::pool("t-a")).has_value();
    given.set_value(feed.checkpoint("behind t-a").has_value() && upserted);
  });
  REQUIRE(world->log.wait_held());
  REQUIRE(given.get_future().get());
  world->log.release();
  world->settle();
  world->feed([](ims::Feed& feed) {
    CHECK_FALSE(feed.checkpoint("told"));  // the adapter is told
    CHECK(feed.last_checkpoint() == "");
    REQUIRE(feed.checkpoint("again"));
  });
  world->settle();
  world->feed([](ims::Feed& feed) { CHECK(feed.last_checkpoint() == "again"); });
}

TEST_CASE("what was read on one history of the log is not fed to the next") {
  World world;
  REQUIRE(world->pass({Backend::pool("t-a", "1")}, "before"));
  world->log.hold();
  std::promise<bool> given;  // before the next history begins: behind that it would be refused
  world->script.post([&](ims::Feed& feed) {
    bool upserted = feed.upsert(Backend::pool("t-a", "2")).has_value();
    given.set_value(feed.checkpoint("behind what is lost").has_value() && upserted);
  });
  REQUIRE(world->log.wait_held());
  REQUIRE(given.get_future().get());
  std::string next = world.store->log().begin_epoch(world.store->log().epoch()).value();
  world->log.release();
  REQUIRE(world->state.wait_epoch(next, std::chrono::steady_clock::now() + std::chrono::seconds(60), {}));
  world->settle();
  world->feed([](ims::Feed& feed) {
    CHECK(feed.last_checkpoint() == "before");
    auto refused = feed.upsert(Backend::pool("t-a", "3"));
    REQUIRE_FALSE(refused);
    CHECK(refused.error().kind == ErrorKind::precondition);
    CHECK_FALSE(feed.begin(Half::all_kinds())->commit("of a list that began before"));
  });
  CHECK(world->json(Kind::resource_pool, "t-a").at("location").as_text() == "1");
  world->script.leave();  // it is asked again, on the history of now
  REQUIRE(world->pass({Backend::pool("t-a", "4")}, "after"));
  CHECK(world->json(Kind::resource_pool, "t-a").at("location").as_text() == "4");
}

TEST_CASE("an adapter gets its last objects back in its own identifiers") {
  World world;
  REQUIRE(world->pass({Backend::pool("t-p"), Backend::type(), Backend::resource("t-r", "t-p")}));
  auto made = world->create(Half::pool("given", "told by O2"));
  REQUIRE(made);
  ims::Observed inside = Backend::resource("t-inside", std::string((*made)->native_id()));
  world->upsert(inside);
  CHECK(world->json(Kind::resource, "t-inside").at("resourcePoolId").as_text() == "given");
  world.crash();
  world->feed([](ims::Feed& feed) {
    std::map<std::string, ims::Observed> all;
    for (auto& object : feed.last_objects()) all[std::string(ims::id_of(object))] = object;
    CHECK(all.size() == 5);
    REQUIRE(all.contains("t-inside"));
    CHECK(std::get<Resource>(all["t-inside"].object).resource_pool_id == "t-pool-made-1");
    CHECK(all["t-pool-made-1"].uid != "");
  });
}
