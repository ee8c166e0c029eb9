#include "adapters/ims/simulator/simulator.hpp"

#include <condition_variable>
#include <mutex>
#include <random>

#include <fmt/format.h>

#include "adapters/ims/simulator/inventory.hpp"
#include "adapters/ims/simulator/settings.hpp"
#include "base/ids.hpp"
#include "model/fields.hpp"
#include "model/kinds.hpp"

namespace netweave::ims::simulator {
namespace {

/// A backend in the process: a map of objects. What is written to it is fed like any backend's change, so the store
/// remembers it; after a restart it goes on from there.
class Simulator final : public Adapter {
 public:
  Simulator(const AdapterSettings& settings, Settings own)
      : name_(settings.name),
        settings_(std::move(own)),
        inventory_(name_, settings_.generate, !settings_.written),
        random_(settings_.generate.seed) {}

  AdapterInfo info() const override {
    AdapterInfo info;
    info.type = "simulator";
    for (Kind kind : {Kind::resource_pool, Kind::resource})
      for (Operation operation : {Operation::create, Operation::update, Operation::remove})
        info.capabilities.push_back({kind, operation, {}});
    return info;
  }

  Health health() const override { return {true, {}}; }

  void observe(Feed& feed, std::stop_token stop) override {
    bool known = remember(feed);
    if (!known && !list(feed)) return;
    feed.alive();
    auto next = std::chrono::steady_clock::now();
    while (!stop.stop_requested()) {
      if (settings_.churn_per_second > 0) {
        next += std::chrono::nanoseconds(static_cast<std::int64_t>(1e9 / settings_.churn_per_second));
        if (wait(stop, next)) return;
        churn(feed);
      } else if (wait(stop, std::chrono::steady_clock::now() + std::chrono::seconds(5))) {
        return;
      } else {
        feed.alive();
      }
    }
  }

  Result<Observed> create_resource_pool(const ResourcePool& pool, const CallContext& context) override {
    Observed observed{pool};
    auto& made = std::get<ResourcePool>(observed.object);
    if (made.resource_pool_id.empty()) made.resource_pool_id = name_ + "-pool-" + make_uuid();
    return create(std::move(observed), context);
  }
  Result<Observed> create_resource(const Resource& resource, const CallContext& context) override {
    Observed observed{resource};
    auto& made = std::get<Resource>(observed.object);
    if (made.resource_id.empty()) made.resource_id = name_ + "-res-" + make_uuid();
    return create(std::move(observed), context);
  }
  Result<Observed> update_resource_pool(const ResourcePool& pool, const Value&, const CallContext& context) override {
    return update({pool}, context);
  }
  Result<Observed> update_resource(const Resource& resource, const Value&, const CallContext& context) override {
    return update({resource}, context);
  }
  Result<Removal> remove_resource_pool(const std::string& id, const CallContext& context) override {
    if (auto fault = disturb(context)) return *fault;
    std::lock_guard lock(mutex_);
    if (inventory_.pool_in_use(id))
      return make_error(ErrorKind::conflict, "the resource pool still holds resources: remove them first");
    return erase({Kind::resource_pool, id}, context);
  }
  Result<Removal> remove_resource(const std::string& id, const CallContext& context) override {
    if (auto fault = disturb(context)) return *fault;
    std::lock_guard lock(mutex_);
    return erase({Kind::resource, id}, context);
  }
  Result<Observed> read(Kind kind, const std::string& id, const CallContext&) override {
    std::lock_guard lock(mutex_);
    auto found = inventory_.find({kind, id});
    if (!found) return make_error(ErrorKind::not_found, id + " is not in the simulator");
    return std::move(*found);
  }

 private:
  /// Takes up what the store kept: of another topology what was created through O2 alone. False where a list must
  /// follow. Without a checkpoint it is the same topology, and the first list or a write was cut off by the end.
  bool remember(Feed& feed) {
    std::string checkpoint = feed.last_checkpoint();
    auto last = feed.last_objects();
    bool complete = checkpoint == settings_digest();
    std::lock_guard lock(mutex_);
    inventory_ = Inventory(name_, settings_.generate, !settings_.written);
    version_ = settings_.generate.resources + 1;
    for (const Observed& observed : last) version_ = std::max(version_, observed.version);
    if (complete) inventory_.clear();
    for (Observed& observed : last)
      if (complete || checkpoint.empty() || !of_topology(observed)) inventory_.put(std::move(observed));
    return complete;
  }

  static std::string topology_uid(const Observed& observed) {
    return make_uuid5(netweave_namespace, std::string(id_of(observed)));
  }
  bool of_topology(const Observed& observed) const {
    return observed.uid == topology_uid(observed) || is_generated_id(name_, id_of(observed));
  }

  /// The written or generated topology as one full list, with what was taken up.
  bool list(Feed& feed) {
    std::vector<Observed> objects =
        settings_.written ? settings_.topology : generate_all_but_resources(name_, settings_.generate);
    auto pass = feed.begin({model::observed_kinds.begin(), model::observed_kinds.end()});
    std::unique_lock lock(mutex_);
    for (Observed& observed : objects) {
      if (inventory_.find({kind_of(observed), std::string(id_of(observed))})) continue;
      observed.uid = topology_uid(observed);
      observed.version = ++version_;
      inventory_.put(std::move(observed));
    }
    for (const auto& [key, observed] : inventory_.kept()) pass->add(observed);
    for (std::size_t i = 0; !settings_.written && i < settings_.generate.resources; ++i) {
      auto resource = inventory_.untouched(i);
      if (!resource) continue;
      resource->version = version_;  // above what an earlier topology had
      pass->add(std::move(*resource));
    }
    lock.unlock();
    return pass->commit(settings_digest()).has_value();
  }

