#include "state/writer.hpp"

#include <atomic>
#include <future>
#include <stdexcept>
#include <thread>

#include <doctest/doctest.h>

#include "unit/state/gate_log.hpp"

using namespace netweave;
using namespace netweave::state;
using namespace std::chrono_literals;
using netweave::test::GateLog;

namespace {

model::Draft draft(const std::string& id, const std::string& name = "") {
  model::Draft draft;
  draft.kind = Kind::resource_pool;
  draft.id = id;
  draft.json = R"({"resourcePoolId":")" + id + R"(","name":")" + name + R"("})";
  return draft;
}

Step put_pool(const std::string& id, const std::string& name = "") {
  return [=](Transaction& transaction) -> Result<void> {
    transaction.put(draft(id, name));
    return {};
  };
}
Step nothing() {
  return [](Transaction&) -> Result<void> { return {}; };
}

/// One gateway's middle: state, writer, tail over a log that others may share.
struct Middle {
  explicit Middle(store::Log& shared, WriterOptions options = {}, std::function<void()> on_epoch = {})
      : log(shared), writer(log, state, std::move(options)), tail(log, state, {}) {
    if (on_epoch) tail.observe_epochs(std::move(on_epoch));
    std::vector<ObjectRef> objects;
    auto head = log.load([&](ObjectRef object) { objects.push_back(std::move(object)); });
    REQUIRE(head);
    state.load(std::move(objects), *head, log.epoch());
    tail.start();
  }
  ~Middle() {
    writer.stop();
    tail.stop();
  }
  std::string json(const std::string& id) const {
    auto snapshot = state.snapshot();
    const Object* object = snapshot->find(Kind::resource_pool, id);
    return object == nullptr ? std::string() : std::string(object->json());
  }
  bool caught_up() const { return state.wait(log.head(), std::chrono::steady_clock::now() + std::chrono::seconds(30)); }

  GateLog log;
  State state;
  Writer writer;
  Tail tail;
};

struct World {
  std::unique_ptr<store::Store> store = store::open_memory();
  Middle middle{store->log()};
};

/// Holds the writer's thread inside a step, so that what is submitted meanwhile is gathered into one commit.
class Held {
 public:
  explicit Held(Writer& writer) {
    writer.submit(
        [this](Transaction&) -> Result<void> {
          entered_.set_value();
          go_.get_future().wait();
          return {};
        },
        {});
    entered_.get_future().wait();
  }
  void go() { go_.set_value(); }

 private:
  std::promise<void> entered_;
  std::promise<void> go_;
};

}  // namespace

TEST_CASE("a commit's entries get one block of revisions") {
  World world;
  auto step = [](Transaction& transaction) -> Result<void> {
    for (const char* id : {"a", "b", "c"}) transaction.put(draft(id));
    return {};
  };
  auto first = world.middle.writer.run(step);
  REQUIRE(first);
  CHECK(*first == 3);
  auto entries = world.store->log().read(0, 10);
  REQUIRE(entries);
  REQUIRE(entries->size() == 3);
  for (std::size_t i = 0; i < 3; ++i) CHECK((*entries)[i].revision == i + 1);
}

TEST_CASE("a caller is answered when its own gateway has folded the revision") {
  World world;
  auto revision = world.middle.writer.run(put_pool("a"));
  REQUIRE(revision);
  CHECK(world.middle.state.revision() >= *revision);
  CHECK(world.middle.json("a") != "");
}

TEST_CASE("a snapshot shows whole commits, however far the tail is behind") {
  auto store = store::open_memory();
  constexpr std::size_t commits = 7;
  for (bool one_time : {false, true}) {
    CAPTURE(one_time);
    for (std::size_t i = 0; i < commits; ++i) {  // 7,000 entries: more than the tail reads at once
      store::Commit commit;
      commit.time = one_time ? 1000 : static_cast<Millis>(i);
      for (std::size_t j = 0; j < store::max_changes; ++j)
        commit.changes.push_back(
            {model::Object::make(draft(std::to_string(one_time) + "-" + std::to_string(i) + "-" + std::to_string(j))),
             {}});
      REQUIRE(store->log().commit(commit));
    }
  }
  State state;
  Tail tail(store->log(), state, {});
  std::atomic<bool> whole = true;
  tail.observe([&](std::span<const store::Entry> entries) {
    if (entries.back().revision % store::max_changes != 0) whole = false;
    if (state.revision() != entries.back().revision) whole = false;
  });
  tail.start();
  CHECK(state.wait(2 * commits * store::max_changes, std::chrono::steady_clock::now() + std::chrono::seconds(60)));
  tail.stop();
  CHECK(whole);
  CHECK(state.snapshot()->table(Kind::resource_pool).size() == 2 * commits * store::max_changes);
}

