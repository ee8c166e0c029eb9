#include "unit/adapters/rig.hpp"

using namespace netweave;
using namespace netweave::test;

// Rule 4: first the intent, then the backend, then the result; a crash between any two loses and orphans nothing.

namespace {

std::size_t intents(World& world) { return world->count(model::intent); }

/// The gateway dies at a point of the backend's call.
std::optional<Error> dies(World& world) {
  world->log.cut_after(0);
  return make_error(ErrorKind::unavailable, "died");
}

ResourcePool pool_of(World& world, const std::string& id) {
  return model::from_json<ResourcePool>(model::resource_pool_table(), world->find(pools, id)->json());
}

}  // namespace

TEST_CASE("a creation commits its intent, calls the backend, and commits the result with the intent's end") {
  World world;
  std::size_t at_call = 0;
  world.backend.before = [&]() -> std::optional<Error> {
    at_call = intents(world);
    return std::nullopt;
  };
  auto made = world->create(Half::pool("given", "told by O2"));
  REQUIRE(made);
  CHECK((*made)->id() == "given");
  CHECK(at_call == 1);
  CHECK(intents(world) == 0);
  CHECK(world->json(pools, "given").at("description").as_text() == "told by O2");
  CHECK(world->find(pools, "given")->native_id() == "t-pool-made-1");
}

TEST_CASE("without a durable intent no backend is asked") {
  World world;
  bool asked = false;
  world.backend.before = [&]() -> std::optional<Error> {
    asked = true;
    return std::nullopt;
  };
  world->log.refuse_next(make_error(ErrorKind::unavailable, "the disk"));
  auto made = world->create(Half::pool("given"));
  REQUIRE_FALSE(made);
  CHECK(made.error().kind == ErrorKind::unavailable);
  CHECK_FALSE(asked);
}

TEST_CASE("a crash between the intent and the backend's call leaves nothing") {
  World world;
  world.backend.before = [&] { return dies(world); };
  CHECK_FALSE(world->create(Half::pool("given")));
  world.backend.before = [] { return std::nullopt; };
  world.crash();
  CHECK(intents(world) == 1);
  REQUIRE(world->pass(world.backend.list()));
  CHECK(intents(world) == 0);
  CHECK(world->count(pools) == 0);
  CHECK(world->create(Half::pool("given")));
}

TEST_CASE("a crash between the backend's call and the commit keeps the given id and description") {
  World world;
  world.backend.after = [&] { return dies(world); };
  CHECK_FALSE(world->create(Half::pool("given", "told by O2")));
  world.backend.after = [] { return std::nullopt; };
  world.crash();
  CHECK(world->count(pools) == 0);
  SUBCASE("found by a list") { REQUIRE(world->pass(world.backend.list())); }
  SUBCASE("found by a watch") { world->upsert(world.backend.list().front()); }
  CHECK(intents(world) == 0);
  REQUIRE(world->find(pools, "given"));
  CHECK(world->count(pools) == 1);
  CHECK(world->json(pools, "given").at("description").as_text() == "told by O2");
  world.restart();
  REQUIRE(world->pass(world.backend.list()));
  CHECK(world->json(pools, "given").at("description").as_text() == "told by O2");
}

TEST_CASE("where the backend keeps no tag, what a crash cut off is known under the backend's id") {
  World world;
  world.backend.manners.tags = false;
  world.backend.after = [&] { return dies(world); };
  CHECK_FALSE(world->create(Half::pool("given")));
  world.backend.after = [] { return std::nullopt; };
  world.crash();
  REQUIRE(world->pass(world.backend.list()));
  CHECK(world->find(pools, "t-pool-made-1"));
  CHECK(intents(world) == 0);
}

TEST_CASE("a crash after the commit loses nothing") {
  World world;
  REQUIRE(world->create(Half::pool("given", "told by O2")));
  world.crash();
  CHECK(world->json(pools, "given").at("description").as_text() == "told by O2");
  auto head = world.head();
  REQUIRE(world->pass(world.backend.list()));
  CHECK(world.entries(head).empty());
}

