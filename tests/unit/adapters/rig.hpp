#pragma once

#include <atomic>
#include <deque>
#include <future>
#include <map>
#include <memory>
#include <string>

#include <doctest/doctest.h>

#include "adapters/host.hpp"
#include "adapters/writes.hpp"
#include "model/fields.hpp"
#include "unit/adapters/backend.hpp"
#include "unit/state/gate_log.hpp"

/// A gateway's southern half, of real parts, over a store and a backend that outlive it.
namespace netweave::test {

using model::ObjectRef;

inline constexpr Kind pools = Kind::resource_pool;

/// Jobs for the adapter's own thread.
class Script {
 public:
  using Job = std::function<void(ims::Feed&)>;

  /// Blocks until it has run there.
  void run(Job job) {
    auto done = std::make_shared<std::promise<void>>();
    auto future = done->get_future();
    post([job = std::move(job), done](ims::Feed& feed) {
      job(feed);
      done->set_value();
    });
    REQUIRE(future.wait_for(std::chrono::seconds(60)) == std::future_status::ready);
    future.get();
  }
  /// May throw, which ends `observe`; so does `leave`.
  void post(Job job) {
    {
      std::lock_guard lock(mutex_);
      jobs_.push_back(std::move(job));
    }
    changed_.notify_all();
  }
  void leave() {
    post([this](ims::Feed&) { left_ = true; });
  }

  void observe(ims::Feed& feed, const std::stop_token& stop) {
    ++rounds;
    left_ = false;
    while (!left_) {
      Job job;
      {
        std::unique_lock lock(mutex_);
        if (!changed_.wait(lock, stop, [&] { return !jobs_.empty(); })) return;
        job = std::move(jobs_.front());
        jobs_.pop_front();
      }
      job(feed);
    }
  }

  std::atomic<int> rounds{0};  ///< how often `observe` was called

 private:
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::deque<Job> jobs_;
  bool left_ = false;  // the adapter's thread
};

/// A clock that a test moves.
struct Watch {
  std::atomic<Millis> now{1'700'000'000'000};
  Clock clock() {
    return [this] { return std::chrono::system_clock::time_point(std::chrono::milliseconds(now.load())); };
  }
};

class Half {
 public:
  Half(store::Log& kept, Backend& backend, Watch& watch, AdapterConfig config = named("t"))
      : log(kept),
        writer(log, state, {std::chrono::milliseconds(1), 20000, watch.clock(), {}}),
        tail(log, state, {}),
        context{log,
                state,
                writer,
                "ocloud-1",
                watch.clock(),
                {},
                [this](const adapters::Intent& intent) {
                  return intent.member == context.member && writes.in_flight(intent.token);
                }},
        writes(context, 2, 100) {
    std::vector<ObjectRef> objects;
    auto head = log.load([&](ObjectRef object) { objects.push_back(std::move(object)); });
    REQUIRE(head);
    state.load(std::move(objects), *head, log.epoch());
    tail.start();
    auto observe = [this](ims::Feed& feed, const std::stop_token& stop) { script.observe(feed, stop); };
    host = std::make_unique<adapters::Host>(std::move(config), std::make_unique<BackendAdapter>(backend, observe),
                                            context);
    host->start();
  }
  ~Half() { stop(); }
  Half(const Half&) = delete;
  Half& operator=(const Half&) = delete;

  static AdapterConfig named(const std::string& name) {
    AdapterConfig config;
    config.name = name;
    config.type = "test";
    return config;
  }

  void stop() {
    host->stop();
    writes.stop();
    writer.stop();
    tail.stop();
  }
  /// As kill -9: from this moment on nothing of it reaches the store.
  void crash() {
    log.cut_after(0);
    stop();
  }