TEST_CASE("nothing is visible before the store has it") {
  World world;
  std::vector<store::Revision> seen;
  world.middle.log.hold();
  std::promise<Result<Revision>> answer;
  auto answered = answer.get_future();
  world.middle.writer.submit(put_pool("a"), [&](Result<Revision> result) { answer.set_value(std::move(result)); });
  REQUIRE(world.middle.log.wait_held());
  CHECK(world.middle.json("a") == "");
  CHECK(world.middle.state.revision() == 0);
  CHECK(answered.wait_for(std::chrono::seconds(0)) == std::future_status::timeout);
  world.middle.log.release();
  REQUIRE(answered.get());
  CHECK(world.middle.json("a") != "");
}

TEST_CASE("a commit that fails reaches the caller as it is, and changes nothing") {
  World world;
  REQUIRE(world.middle.writer.run(put_pool("a", "before")));
  for (ErrorKind kind : {ErrorKind::unavailable, ErrorKind::timeout, ErrorKind::internal}) {
    world.middle.log.refuse_next(make_error(kind, "the disk"));
    auto result = world.middle.writer.run(put_pool("a", "after"));
    REQUIRE_FALSE(result);
    CHECK(result.error().kind == kind);
    CHECK(world.middle.writer.fault() == "the disk");
    CHECK(world.middle.json("a").find("before") != std::string::npos);
  }
  REQUIRE(world.middle.writer.run(put_pool("a", "after")));
  CHECK(world.middle.writer.fault() == "");
  CHECK(world.middle.json("a").find("after") != std::string::npos);
}

TEST_CASE("what waits for the next commit is not told another commit's failure") {
  World world;
  Held held(world.middle.writer);
  std::promise<Result<Revision>> first;
  std::promise<Result<Revision>> second;
  world.middle.log.refuse_next(make_error(ErrorKind::unavailable, "the disk"));
  world.middle.writer.submit(put_pool("a", "1"), [&](Result<Revision> result) { first.set_value(std::move(result)); });
  world.middle.writer.submit(put_pool("a", "2"), [&](Result<Revision> result) { second.set_value(std::move(result)); });
  held.go();
  CHECK_FALSE(first.get_future().get());
  CHECK(second.get_future().get());
}

TEST_CASE("two changes of one object by two callers are two entries") {
  World world;
  Held held(world.middle.writer);
  world.middle.writer.submit(put_pool("a", "1"), {});
  world.middle.writer.submit(put_pool("a", "2"), {});
  held.go();
  REQUIRE(world.middle.writer.run(nothing()));
  auto entries = world.store->log().read(0, 10);
  REQUIRE(entries);
  REQUIRE(entries->size() == 2);
  CHECK((*entries)[1].prior->json() == (*entries)[0].object->json());
}

TEST_CASE("callers are answered in the order in which they came, errors and all") {
  World world;
  Held held(world.middle.writer);
  std::vector<int> order;
  for (int i = 0; i < 100; ++i)
    world.middle.writer.submit(put_pool(std::to_string(i % 7), std::to_string(i)),
                               [&order, i](Result<Revision>) { order.push_back(i); });
  held.go();
  REQUIRE(world.middle.writer.run(nothing()));
  REQUIRE(order.size() == 100);
  for (int i = 0; i < 100; ++i) CHECK(order[static_cast<std::size_t>(i)] == i);
}

TEST_CASE("a step that errs or throws stages nothing, and the others of its commit go on") {
  World world;
  auto errs = [](Transaction& transaction) -> Result<void> {
    transaction.put(draft("bad"));
    return make_error(ErrorKind::conflict, "no");
  };
  auto throws = [](Transaction& transaction) -> Result<void> {
    transaction.put(draft("worse"));
    throw std::runtime_error("oops");
  };
  Held held(world.middle.writer);
  std::vector<ErrorKind> errors;
  auto keep = [&](Result<Revision> result) { errors.push_back(result ? ErrorKind::invalid : result.error().kind); };
  world.middle.writer.submit(errs, keep);
  world.middle.writer.submit(throws, keep);
  world.middle.writer.submit(put_pool("good"), {});
  held.go();
  REQUIRE(world.middle.writer.run(nothing()));
  CHECK(errors == std::vector{ErrorKind::conflict, ErrorKind::internal});
  CHECK(world.middle.json("bad") == "");
  CHECK(world.middle.json("worse") == "");
  CHECK(world.middle.json("good") != "");
}