TEST_CASE("a creation whose outcome is unknown keeps its intent until a list shows what became of it") {
  World world;
  world.backend.after = [] { return make_error(ErrorKind::timeout, "no answer"); };
  auto made = world->create(Half::pool("given", "told by O2"));
  REQUIRE_FALSE(made);
  CHECK(made.error().kind == ErrorKind::timeout);
  CHECK(intents(world) == 1);
  REQUIRE(world->pass({}, {}, {Kind::resource}));  // of other kinds: it can't know
  CHECK(intents(world) == 1);
  REQUIRE(world->pass(world.backend.list()));
  CHECK(intents(world) == 0);
  CHECK(world->json(pools, "given").at("description").as_text() == "told by O2");
}

TEST_CASE("an adapter that throws has an unknown outcome, and says so") {
  World world;
  world.backend.after = []() -> std::optional<Error> { throw std::runtime_error("lost my way"); };
  auto made = world->create(Half::pool("given"));
  REQUIRE_FALSE(made);
  CHECK(made.error().kind == ErrorKind::internal);
  CHECK(made.error().message.find("lost my way") != std::string::npos);
  CHECK(intents(world) == 1);
  world.backend.after = []() -> std::optional<Error> { throw 7; };
  CHECK_FALSE(world->create(Half::pool("other")));
  REQUIRE(world->pass(world.backend.list()));
  CHECK(intents(world) == 0);
  CHECK(world->find(pools, "given"));
  CHECK(world->find(pools, "other"));
}

TEST_CASE("a refusal ends the intent") {
  World world;
  for (ErrorKind kind : {ErrorKind::conflict, ErrorKind::unavailable, ErrorKind::exhausted, ErrorKind::unimplemented}) {
    world.backend.before = [=] { return make_error(kind, "no"); };
    auto made = world->create(Half::pool("given"));
    REQUIRE_FALSE(made);
    CHECK(made.error().kind == kind);
    CHECK(intents(world) == 0);
  }
}

TEST_CASE("a list that was under way while a write was leaves its intent alone") {
  World world;
  world.backend.after = [] { return make_error(ErrorKind::timeout, "no answer"); };
  std::unique_ptr<ims::Pass> pass;
  world.backend.before = [&]() -> std::optional<Error> {
    world->feed([&](ims::Feed& feed) { pass = feed.begin(Half::all_kinds()); });  // sees nothing of it yet
    return std::nullopt;
  };
  CHECK_FALSE(world->create(Half::pool("given")));
  world->feed([&](ims::Feed&) {
    REQUIRE(pass->commit({}));
    pass.reset();
  });
  CHECK(intents(world) == 1);
  REQUIRE(world->pass(world.backend.list()));
  CHECK(world->find(pools, "given"));
  CHECK(intents(world) == 0);
}

TEST_CASE("the checkpoint is withheld while an intent is open, for only a list settles it") {
  World world;
  REQUIRE(world->pass({}, "behind"));
  world.backend.after = [] { return make_error(ErrorKind::timeout, "no answer"); };
  CHECK_FALSE(world->create(Half::pool("given")));
  world.crash();
  world->feed([](ims::Feed& feed) { CHECK(feed.last_checkpoint() == ""); });
  REQUIRE(world->pass(world.backend.list(), "further"));
  world->feed([](ims::Feed& feed) { CHECK(feed.last_checkpoint() == "further"); });
}

TEST_CASE("a creation that its own watch reports first is the same object") {
  World world;
  world.backend.after = [&]() -> std::optional<Error> {
    world->upsert(world.backend.list().front());
    CHECK(world->find(pools, "given"));
    return std::nullopt;
  };
  auto made = world->create(Half::pool("given", "told by O2"));
  REQUIRE(made);
  CHECK((*made)->id() == "given");
  CHECK(world->count(pools) == 1);
  CHECK(world.entries(0) == std::vector<std::string>{"create resourcePool given"});
}

TEST_CASE("of two creations under one id at a time, one is told that it is taken") {
  World world;
  std::optional<Result<ObjectRef>> second;
  bool asked = false;
  world.backend.before = [&]() -> std::optional<Error> {
    if (std::exchange(asked, true)) return std::nullopt;
    second = world->create(Half::pool("given"));
    return std::nullopt;
  };
  REQUIRE(world->create(Half::pool("given")));
  REQUIRE(second);
  REQUIRE_FALSE(*second);
  CHECK(second->error().kind == ErrorKind::conflict);
  auto third = world->create(Half::pool("given"));
  REQUIRE_FALSE(third);
  CHECK(third.error().kind == ErrorKind::conflict);
  CHECK(world.backend.list().size() == 1);
}

