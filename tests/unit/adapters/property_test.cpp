#include <cstdlib>
#include <filesystem>
#include <random>
#include <set>

#include "unit/adapters/rig.hpp"

using namespace netweave;
using namespace netweave::test;

namespace {

constexpr Kind resources = Kind::resource;

/// A gateway, its store and its backend, and whatever may happen to them, at random. What must be shown in the end is
/// slow and obvious: what the backend has, under the ids and with the descriptions that clients gave.
class Play {
 public:
  /// `reopen` gives the store again after it was closed; without it the store stays open over restarts.
  Play(unsigned seed, std::unique_ptr<store::Store> store, std::function<std::unique_ptr<store::Store>()> reopen = {})
      : reopen_(std::move(reopen)), world_(std::move(store)), random_(seed) {
    world_.backend.manners.versions = chance(2);
    world_.backend.manners.own_ids = !chance(4);
    world_.backend.set(Backend::type());
    world_.backend.before = [this] { return disturb(unharmed_); };
    world_.backend.after = [this] { return disturb(harmed_); };
  }

  void run(int steps) {
    for (int step = 0; step < steps; ++step) {
      world_.watch.now += static_cast<long>(pick(2000));
      act();
      if (step % 200 == 199) check();
    }
    check();
  }

 private:
  using Descriptions = std::set<std::string>;  // one of them: of a write whose outcome nobody knows, either

  std::uint64_t pick(std::uint64_t below) { return random_() % below; }
  bool chance(std::uint64_t one_in) { return pick(one_in) == 0; }

  void act() {
    switch (pick(20)) {
      case 0:
        return restart(true);
      case 1:
        return restart(false);
      case 2:
        return end_pass(true);
      case 3:
        return end_pass(false);
      case 4:
      case 5:
        return begin_pass();
      case 6:
        return finish_removals();
      case 7:
      case 8:
      case 9:
        return create();
      case 10:
      case 11:
      case 12:
        return update();
      case 13:
        return erase();
      case 14:
        return world_->log.refuse_next(make_error(chance(2) ? ErrorKind::unavailable : ErrorKind::timeout, "refused"));
      default:
        return change_backend();
    }
  }

  // The gateway.

  void restart(bool crash) {
    pass_.reset();
    if (crash && chance(2)) {  // in the middle of a pass, as like as not
      world_->log.cut_after(pick(4));
      (void)world_->pass(world_.backend.list(), "c");
    }
    if (crash) world_->crash();
    world_.gateway.reset();
    if (reopen_ && chance(3)) {
      world_.store.reset();
      world_.store = reopen_();
    }
    world_.start();
  }

  void begin_pass() {
    world_->feed([&](ims::Feed& feed) {
      pass_.reset();
      pass_ = feed.begin(Half::all_kinds());
    });
    listed_ = world_.backend.list();
  }

  void end_pass(bool commit) {
    world_->feed([&](ims::Feed&) {
      if (!pass_) return;
      for (auto& object : listed_) pass_->add(object);
      if (commit) (void)pass_->commit(std::to_string(pick(100)));
      pass_.reset();
    });
  }

  // Clients.

  /// What a call to the backend meets.
  std::optional<Error> disturb(std::uint64_t how) {
    if (how == 1) return make_error(ErrorKind::unavailable, "no");
    if (how == 2) return make_error(ErrorKind::timeout, "no answer");
    if (how == 3) {
      world_->log.cut_after(0);
      return make_error(ErrorKind::timeout, "the gateway died");
    }
    return std::nullopt;
  }
  /// Chooses what the next call will meet. A definite no never follows an effect: that is the adapters' contract.
  void choose() {
    unharmed_ = chance(6) ? 1 + pick(3) : 0;
    harmed_ = chance(6) ? 2 + pick(2) : 0;
    world_.backend.manners.removal = chance(3) ? ims::Removal::pending : ims::Removal::done;
  }
  void after_call() {
    bool died = (unharmed_ == 3 || harmed_ == 3);
    unharmed_ = harmed_ = 0;
    if (died) restart(true);
  }

  std::string any(Kind kind) {
    auto snapshot = world_->state.snapshot();
    const state::Tree& table = snapshot->table(kind);
    return table.size() == 0 ? std::string() : std::string(table.select(pick(table.size()))->id());
  }