  /// Changes when the configured topology does: then what the store kept is of another one.
  std::string settings_digest() const {
    const Generate& g = settings_.generate;
    if (!settings_.written) return fmt::format("generate/{}/{}/{}/{}", g.pools, g.resources, g.resource_types, g.seed);
    std::string all;
    for (const Observed& observed : settings_.topology) {
      const model::Table& table = model::table_of(kind_of(observed));
      std::visit([&](const auto& object) { model::write_fields(table, &object, all); }, observed.object);
    }
    return "topology/" + make_uuid5(netweave_namespace, all);
  }

  bool wait(const std::stop_token& stop, std::chrono::steady_clock::time_point until) {
    std::unique_lock lock(timer_mutex_);
    timer_.wait_until(lock, stop, until, [] { return false; });
    return stop.stop_requested();
  }

  /// One change of its own: mostly an update, now and then a deletion or a creation.
  void churn(Feed& feed) {
    const Generate& sizes = settings_.generate;
    if (sizes.resources == 0) return;
    std::size_t index = random_() % sizes.resources;
    std::uint64_t choice = random_() % 100;
    Observed observed = generate_resource(name_, sizes, index, random_() % 1000);
    Key key{Kind::resource, std::string(id_of(observed))};
    std::string gone;
    {
      std::lock_guard lock(mutex_);
      auto present = feed.last_object(key.first, key.second);
      if (present) version_ = std::max(version_, present->version);
      if (present && choice < 5) {
        gone = present->uid;
        inventory_.erase(key);
      } else {
        observed.uid = present ? present->uid : make_uuid();
        observed.version = ++version_;
        inventory_.put(observed);
      }
    }
    if (!gone.empty())
      (void)feed.remove(key.first, key.second, gone);
    else
      (void)feed.upsert(std::move(observed));
  }

  /// What a write to a real backend meets: time, and failure.
  std::optional<Error> disturb(const CallContext& context) {
    std::unique_lock lock(timer_mutex_);
    if (settings_.latency.count() > 0) {
      timer_.wait_for(lock, context.stop, settings_.latency, [] { return false; });
      if (std::chrono::steady_clock::now() > context.deadline)
        return make_error(ErrorKind::timeout, "the simulator did not answer in time");
    }
    if (settings_.fail_rate <= 0 || std::uniform_real_distribution<>(0, 1)(failures_) >= settings_.fail_rate)
      return std::nullopt;
    Error error = make_error(ErrorKind::unavailable, "the simulator refused, as its fail_rate says");
    error.from_backend = true;
    error.code = "RETRYABLE";
    return error;
  }

  Result<Observed> create(Observed observed, const CallContext& context) {
    if (auto fault = disturb(context)) return *fault;
    observed.uid = make_uuid();
    observed.client_token = context.client_token;
    std::lock_guard lock(mutex_);
    Key key{kind_of(observed), std::string(id_of(observed))};
    if (inventory_.find(key)) return make_error(ErrorKind::conflict, key.second + " is taken");
    observed.version = ++version_;
    inventory_.put(observed);
    return observed;
  }

  Result<Observed> update(Observed observed, const CallContext& context) {
    if (auto fault = disturb(context)) return *fault;
    std::lock_guard lock(mutex_);
    auto present = known({kind_of(observed), std::string(id_of(observed))}, context);
    if (!present) return make_error(ErrorKind::not_found, std::string(id_of(observed)) + " is not in the simulator");
    observed.uid = present->uid;
    version_ = std::max(version_, present->version);
    observed.version = ++version_;
    inventory_.put(observed);
    return observed;
  }

  /// Another gateway's simulator may have made or changed it: what the log knows counts.
  std::optional<Observed> known(const Key& key, const CallContext& context) const {
    return context.present ? context.present : inventory_.find(key);
  }

  Result<Removal> erase(const Key& key, const CallContext& context) {
    if (!inventory_.erase(key) && !context.present)
      return make_error(ErrorKind::not_found, key.second + " is not in the simulator");
    ++version_;
    return Removal::done;
  }

  const std::string name_;
  const Settings settings_;
  std::mutex mutex_;
  Inventory inventory_;
  std::uint64_t version_ = 0;
  std::mt19937_64 random_;  // the observing thread's
  std::mutex timer_mutex_;
  std::condition_variable_any timer_;
  std::mt19937_64 failures_{1};  // NOLINT(cert-msc51-cpp): a simulation repeats itself; under timer_mutex_
};

}  // namespace

Result<std::unique_ptr<Adapter>> make(const AdapterSettings& settings) {
  std::vector<Fault> faults;
  Settings own = read_settings(settings.config, faults);
  if (!faults.empty()) {
    Error error = make_error(ErrorKind::invalid, "the simulator's config is wrong");
    error.faults = std::move(faults);
    return error;
  }
  return std::unique_ptr<Adapter>(std::make_unique<Simulator>(settings, std::move(own)));
}

}  // namespace netweave::ims::simulator