TEST_CASE("an object that can't be made is its caller's error") {
  World world;
  auto step = [](Transaction& transaction) -> Result<void> {
    model::Draft bad = draft("a");
    bad.adapter.assign(256, 'x');
    transaction.put(bad);
    return {};
  };
  CHECK_FALSE(world.middle.writer.run(step));
  CHECK(world.middle.writer.run(put_pool("a")));
}

TEST_CASE("a step of more changes than a commit holds is an error, and takes no time") {
  World world;
  auto many = [](std::size_t count) -> Step {
    return [count](Transaction& transaction) -> Result<void> {
      for (std::size_t i = 0; i < count; ++i) transaction.put(draft(std::to_string(i)));
      return {};
    };
  };
  auto result = world.middle.writer.run(many(50000));
  REQUIRE_FALSE(result);
  CHECK(result.error().kind == ErrorKind::internal);
  CHECK(world.middle.state.revision() == 0);
  REQUIRE(world.middle.writer.run(many(store::max_changes)));
  CHECK(world.middle.state.revision() == store::max_changes);
}

TEST_CASE("steps that fill a commit together are split between commits, never within a step") {
  World world;
  Held held(world.middle.writer);
  auto block = [](int number) -> Step {
    return [number](Transaction& transaction) -> Result<void> {
      for (int i = 0; i < 400; ++i) transaction.put(draft(std::to_string(number) + "-" + std::to_string(i)));
      return {};
    };
  };
  for (int i = 0; i < 5; ++i) world.middle.writer.submit(block(i), {});
  held.go();
  REQUIRE(world.middle.writer.run(nothing()));
  CHECK(world.middle.state.revision() == 2000);
}

TEST_CASE("a step sees what was staged before it, its own and others'") {
  World world;
  Held held(world.middle.writer);
  world.middle.writer.submit(put_pool("a"), {});
  bool saw_other = false;
  bool saw_own = false;
  bool saw_removed = true;
  world.middle.writer.submit(
      [&](Transaction& transaction) -> Result<void> {
        saw_other = static_cast<bool>(transaction.get(Kind::resource_pool, "a"));
        transaction.put(draft("b"));
        saw_own = static_cast<bool>(transaction.get(Kind::resource_pool, "b"));
        transaction.remove(Kind::resource_pool, "b");
        saw_removed = static_cast<bool>(transaction.get(Kind::resource_pool, "b"));
        return {};
      },
      {});
  held.go();
  REQUIRE(world.middle.writer.run(nothing()));
  CHECK(saw_other);
  CHECK(saw_own);
  CHECK_FALSE(saw_removed);
  CHECK(world.middle.state.revision() == 1);  // what was made and removed in one step was never there
}

TEST_CASE("a step that asks to run again runs after what it staged was committed") {
  World world;
  REQUIRE(world.middle.writer.run(put_pool("a", "old")));
  auto step = [](Transaction& transaction) -> Result<void> {
    if (transaction.base().find(Kind::resource_pool, "a") != nullptr) {
      transaction.remove(Kind::resource_pool, "a");
      transaction.again();
    } else {
      transaction.put(draft("a", "new"));
    }
    return {};
  };
  REQUIRE(world.middle.writer.run(step));
  auto entries = world.store->log().read(1, 10);
  REQUIRE(entries);
  REQUIRE(entries->size() == 2);
  CHECK_FALSE((*entries)[0].object);
  CHECK_FALSE((*entries)[1].prior);
}

TEST_CASE("two gateways on one store agree, and no change is lost between them") {
  auto store = store::open_memory();
  Middle one(store->log());
  Middle two(store->log());
  constexpr int rounds = 200;
  auto count_up = [](Transaction& transaction) -> Result<void> {
    ObjectRef present = transaction.get(Kind::resource_pool, "counter");
    int number = present ? std::stoi(std::string(present->uid())) : 0;
    model::Draft next = draft("counter");
    next.uid = std::to_string(number + 1);
    transaction.put(next);
    return {};
  };
  auto work = [&](Middle& middle) {
    int failed = 0;
    for (int i = 0; i < rounds; ++i)
      if (!middle.writer.run(count_up)) ++failed;
    return failed;
  };
  auto other = std::async(std::launch::async, [&] { return work(two); });
  CHECK(work(one) == 0);
  CHECK(other.get() == 0);
  REQUIRE(one.caught_up());
  REQUIRE(two.caught_up());
  for (Middle* middle : {&one, &two}) {
    auto snapshot = middle->state.snapshot();
    CHECK(snapshot->revision() == store->log().head());
    CHECK(snapshot->find(Kind::resource_pool, "counter")->uid() == std::to_string(2 * rounds));
  }
}