  void create() {
    choose();
    std::string given = chance(3) ? std::string() : "given-" + std::to_string(++given_count_);
    std::string description = chance(2) ? std::string() : "told " + std::to_string(pick(100));
    if (chance(2)) {
      (void)world_->create(Half::pool(given, description));
    } else {
      Resource resource;
      resource.resource_id = given;
      resource.resource_pool_id = any(pools);
      resource.resource_type_id = "t-type";
      resource.description = description;
      (void)world_->create(resource);
    }
    after_call();
  }

  template <class T>
  void update_one(const std::string& id, T object, const std::function<void(T&)>& change) {
    auto known = world_->find(kind_of<T>(), id);
    Key key{kind_of<T>(), std::string(known->native_id())};
    std::string uid(known->uid());
    std::string before = object.description;
    change(object);
    bool applied = static_cast<bool>(world_->update(object));
    after_call();
    std::lock_guard lock(world_.backend.mutex);
    auto place = world_.backend.objects.find(key);
    if (place == world_.backend.objects.end()) return;
    Descriptions& told = told_[place->second.uid];
    if (place->second.uid != uid) told.insert("");  // replaced unseen: what was written is the new one
    if (applied)
      told = {object.description};
    else
      told.insert({before, object.description});
  }
  template <class T>
  static Kind kind_of() {
    return std::is_same_v<T, ResourcePool> ? pools : resources;
  }

  void update() {
    choose();
    Kind kind = chance(2) ? pools : resources;
    std::string id = any(kind);
    if (id.empty()) return;
    ObjectRef known = world_->find(kind, id);
    std::string description = chance(4) ? std::string() : "told " + std::to_string(pick(100));
    if (kind == pools) {
      auto pool = model::from_json<ResourcePool>(model::resource_pool_table(), known->json());
      update_one<ResourcePool>(id, pool, [&](ResourcePool& to) {
        to.description = description;
        to.location = "asked " + std::to_string(pick(10));
      });
    } else {
      auto resource = model::from_json<Resource>(model::resource_table(), known->json());
      update_one<Resource>(id, resource, [&](Resource& to) { to.description = description; });
    }
  }

  void erase() {
    choose();
    std::string id = any(chance(2) ? pools : resources);
    if (id.empty()) return;
    if (world_->find(pools, id)) {
      (void)world_->erase(Half::pool(id));
    } else {
      Resource resource;
      resource.resource_id = id;
      (void)world_->erase(resource);
    }
    after_call();
  }

  // The backend.

  std::string free_pool() {
    std::vector<std::string> all;
    for (auto& object : world_.backend.list())
      if (ims::kind_of(object) == pools) all.emplace_back(ims::id_of(object));
    return all.empty() ? "t-pool-none" : all[pick(all.size())];
  }

  void change_backend() {
    std::string number = std::to_string(pick(12));
    bool pool = chance(3);
    Key key{pool ? pools : resources, (pool ? "t-pool-" : "t-res-") + number};
    bool there = false;
    {
      std::lock_guard lock(world_.backend.mutex);
      there = world_.backend.objects.contains(key);
    }
    if (there && chance(4)) {
      if (pool && !empty(key.second)) return;
      auto gone = world_.backend.erase(key.first, key.second);
      if (!chance(3)) tell([=](ims::Feed& feed) { return feed.remove(key.first, key.second, gone.uid); });
      return;
    }
    ims::Observed next = pool ? Backend::pool(key.second, "at " + std::to_string(pick(5)))
                              : Backend::resource(key.second, free_pool(), std::to_string(pick(5)));
    next = world_.backend.set(next, !chance(8));
    if (!chance(3)) tell([=](ims::Feed& feed) { return feed.upsert(next); });
  }

  /// News, which where there are versions may be late.
  void tell(std::function<Result<void>(ims::Feed&)> news) {
    if (world_.backend.manners.versions && chance(4)) return late_.push_back(std::move(news));
    world_->feed([&](ims::Feed& feed) {
      (void)news(feed);
      if (chance(5)) (void)feed.checkpoint(std::to_string(pick(100)));
      if (!late_.empty() && chance(3)) {
        (void)late_.back()(feed);
        late_.pop_back();
      }
    });
    if (chance(2)) world_->settle();
  }