  // What the adapter does, on its own thread.
  void feed(Script::Job job) { script.run(std::move(job)); }
  void upsert(const ims::Observed& observed) {
    feed([&](ims::Feed& to) { REQUIRE(to.upsert(observed)); });
    settle();
  }
  void remove(Kind kind, const std::string& id, const std::string& uid = {}) {
    feed([&](ims::Feed& to) { REQUIRE(to.remove(kind, id, uid)); });
    settle();
  }
  Result<void> pass(const std::vector<ims::Observed>& objects, const std::string& checkpoint = {},
                    std::vector<Kind> kinds = all_kinds()) {
    Result<void> result;
    feed([&](ims::Feed& to) {
      auto pass = to.begin(std::move(kinds));
      for (const auto& object : objects) pass->add(object);
      result = pass->commit(checkpoint);
    });
    return result;
  }
  static std::vector<Kind> all_kinds() { return {model::observed_kinds.begin(), model::observed_kinds.end()}; }
  /// Blocks until what was fed is committed or dropped.
  void settle() {
    (void)writer.run([](state::Transaction&) -> Result<void> { return {}; });
  }

  // What a client does.
  using Written = std::variant<ResourcePool, Resource>;
  Result<ObjectRef> create(Written object) {
    return call([&](adapters::Write write, auto done) { writes.create(*host, std::move(write), done); }, object);
  }
  Result<ObjectRef> update(Written object, model::Revision expected = 0) {
    return call([&](adapters::Write write, auto done) { writes.update(*host, std::move(write), done); }, object,
                expected);
  }
  Result<ObjectRef> erase(Written object, model::Revision expected = 0) {
    return call([&](adapters::Write write, auto done) { writes.remove(*host, std::move(write), done); }, object,
                expected);
  }
  static ResourcePool pool(const std::string& id, const std::string& description = "") {
    ResourcePool pool;
    pool.resource_pool_id = id;
    pool.name = "a pool";
    pool.location = "asked";
    pool.description = description;
    return pool;
  }

  // What a reader sees.
  ObjectRef find(Kind kind, const std::string& id) const {
    auto snapshot = state.snapshot();
    return ObjectRef::share(snapshot->find(kind, id));
  }
  Value json(Kind kind, const std::string& id) const {
    ObjectRef object = find(kind, id);
    return object ? Value::parse(object->json()).value_or(Value()) : Value();
  }
  std::size_t count(Kind kind) const { return state.snapshot()->table(kind).size(); }

  GateLog log;
  state::State state;
  state::Writer writer;
  state::Tail tail;
  Script script;
  adapters::HostContext context;
  adapters::Writes writes;
  std::unique_ptr<adapters::Host> host;

 private:
  template <class Start>
  Result<ObjectRef> call(Start start, Written object, model::Revision expected = 0) {
    adapters::Write write;
    write.object = std::move(object);
    write.expected = expected;
    auto promise = std::make_shared<std::promise<Result<ObjectRef>>>();
    auto future = promise->get_future();
    start(std::move(write), [promise](Result<ObjectRef> result) { promise->set_value(std::move(result)); });
    REQUIRE(future.wait_for(std::chrono::seconds(60)) == std::future_status::ready);
    return future.get();
  }
};

/// Everything that outlives a gateway, and the gateway of the moment.
struct World {
  World() : World(store::open_memory()) {}
  explicit World(std::unique_ptr<store::Store> opened) : store(std::move(opened)) { start(); }

  void start() { gateway = std::make_unique<Half>(store->log(), backend, watch, config); }
  void restart() {
    gateway.reset();
    start();
  }
  void crash() {
    gateway->crash();
    restart();
  }
  Half* operator->() { return gateway.get(); }
  /// The entries after a revision, in words: "put resourcePool t-pool-1", "delete ...".
  std::vector<std::string> entries(model::Revision after, bool notes = false) {
    std::vector<std::string> words;
    auto read = store->log().read(after, 100000);
    REQUIRE(read);
    for (const store::Entry& entry : *read) {
      const model::Object& subject = entry.subject();
      if (!notes && static_cast<int>(subject.kind()) >= 200) continue;
      const char* what = !entry.object ? "delete " : entry.prior ? "change " : "create ";
      words.push_back(std::string(what).append(to_string(subject.kind())).append(" ").append(subject.id()));
    }
    return words;
  }
  model::Revision head() { return store->log().head(); }

  std::unique_ptr<store::Store> store;
  Backend backend;
  Watch watch;
  AdapterConfig config = Half::named("t");
  std::unique_ptr<Half> gateway;
};

}  // namespace netweave::test