TEST_CASE("a conflict with another writer is decided again on what it wrote") {
  World world;
  REQUIRE(world.middle.writer.run(put_pool("a", "1")));
  world.middle.log.hold();
  std::atomic<int> runs = 0;
  std::string saw;
  std::promise<Result<Revision>> answer;
  auto step = [&](Transaction& transaction) -> Result<void> {
    ++runs;
    saw = transaction.get(Kind::resource_pool, "a")->json();
    transaction.put(draft("a", "3"));
    return {};
  };
  world.middle.writer.submit(step, [&](Result<Revision> result) { answer.set_value(std::move(result)); });
  REQUIRE(world.middle.log.wait_held());
  auto prior = ObjectRef::share(world.middle.state.snapshot()->find(Kind::resource_pool, "a"));
  store::Commit theirs;
  theirs.changes.push_back({model::Object::make(draft("a", "2")), prior});
  REQUIRE(world.store->log().commit(theirs));
  world.middle.log.release();
  REQUIRE(answer.get_future().get());
  CHECK(runs == 2);
  CHECK(saw.find("\"2\"") != std::string::npos);
  CHECK(world.middle.json("a").find("\"3\"") != std::string::npos);
}

TEST_CASE("a full queue refuses an offer, and a submit waits for room") {
  auto store = store::open_memory();
  WriterOptions options;
  options.max_queued = 3;
  Middle middle(store->log(), options);
  Held held(middle.writer);
  for (int i = 0; i < 3; ++i) CHECK(middle.writer.offer(put_pool(std::to_string(i)), {}));
  CHECK_FALSE(middle.writer.offer(put_pool("3"), {}));
  auto waiting = std::async(std::launch::async, [&] { return middle.writer.run(put_pool("4")); });
  CHECK_FALSE(middle.writer.offer(put_pool("3"), {}));
  held.go();
  CHECK(waiting.get());
  CHECK(middle.writer.run(put_pool("5")));
  CHECK(middle.json("4") != "");
  CHECK(middle.json("3") == "");
}

TEST_CASE("an answer may submit more, though the queue is full") {
  auto store = store::open_memory();
  WriterOptions options;
  options.max_queued = 2;
  Middle middle(store->log(), options);
  Held held(middle.writer);
  std::promise<Result<Revision>> last;
  auto chain = [&](Result<Revision>) {
    middle.writer.submit(put_pool("b"), [&](Result<Revision> result) { last.set_value(std::move(result)); });
  };
  REQUIRE(middle.writer.offer(
      [](Transaction&) -> Result<void> { return make_error(ErrorKind::conflict, "answered at once"); }, chain));
  REQUIRE(middle.writer.offer(put_pool("a"), {}));
  std::jthread filler([&] {
    for (int i = 0; i < 50; ++i) middle.writer.submit(put_pool("filler" + std::to_string(i)), {});
  });
  held.go();
  auto future = last.get_future();
  REQUIRE(future.wait_for(std::chrono::seconds(30)) == std::future_status::ready);
  CHECK(future.get());
}

TEST_CASE("at its stop a writer answers everybody") {
  auto store = store::open_memory();
  auto middle = std::make_unique<Middle>(store->log());
  middle->log.hold();
  std::vector<std::future<Result<Revision>>> answers;
  for (int i = 0; i < 50; ++i) {
    auto promise = std::make_shared<std::promise<Result<Revision>>>();
    answers.push_back(promise->get_future());
    middle->writer.submit(put_pool(std::to_string(i % 5)), [promise](Result<Revision> r) { promise->set_value(r); });
  }
  REQUIRE(middle->log.wait_held());
  std::jthread stopper([&] { middle->writer.stop(); });
  middle->log.cut_after(0);
  stopper.join();
  for (auto& answer : answers) {
    REQUIRE(answer.wait_for(std::chrono::seconds(0)) == std::future_status::ready);
    auto result = answer.get();
    REQUIRE_FALSE(result);
    CHECK((result.error().kind == ErrorKind::cancelled || result.error().kind == ErrorKind::unavailable));
  }
  CHECK_FALSE(middle->writer.offer(put_pool("late"), {}));
  auto late = middle->writer.run(put_pool("late"));
  REQUIRE_FALSE(late);
  CHECK(late.error().kind == ErrorKind::cancelled);
}