  bool empty(const std::string& pool) {
    for (auto& object : world_.backend.list())
      if (const auto* resource = std::get_if<Resource>(&object.object);
          resource != nullptr && resource->resource_pool_id == pool)
        return false;
    return true;
  }

  void finish_removals() {
    std::vector<std::pair<Key, ims::Observed>> leaving;
    {
      std::lock_guard lock(world_.backend.mutex);
      for (auto& [key, object] : world_.backend.leaving) {
        auto place = world_.backend.objects.find(key);
        if (place != world_.backend.objects.end() && place->second.uid == object.uid) leaving.emplace_back(key, object);
      }
      world_.backend.leaving.clear();
    }
    for (auto& [key, object] : leaving) {
      world_.backend.erase(key.first, key.second);
      if (chance(2))
        tell([key = key, uid = object.uid](ims::Feed& feed) { return feed.remove(key.first, key.second, uid); });
    }
  }

  // The end.

  /// Everything comes to rest: then the inventory is what the backend has and what O2 added.
  void check() {
    world_->log.forget_refusals();
    finish_removals();
    world_->feed([&](ims::Feed& feed) {
      pass_.reset();
      (void)feed.checkpoint("");  // takes what was lost before
    });
    world_->settle();
    REQUIRE(world_->pass(world_.backend.list(), "rest"));
    REQUIRE(world_->pass(world_.backend.list(), "rest"));  // resources whose pool the first one took away
    compare();
    auto head = world_.head();
    REQUIRE(world_->pass(world_.backend.list(), "rest"));
    CHECK(world_.head() == head);
    check_log();
  }

  void compare() {
    std::map<Key, std::string> shown_as;
    auto listed = world_.backend.list();
    std::lock_guard lock(world_.backend.mutex);
    for (const auto& object : listed) {
      Key key{ims::kind_of(object), std::string(ims::id_of(object))};
      auto asked = world_.backend.asked.find(key);
      shown_as[key] = asked == world_.backend.asked.end() ? key.second : asked->second.id;
    }
    std::map<Kind, std::size_t> counts;
    for (const auto& object : listed) {
      Key key{ims::kind_of(object), std::string(ims::id_of(object))};
      ++counts[key.first];
      CAPTURE(key.second);
      CAPTURE(shown_as[key]);
      ObjectRef known = world_->find(key.first, shown_as[key]);
      REQUIRE(known);
      CHECK(known->native_id() == key.second);
      CHECK(known->uid() == object.uid);
      compare_content(key, object, Value::parse(known->json()).value(), shown_as);
    }
    for (Kind kind : model::observed_kinds) CHECK(world_->count(kind) == counts[kind]);
    CHECK(world_->count(model::intent) == 0);
    CHECK(world_->count(model::tombstone) == 0);
    auto snapshot = world_->state.snapshot();
    for (auto cursor = snapshot->table(model::overlay).begin(); cursor.valid(); cursor.next()) {
      auto overlay = adapters::to_overlay(*cursor);
      const model::Object* object = snapshot->find(overlay.kind, overlay.id);
      CAPTURE(overlay.id);
      REQUIRE(object != nullptr);
      CHECK(object->native_id() == overlay.native_id);
    }
  }

  void compare_content(const Key& key, const ims::Observed& object, const Value& json,
                       std::map<Key, std::string>& shown_as) {
    std::string description(json.at("description").as_text());
    if (auto told = told_.find(object.uid); told != told_.end()) {
      CAPTURE(description);
      CHECK(told->second.contains(description));
      told->second = {description};
    } else {
      auto asked = world_.backend.asked.find(key);
      CHECK(description == (asked == world_.backend.asked.end() ? std::string() : asked->second.description));
    }
    if (const auto* pool = std::get_if<ResourcePool>(&object.object)) {
      CHECK(json.at("location").as_text() == pool->location);
      CHECK(json.at("name").as_text() == pool->name);
    }
    if (const auto* resource = std::get_if<Resource>(&object.object)) {
      auto place = shown_as.find({pools, resource->resource_pool_id});
      CHECK(json.at("resourcePoolId").as_text() ==
            (place == shown_as.end() ? resource->resource_pool_id : place->second));
      CHECK(json.at("extensions").at("note") == resource->extensions.at("note"));
    }
  }