TEST_CASE("of two objects made under one id, each keeps to itself") {
  World world;
  world.backend.after = [] { return make_error(ErrorKind::timeout, "no answer"); };
  CHECK_FALSE(world->create(Half::pool("given", "first")));
  world.backend.after = [] { return std::nullopt; };
  REQUIRE(world->create(Half::pool("given", "second")));  // the client tried again
  REQUIRE(world->pass(world.backend.list()));
  CHECK(world->count(pools) == 2);
  auto head = world.head();
  for (int i = 0; i < 3; ++i) REQUIRE(world->pass(world.backend.list()));
  CHECK(world.entries(head, true).empty());
  CHECK(intents(world) == 0);
}

TEST_CASE("an object that the backend names as another was named by a client is not that one") {
  World world;
  REQUIRE(world->create(Half::pool("t-b")));
  ims::Observed clash = Backend::pool("t-b", "elsewhere");
  clash.uid = "its own";
  world->upsert(clash);
  CHECK(world->find(pools, "t-b")->native_id() == "t-pool-made-1");
  CHECK(world->json(pools, "t-b").at("location").as_text() == "asked");
}

TEST_CASE("an update commits what the backend made of it") {
  World world;
  REQUIRE(world->create(Half::pool("given")));
  ResourcePool pool = pool_of(world, "given");
  pool.location = "moved";
  pool.description = "told later";
  auto changed = world->update(pool);
  REQUIRE(changed);
  CHECK((*changed)->id() == "given");
  Value json = world->json(pools, "given");
  CHECK(json.at("location").as_text() == "moved");
  CHECK(json.at("description").as_text() == "told later");
  CHECK(std::get<ResourcePool>(world.backend.list().front().object).location == "moved");
  pool.description = "";
  REQUIRE(world->update(pool));
  CHECK(world->json(pools, "given").at("description").is_null());
}

TEST_CASE("an update decided on an older revision is refused before the backend is asked") {
  World world;
  auto made = world->create(Half::pool("given"));
  REQUIRE(made);
  auto revision = (*made)->revision();
  ResourcePool pool = pool_of(world, "given");
  pool.location = "1";
  REQUIRE(world->update(pool, revision));
  pool.location = "2";
  auto refused = world->update(pool, revision);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().kind == ErrorKind::precondition);
  CHECK(std::get<ResourcePool>(world.backend.list().front().object).location == "1");
  CHECK_FALSE(world->erase(pool, revision));
  CHECK(intents(world) == 0);
}

TEST_CASE("of two conditional writes at one revision one goes through, and the other reaches no backend") {
  World world;
  auto revision = world->create(Half::pool("given")).value()->revision();
  ResourcePool pool = pool_of(world, "given");
  std::optional<Result<ObjectRef>> second;
  int asked = 0;
  world.backend.before = [&]() -> std::optional<Error> {
    if (++asked == 1) second = world->erase(pool, revision);
    return std::nullopt;
  };
  pool.location = "first";
  REQUIRE(world->update(pool, revision));
  REQUIRE(second);
  REQUIRE_FALSE(*second);
  CHECK(second->error().kind == ErrorKind::conflict);
  CHECK(asked == 1);
  auto late = world->update(pool, revision);
  REQUIRE_FALSE(late);
  CHECK(late.error().kind == ErrorKind::precondition);
  CHECK(intents(world) == 0);
}

TEST_CASE("of two gateways' conditional writes at one revision one goes through, though neither sees the other's") {
  World world;
  auto revision = world->create(Half::pool("given")).value()->revision();
  world->context.member = "one";
  Half other(world.store->log(), world.backend, world.watch, world.config);
  other.context.member = "two";
  other.context.in_flight = [](const adapters::Intent& intent) { return intent.member == "one"; };
  ResourcePool pool = pool_of(world, "given");
  other.log.hold();
  std::optional<Result<ObjectRef>> overtaken;
  std::jthread client([&] { overtaken = other.update(pool, revision); });
  REQUIRE(other.log.wait_held());  // decided, on what the first one changes now
  pool.location = "first";
  ErrorKind expected{};
  SUBCASE("which is done") {
    REQUIRE(world->update(pool, revision));
    other.log.release();
    client.join();
    expected = ErrorKind::precondition;
  }
  SUBCASE("which is under way") {
    world.backend.before = [&]() -> std::optional<Error> {
      other.log.release();
      client.join();
      return std::nullopt;
    };
    REQUIRE(world->update(pool, revision));
    expected = ErrorKind::conflict;
  }
  REQUIRE(overtaken);
  REQUIRE_FALSE(*overtaken);
  CHECK(overtaken->error().kind == expected);
  CHECK(intents(world) == 0);
}