TEST_CASE("a writer stops while its gateway has not folded what it committed") {
  auto store = store::open_memory();
  State state;
  Writer writer(store->log(), state, {});  // no tail
  std::promise<Result<Revision>> answer;
  writer.submit(put_pool("a"), [&](Result<Revision> result) { answer.set_value(std::move(result)); });
  store->log().wait(0, std::chrono::steady_clock::now() + std::chrono::seconds(30), {});
  writer.stop();
  CHECK(answer.get_future().get());
}

TEST_CASE("kinds of a newer version are passed over") {
  auto store = store::open_memory();
  for (int number : {7, 100, 199, 206, 255}) {
    model::Draft unknown = draft("x" + std::to_string(number));
    unknown.kind = static_cast<Kind>(number);
    store::Commit commit;
    commit.changes.push_back({model::Object::make(unknown), {}});
    commit.changes.push_back({model::Object::make(draft("known" + std::to_string(number))), {}});
    REQUIRE(store->log().commit(commit));
  }
  Middle loaded(store->log());
  CHECK(loaded.state.snapshot()->table(Kind::resource_pool).size() == 5);
  State folded;
  auto entries = store->log().read(0, 100);
  REQUIRE(entries);
  folded.apply(*entries);
  CHECK(folded.snapshot()->table(Kind::resource_pool).size() == 5);
  CHECK(folded.revision() == 10);
}

TEST_CASE("a step under a lost lease ends, and those that shared its commit go through") {
  World world;
  store::Fence mine{"observe/k8s", world.store->leases().acquire("observe/k8s", "me", 0ms).value()};
  REQUIRE(world.store->leases().acquire("observe/k8s", "another", 60s));
  Held held(world.middle.writer);
  auto run = [&](Step step) {
    auto promise = std::make_shared<std::promise<Result<Revision>>>();
    world.middle.writer.submit(std::move(step), [promise](Result<Revision> result) { promise->set_value(result); });
    return promise->get_future();
  };
  auto fenced = run([&](Transaction& transaction) -> Result<void> {
    transaction.require(mine);
    transaction.put(draft("stale"));
    return {};
  });
  auto plain = run(put_pool("good"));
  held.go();
  auto refused = fenced.get();
  REQUIRE_FALSE(refused);
  CHECK(refused.error().kind == ErrorKind::denied);
  CHECK(plain.get());
  CHECK(world.middle.json("stale").empty());
  CHECK_FALSE(world.middle.json("good").empty());
}

TEST_CASE("a change that another gateway came before is no fault of the store") {
  World world;
  Middle other(world.store->log());
  Held held(world.middle.writer);
  auto late = std::make_shared<std::promise<Result<Revision>>>();
  auto answer = late->get_future();
  world.middle.writer.submit(put_pool("same", "late"), [late](Result<Revision> result) { late->set_value(result); });
  REQUIRE(other.writer.run(put_pool("same", "early")));
  held.go();
  CHECK(answer.get());
  CHECK(world.middle.writer.fault().empty());
  CHECK(world.middle.json("same").find("late") != std::string::npos);
}

TEST_CASE("a step under a lease that is held goes through") {
  World world;
  store::Fence mine{"observe/k8s", world.store->leases().acquire("observe/k8s", "me", 60s).value()};
  CHECK(world.middle.writer.run([&](Transaction& transaction) -> Result<void> {
    transaction.require(mine);
    transaction.put(draft("a"));
    return {};
  }));
}

TEST_CASE("when the log begins another epoch it is folded anew, whoever observes is told, and steps go on") {
  auto store = store::open_memory();
  std::atomic<int> told{0};
  Middle middle(store->log(), {}, [&] { ++told; });
  REQUIRE(middle.writer.run(put_pool("a")));
  std::string next = store->log().begin_epoch(store->log().epoch()).value();
  REQUIRE(middle.writer.run(put_pool("b")));
  auto snapshot = middle.state.snapshot();
  CHECK(snapshot->epoch() == next);
  CHECK(told == 1);
  CHECK_FALSE(middle.json("a").empty());
  CHECK_FALSE(middle.json("b").empty());
}