  /// The log folds to the snapshot; each entry's prior is the state before it.
  void check_log() {
    std::map<std::string, ObjectRef> folded;
    store::Revision at = 0;
    for (;;) {
      auto entries = world_.store->log().read(at, 1000);
      REQUIRE(entries);
      if (entries->empty()) break;
      for (const store::Entry& entry : *entries) fold(folded, entry, ++at);
    }
    auto snapshot = world_->state.snapshot();
    REQUIRE(snapshot->revision() == at);
    std::size_t shown = 0;
    for (Kind kind : {pools, resources, Kind::resource_type, Kind::deployment_manager, model::intent, model::tombstone,
                      model::overlay, model::checkpoint})
      for (auto cursor = snapshot->table(kind).begin(); cursor.valid(); cursor.next(), ++shown) {
        auto place = folded.find(std::to_string(static_cast<int>(kind)) + "/" + std::string(cursor->id()));
        REQUIRE(place != folded.end());
        bool same = place->second->json() == cursor->json() && place->second->revision() == cursor->revision();
        if (!same) CHECK(place->second->json() == cursor->json());
      }
    CHECK(shown == folded.size());
  }

  static void fold(std::map<std::string, ObjectRef>& folded, const store::Entry& entry, store::Revision revision) {
    std::string key =
        std::to_string(static_cast<int>(entry.subject().kind())) + "/" + std::string(entry.subject().id());
    auto place = folded.find(key);
    bool good = entry.revision == revision && (place != folded.end()) == static_cast<bool>(entry.prior);
    if (good && entry.prior)
      good = place->second->revision() == entry.prior->revision() && place->second->json() == entry.prior->json();
    if (!good) CHECK_MESSAGE(false, "entry " << revision << " of " << key << " does not follow from the ones before");
    if (entry.object)
      folded[key] = entry.object;
    else
      folded.erase(key);
  }

  std::function<std::unique_ptr<store::Store>()> reopen_;
  World world_;
  std::mt19937_64 random_;
  std::unique_ptr<ims::Pass> pass_;  // the adapter's thread
  std::vector<ims::Observed> listed_;
  std::vector<std::function<Result<void>(ims::Feed&)>> late_;
  std::map<std::string, Descriptions> told_;  // by uid, where an update came after the creation
  std::atomic<std::uint64_t> unharmed_{0};
  std::atomic<std::uint64_t> harmed_{0};
  std::uint64_t given_count_ = 0;
};

/// NETWEAVE_SEED repeats one run; NETWEAVE_ROUNDS makes more of them.
std::vector<unsigned> seeds(unsigned rounds) {
  if (const char* seed = std::getenv("NETWEAVE_SEED")) return {static_cast<unsigned>(std::stoul(seed))};
  if (const char* wanted = std::getenv("NETWEAVE_ROUNDS")) rounds = static_cast<unsigned>(std::stoul(wanted));
  std::vector<unsigned> all;
  std::random_device device;
  for (unsigned i = 0; i < rounds; ++i) all.push_back(i < rounds / 2 ? i + 1 : device());
  return all;
}

}  // namespace

TEST_CASE("whatever happens, the inventory is in the end what the backend has and what O2 added: in memory") {
  auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  for (unsigned seed : seeds(16)) {
    if (std::chrono::steady_clock::now() > deadline) break;
    MESSAGE("NETWEAVE_SEED=" << seed);
    Play(seed, store::open_memory()).run(400);
  }
}

TEST_CASE("whatever happens, the inventory is in the end what the backend has and what O2 added: in a file") {
  auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  for (unsigned seed : seeds(4)) {
    if (std::chrono::steady_clock::now() > deadline) break;
    MESSAGE("NETWEAVE_SEED=" << seed);
    std::string directory = (std::filesystem::temp_directory_path() / "netweave-play-XXXXXX").string();
    REQUIRE(mkdtemp(directory.data()) != nullptr);
    auto open = [&]() -> std::unique_ptr<store::Store> {
      store::SqliteOptions options;
      options.path = directory + "/store.db";
      options.full_sync = false;
      auto opened = store::open_sqlite(options);
      return opened ? std::move(*opened) : nullptr;
    };
    if (auto store = open()) Play(seed, std::move(store), open).run(200);  // a build may have no SQLite
    std::filesystem::remove_all(directory);
  }
}
