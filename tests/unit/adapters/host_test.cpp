#include "unit/adapters/rig.hpp"

using namespace netweave;
using namespace netweave::test;

namespace {

/// Blocks until it holds; false after a minute.
bool eventually(const std::function<bool()>& holds) {
  auto deadline = std::chrono::steady_clock::now() + std::chrono::minutes(1);
  while (!holds()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::yield();
  }
  return true;
}

}  // namespace

TEST_CASE("an observe that throws or returns is called again, and the status says so meanwhile") {
  World world;
  world->feed([](ims::Feed& feed) { feed.alive(); });
  world->script.post([](ims::Feed&) { throw std::runtime_error("lost my way"); });
  REQUIRE(eventually([&] { return world->host->status().failed; }));
  CHECK(world->host->status().error.find("lost my way") != std::string::npos);
  world->feed([](ims::Feed& feed) { feed.alive(); });
  CHECK(world->script.rounds == 2);
  CHECK_FALSE(world->host->status().failed);
  world->script.post([](ims::Feed&) { throw 7; });
  world->script.leave();
  world->feed([](ims::Feed& feed) { feed.alive(); });
  CHECK(world->script.rounds == 4);
}

TEST_CASE("an adapter is synced after its first list, not after a failed one") {
  World world;
  auto now = std::chrono::steady_clock::now();
  CHECK_FALSE(world->host->wait_synced(now));
  world->log.refuse_next(make_error(ErrorKind::unavailable, "the disk"));
  CHECK_FALSE(world->pass({Backend::pool("t-a")}));
  CHECK_FALSE(world->host->status().synced);
  REQUIRE(world->pass({}));
  CHECK(world->host->wait_synced(now));
  CHECK(world->host->status().last_contact == world.watch.now);
}

TEST_CASE("that the backend lives is told to the log once a minute, for gateways that follow") {
  World world;
  REQUIRE(world->pass({Backend::pool("t-a")}, "at-1"));
  auto seen = [&] {
    auto snapshot = world->state.snapshot();
    return adapters::to_checkpoint(*snapshot->find(model::checkpoint, "t"));
  };
  Millis first = seen().time;
  world.watch.now += 59000;
  world->feed([](ims::Feed& feed) { feed.alive(); });
  world->upsert(Backend::pool("t-b"));  // whatever was to be told is told by now
  CHECK(seen().time == first);
  world.watch.now += 60000;
  world->feed([](ims::Feed& feed) { feed.alive(); });
  world->upsert(Backend::pool("t-c"));
  CHECK(seen().time == world.watch.now);
  CHECK(seen().bytes == "at-1");
}

TEST_CASE("where the backend can't be observed a write is unavailable at once, and reads go on") {
  World world;
  REQUIRE(world->pass({Backend::pool("t-a")}));
  world->feed([](ims::Feed& feed) { feed.failed(make_error(ErrorKind::unavailable, "no route")); });
  bool asked = false;
  world.backend.before = [&]() -> std::optional<Error> {
    asked = true;
    return std::nullopt;
  };
  auto made = world->create(Half::pool("given"));
  REQUIRE_FALSE(made);
  CHECK(made.error().kind == ErrorKind::unavailable);
  CHECK(made.error().from_backend);
  CHECK(made.error().retry_after);
  CHECK(made.error().message.find("no route") != std::string::npos);
  CHECK_FALSE(asked);
  CHECK(world->find(Kind::resource_pool, "t-a"));
  world->feed([](ims::Feed& feed) { feed.alive(); });
  CHECK(world->create(Half::pool("given")));
}

TEST_CASE("an adapter that only observes is denied every write") {
  World world;
  world.config.mode = AdapterMode::observe;
  world.restart();
  world.backend.set(Backend::pool("t-a"));
  REQUIRE(world->pass(world.backend.list()));
  for (auto& result :
       {world->create(Half::pool("given")), world->update(Half::pool("t-a")), world->erase(Half::pool("t-a"))}) {
    REQUIRE_FALSE(result);
    CHECK(result.error().kind == ErrorKind::denied);
  }
  CHECK(world->count(model::intent) == 0);
}

TEST_CASE("more writes than the pool takes are told to come back, and leave no intent") {
  World world;
  std::promise<void> go;
  auto gate = go.get_future().share();
  world.backend.before = [gate]() -> std::optional<Error> {
    gate.wait();
    return std::nullopt;
  };
  std::atomic<int> made = 0;
  std::atomic<int> exhausted = 0;
  constexpr int all = 150;  // 2 run, 100 wait
  for (int i = 0; i < all; ++i) {
    adapters::Write write;
    write.object = Half::pool("given-" + std::to_string(i));
    world->writes.create(*world->host, std::move(write), [&](Result<ObjectRef> result) {
      if (result) ++made;
      if (!result && result.error().kind == ErrorKind::exhausted && result.error().retry_after) ++exhausted;
    });
  }
  REQUIRE(eventually([&] { return exhausted >= all - 102; }));
  go.set_value();
  REQUIRE(eventually([&] { return made + exhausted == all; }));
  CHECK(made >= 100);
  world->settle();
  CHECK(world->count(model::intent) == 0);
  CHECK(world->count(Kind::resource_pool) == static_cast<std::size_t>(made));
}

TEST_CASE("a stop answers every write, and a started call is waited for") {
  World world;
  std::promise<void> go;
  auto gate = go.get_future().share();
  world.backend.before = [gate]() -> std::optional<Error> {
    gate.wait();
    return std::nullopt;
  };
  std::atomic<int> answered = 0;
  for (int i = 0; i < 50; ++i) {
    adapters::Write write;
    write.object = Half::pool("given-" + std::to_string(i));
    world->writes.create(*world->host, std::move(write), [&](const Result<ObjectRef>&) { ++answered; });
  }
  std::jthread stopper([&] { world.gateway.reset(); });
  go.set_value();
  stopper.join();
  CHECK(answered == 50);
  world.start();
  REQUIRE(world->pass(world.backend.list()));
  CHECK(world->count(model::intent) == 0);
}

TEST_CASE("a stop ends a feed that waits for a store that does not answer") {
  World world;
  world->log.hold();
  world->script.post([](ims::Feed& feed) { REQUIRE(feed.upsert(Backend::pool("t-a"))); });
  REQUIRE(world->log.wait_held());
  std::jthread stopper([&] { world->host->stop(); });
  world->log.cut_after(0);
  stopper.join();
  CHECK(world->count(Kind::resource_pool) == 0);
}