TEST_CASE("a conditional write whose outcome is unknown does not bar the next one, on any gateway") {
  World world;
  auto revision = world->create(Half::pool("given")).value()->revision();
  world->context.member = "one";
  world.backend.before = [] { return make_error(ErrorKind::timeout, "no answer"); };
  ResourcePool pool = pool_of(world, "given");
  auto lost = world->update(pool, revision);
  REQUIRE_FALSE(lost);
  CHECK(intents(world) == 1);
  world.backend.before = [] { return std::nullopt; };
  Half other(world.store->log(), world.backend, world.watch, world.config);
  other.context.member = "two";
  other.context.in_flight = [](const adapters::Intent& intent) { return intent.member == "one"; };
  SUBCASE("the same") { CHECK(world->update(pool, revision)); }
  SUBCASE("another") { CHECK(other.update(pool, revision)); }
  world->settle();
  CHECK(world.entries(0, true).back().starts_with("delete intent"));
}

TEST_CASE("a list takes no intent that stands where the one that it settled stood") {
  World world;
  auto revision = world->create(Half::pool("given")).value()->revision();
  ResourcePool pool = pool_of(world, "given");
  world.backend.before = [] { return make_error(ErrorKind::timeout, "no answer"); };
  REQUIRE_FALSE(world->update(pool, revision));
  std::unique_ptr<ims::Pass> pass;
  world->feed([&](ims::Feed& feed) { pass = feed.begin(Half::all_kinds()); });
  for (const auto& observed : world.backend.list()) pass->add(observed);
  std::size_t left = 0;
  world.backend.before = [&]() -> std::optional<Error> {
    world->feed([&](ims::Feed&) { CHECK(pass->commit({})); });
    left = intents(world);
    return std::nullopt;
  };
  REQUIRE(world->update(pool, revision));
  CHECK(left == 1);
  CHECK(intents(world) == 0);
}

TEST_CASE("a resource is not made in a pool that another gateway removed meanwhile") {
  World world;
  REQUIRE(world->pass({Backend::type(), Backend::pool("p")}));
  world->log.hold();
  Result<ObjectRef> made = make_error(ErrorKind::internal, "");
  Resource resource;
  resource.resource_pool_id = "p";
  resource.resource_type_id = "t-type";
  std::jthread client([&] { made = world->create(resource); });
  REQUIRE(world->log.wait_held());
  store::Commit commit;
  commit.changes.push_back({{}, world->find(pools, "p")});
  REQUIRE(world.store->log().commit(commit));
  world->log.release();
  client.join();
  REQUIRE_FALSE(made);
  CHECK(made.error().kind == ErrorKind::not_found);
  CHECK(intents(world) == 0);
}

TEST_CASE("an update without an expectation is decided again when another gateway was faster") {
  World world;
  REQUIRE(world->create(Half::pool("given")));
  ResourcePool pool = pool_of(world, "given");
  pool.location = "mine";
  world->log.hold();
  Result<ObjectRef> changed = make_error(ErrorKind::internal, "");
  std::jthread client([&] { changed = world->update(pool); });
  REQUIRE(world->log.wait_held());  // its intent, decided on what the other gateway changes now
  model::ObjectRef present = world->find(pools, "given");
  model::Draft theirs = present->draft();
  theirs.version = 7;
  store::Commit commit;
  commit.changes.push_back({model::Object::make(theirs), present});
  REQUIRE(world.store->log().commit(commit));
  world->log.refuse_next(make_error(ErrorKind::conflict, "given was changed meanwhile"));
  world->log.release();
  client.join();
  CHECK(changed);
}

TEST_CASE("a creation decided twice still finds its pool and its type") {
  World world;
  REQUIRE(world->pass({Backend::type()}));
  REQUIRE(world->create(Half::pool("given")));
  Resource resource;
  resource.resource_id = "mine";
  resource.resource_pool_id = "given";
  resource.resource_type_id = "t-type";
  world->log.refuse_next(make_error(ErrorKind::conflict, "another gateway"));
  auto made = world->create(resource);
  REQUIRE(made);
  CHECK((*made)->pool() == "given");
  std::lock_guard lock(world.backend.mutex);
  auto place = world.backend.objects.find({Kind::resource, "t-res-made-2"});
  REQUIRE(place != world.backend.objects.end());
  CHECK(std::get<Resource>(place->second.object).resource_pool_id == "t-pool-made-1");
}

TEST_CASE("an update that was overtaken reads the object again") {
  World world;
  REQUIRE(world->create(Half::pool("given")));
  ResourcePool pool = pool_of(world, "given");
  pool.description = "told by O2";
  pool.location = "mine";
  for (bool reads : {true, false}) {
    CAPTURE(reads);
    world.backend.manners.reads = reads;
    world.backend.after = [&]() -> std::optional<Error> {  // the backend's own change, seen before our answer
      world->upsert(world.backend.set(Backend::pool("t-pool-made-1", "theirs")));
      return std::nullopt;
    };
    auto changed = world->update(pool);
    REQUIRE(changed);
    CHECK(world->json(pools, "given").at("location").as_text() == (reads ? "theirs" : "mine"));
    CHECK(world->json(pools, "given").at("description").as_text() == "told by O2");
    CHECK(intents(world) == 0);
  }
}

TEST_CASE("an update whose answer is older than what the watch brought meanwhile is read again, or refused") {
  World world;
  world.backend.manners.versions = true;
  REQUIRE(world->create(Half::pool("given")));
  ResourcePool pool = pool_of(world, "given");
  int turn = 0;
  world.backend.after = [&]() -> std::optional<Error> {
    world->upsert(world.backend.set(Backend::pool("t-pool-made-1", "theirs " + std::to_string(++turn))));
    return std::nullopt;
  };
  pool.description = "told by O2";
  auto changed = world->update(pool);
  REQUIRE(changed);
  CHECK(Value::parse((*changed)->json())->at("description").as_text() == "told by O2");
  CHECK(world->json(pools, "given").at("description").as_text() == "told by O2");
  CHECK(world->json(pools, "given").at("location").as_text() == "theirs 1");
  world.backend.manners.reads = false;
  pool.description = "can't be laid over what is newer";
  auto refused = world->update(pool);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().kind == ErrorKind::conflict);
  CHECK(world->json(pools, "given").at("description").as_text() == "told by O2");
  CHECK(world->json(pools, "given").at("location").as_text() == "theirs 2");
  CHECK(intents(world) == 0);
}

TEST_CASE("a write's answer that is no object is the backend's fault") {
  World world;
  world.backend.manners.own_ids = false;
  auto made = world->create(Half::pool("not an id"));
  REQUIRE_FALSE(made);
  CHECK(made.error().kind == ErrorKind::internal);
  CHECK(made.error().from_backend);
}

TEST_CASE("what a creation stages along with it is in the same commit") {
  World world;
  adapters::Write write;
  write.object = Half::pool("given");
  write.along = [](state::Transaction& transaction, const model::Object& made) {
    model::Draft answer;
    answer.kind = model::answer;
    answer.id = "answer to " + std::string(made.id());
    answer.json = "{}";
    transaction.put(answer);
  };
  std::promise<Result<ObjectRef>> promise;
  world->writes.create(*world->host, write, [&](Result<ObjectRef> result) { promise.set_value(std::move(result)); });
  auto made = promise.get_future().get();
  REQUIRE(made);
  auto answer = world->find(model::answer, "answer to given");
  REQUIRE(answer);
  auto entries = world.store->log().read(0, 100);
  REQUIRE(entries);
  CHECK(entries->back().revision < answer->revision() + 3);
}

TEST_CASE("a resource's pool and type must be there") {
  World world;
  Resource resource;
  resource.resource_pool_id = "nowhere";
  resource.resource_type_id = "t-type";
  auto made = world->create(resource);
  REQUIRE_FALSE(made);
  CHECK(made.error().kind == ErrorKind::not_found);
  CHECK_FALSE(world->update(Half::pool("nowhere")));
  CHECK_FALSE(world->erase(Half::pool("nowhere")));
  CHECK(intents(world) == 0);
}
