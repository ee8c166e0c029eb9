#include "adapters/ims/kubernetes/observer.hpp"

#include <algorithm>
#include <thread>

#include "adapters/ims/kubernetes/full_list.hpp"
#include "transport/retry.hpp"

namespace netweave::ims::kubernetes {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr std::chrono::seconds debounce{1};
constexpr transport::RetryPolicy patience{1, std::chrono::milliseconds(200), std::chrono::seconds(10)};
constexpr int checkpoint_format = 1;

const std::vector<Kind> observed_kinds = {Kind::deployment_manager, Kind::resource_pool, Kind::resource_type,
                                          Kind::resource};

bool same_paths(const std::vector<Collection>& a, const std::vector<Collection>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const Collection& x, const Collection& y) { return x.path == y.path; });
}

/// What only a new full list cures: the revision is too old, the collection is no longer served, or the server is one
/// whose revisions have not come as far (it was restored from a backup).
bool needs_new_list(const Error& error) {
  return error.kind == ErrorKind::precondition || error.kind == ErrorKind::not_found ||
         error.message.find("Too large resource version") != std::string::npos;
}

}  // namespace

Observer::Observer(const Settings& settings, ApiClient& api, const LabelPools& label_pools)
    : settings_(settings), api_(api), label_pools_(label_pools), list_watch_(api, settings) {}

std::string Observer::cluster_version() const {
  std::lock_guard lock(mutex_);
  return discovery_.version;
}

std::unique_ptr<Inventory> Observer::make_inventory() const {
  return std::make_unique<Inventory>(settings_.name, api_.server(), settings_.endpoint.cluster, label_pools_);
}

void Observer::run(Feed& feed, const std::vector<Observed>& last, const std::string& checkpoint,
                   const std::stop_token& stop) {
  bool ready = false;
  unsigned failures = 0;
  while (!stop.stop_requested()) {
    auto begun = SteadyClock::now();
    Result<void> done = ready ? full_list(feed, stop) : prepare(feed, last, checkpoint, stop);
    if (done) {
      ready = true;
      watch_all(feed, stop);
      if (SteadyClock::now() - begun > std::chrono::seconds(30)) failures = 0;
    } else if (done.error().kind != ErrorKind::cancelled) {
      settings_.log("warn", "kubernetes: " + done.error().message);
      feed.failed(std::move(done).error());
    }
    // Lists that are needed again and again are made ever more slowly, too.
    if (!stop.stop_requested()) transport::pause(transport::retry_delay(patience, ++failures), stop);
  }
}

/// Goes on where the checkpoint stands, or begins with a full list.
Result<void> Observer::prepare(Feed& feed, const std::vector<Observed>& last, const std::string& checkpoint,
                               const std::stop_token& stop) {
  Result<Discovery> found = discover(api_, stop);
  if (!found) return std::move(found).error();
  {
    std::lock_guard lock(mutex_);
    discovery_ = std::move(*found);
    collections_ = collections_of(discovery_, settings_.cluster_api);
    bool complete =
        std::any_of(last.begin(), last.end(), [](const Observed& o) { return kind_of(o) == Kind::deployment_manager; });
    if (complete && resumes(checkpoint)) {
      inventory_ = make_inventory();
      inventory_->load(last);
      inventory_->set_cluster_version(discovery_.version);
      settings_.log("info", "kubernetes: going on with " + std::to_string(last.size()) + " objects where it stopped");
      return {};
    }
  }
  return full_list(feed, stop);
}

Result<void> Observer::full_list(Feed& feed, const std::stop_token& stop) {
  auto begun = SteadyClock::now();
  std::unique_ptr<Pass> pass = feed.begin(observed_kinds);
  Result<Discovery> found = discover(api_, stop);
  if (!found) return std::move(found).error();
  {
    std::lock_guard lock(mutex_);
    discovery_ = std::move(*found);
    collections_ = collections_of(discovery_, settings_.cluster_api);
  }
  std::unique_ptr<Inventory> inventory = make_inventory();
  inventory->set_cluster_version(discovery_.version);
  auto add = [&](Observed observed) { pass->add(std::move(observed)); };
  auto revisions = list_everything(list_watch_, discovery_, settings_, *inventory, add, stop);
  if (!revisions) return std::move(revisions).error();
  std::string text;
  {
    std::lock_guard lock(mutex_);
    inventory_ = std::move(inventory);
    revisions_ = std::move(*revisions);
    failing_.clear();
    list_wanted_ = false;
    text = told_checkpoint_ = checkpoint_text();
  }
  if (Result<void> committed = pass->commit(std::move(text)); !committed) return committed;
  feed.alive();
  auto took = std::chrono::duration_cast<std::chrono::milliseconds>(SteadyClock::now() - begun);
  settings_.log("info", "kubernetes: full list in " + std::to_string(took.count()) + " ms");
  return {};
}

void Observer::watch_all(Feed& feed, const std::stop_token& stop) {
  std::stop_source session;
  std::stop_callback link(stop, [&] { session.request_stop(); });
  std::vector<std::jthread> threads;
  for (const Collection& collection : collections_)
    threads.emplace_back(
        [this, &collection, &feed, token = session.get_token()] { watch_one(collection, feed, token); });
  std::unique_lock lock(mutex_);
  while (!stop.stop_requested() && !list_wanted_) {
    changed_.wait(lock, stop, [&] { return heard_ || list_wanted_ || inventory_->dirty(); });
    if (stop.stop_requested() || list_wanted_) break;
    tick(feed);
    changed_.wait_for(lock, stop, debounce, [&] { return list_wanted_; });
  }
  session.request_stop();
  lock.unlock();
  threads.clear();
  // What was fed last is remembered, so that the next start begins there.
  lock.lock();
  if (!list_wanted_) tick(feed);
}

/// With the lock held: what is derived, how far all was read, and that it is current.
void Observer::tick(Feed& feed) {
  heard_ = false;
  if (inventory_->dirty()) {
    Changes changes;
    inventory_->refresh(changes);
    if (!tell(changes, feed)) return;
  }
  if (inventory_->needs_list()) list_wanted_ = true;
  std::string text = checkpoint_text();
  if (text != told_checkpoint_ && feed.checkpoint(text)) told_checkpoint_ = std::move(text);
  if (failing_.empty()) feed.alive();
}

void Observer::watch_one(const Collection& collection, Feed& feed, const std::stop_token& stop) {
  unsigned failures = 0;
  while (!stop.stop_requested()) {
    auto begun = SteadyClock::now();
    Result<void> ended = watch_once(collection, feed, stop);
    if (stop.stop_requested()) return;
    if (!ended && needs_new_list(ended.error())) {
      settings_.log("info",
                    "kubernetes: a new full list is needed for " + collection.path + ": " + ended.error().message);
      return ask_for_list();
    }
    if (!ended) watch_failed(collection, ended.error(), feed);
    // A server that ends its watches at once is not asked in a tight loop.
    bool lasted = SteadyClock::now() - begun > std::chrono::seconds(1);
    failures = ended && lasted ? 0 : failures + 1;
    if (failures > 0) transport::pause(transport::retry_delay(patience, failures), stop);
    if (collection.source == Source::nodes) look_again(stop);
  }
}

Result<void> Observer::watch_once(const Collection& collection, Feed& feed, const std::stop_token& stop) {
  std::string revision;
  {
    std::lock_guard lock(mutex_);
    revision = revisions_[collection.path];
  }
  ListWatch::Handlers handlers;
  handlers.open = [&] { watch_open(collection, feed); };
  handlers.event = [&](std::string_view type, const Json& object) {
    return on_event(collection, type, object, feed, stop);
  };
  return list_watch_.watch(collection.path, revision, handlers, stop);
}

bool Observer::on_event(const Collection& collection, std::string_view type, const Json& object, Feed& feed,
                        const std::stop_token& stop) {
  if (collection.source == Source::nodes && type != "BOOKMARK") look_up_machine(object, stop);
  std::lock_guard lock(mutex_);
  if (stop.stop_requested() || list_wanted_) return false;
  Changes changes;
  if (type == "ADDED" || type == "MODIFIED") inventory_->put(collection.source, object, changes);
  if (type == "DELETED") inventory_->drop(collection.source, object, changes);
  if (!tell(changes, feed)) return false;
  revisions_[collection.path] = text_at(at(object, "metadata"), "resourceVersion");
  heard_ = true;
  changed_.notify_all();
  return true;
}

/// With the lock held. False: the feed refused one, so that only a full list brings the two together again.
bool Observer::tell(Changes& changes, Feed& feed) {
  for (Change& change : changes) {
    Result<void> told = [&]() -> Result<void> {
      if (auto* observed = std::get_if<Observed>(&change)) return feed.upsert(std::move(*observed));
      auto& removed = std::get<Removed>(change);
      return feed.remove(removed.kind, std::move(removed.id), std::move(removed.uid));
    }();
    if (told) continue;
    list_wanted_ = true;
    changed_.notify_all();
    return false;
  }
  return true;
}

/// A node's Machine says which pool it is in. It is older than the node: those that no full list saw are asked for.
void Observer::look_up_machine(const Json& node, const std::stop_token& stop) {
  std::string machine = machine_of(node);
  if (machine.empty()) return;
  std::size_t first = machine.find('/'), second = machine.find('/', first + 1);
  std::string group = machine.substr(0, first);
  bool openshift = group == openshift_group;
  std::string version;
  {
    std::lock_guard lock(mutex_);
    if (inventory_->knows_machine(machine)) return;
    version = openshift ? discovery_.openshift_machines : discovery_.cluster_api;
  }
  std::string pool;
  if (!version.empty()) {
    ApiCall call;
    call.path = namespaced_path(group, version, machine.substr(first + 1, second - first - 1), "machines") + "/" +
                machine.substr(second + 1);
    call.stop = stop;
    Result<std::string> text = api_.call(call);
    JsonReader reader;
    const Json* object = text ? reader.read(*text) : nullptr;
    if (object != nullptr) pool = pool_of_machine(settings_.name, openshift, *object);
  }
  std::lock_guard lock(mutex_);
  inventory_->set_machine(machine, std::move(pool));
}

/// Each time that a watch begins anew: the server may be another version, and Cluster API may have come or gone.
void Observer::look_again(const std::stop_token& stop) {
  Result<Discovery> found = discover(api_, stop);
  if (!found) return;
  std::lock_guard lock(mutex_);
  inventory_->set_cluster_version(found->version);
  if (!same_paths(collections_, collections_of(*found, settings_.cluster_api))) list_wanted_ = true;
  discovery_.version = found->version;
  changed_.notify_all();
}

void Observer::watch_failed(const Collection& collection, const Error& error, Feed& feed) {
  if (error.kind == ErrorKind::cancelled) return;
  settings_.log("warn", "kubernetes: watching " + collection.path + ": " + error.message);
  std::lock_guard lock(mutex_);
  failing_.insert(collection.path);
  feed.failed(error);
}

void Observer::watch_open(const Collection& collection, Feed& feed) {
  std::lock_guard lock(mutex_);
  failing_.erase(collection.path);
  if (failing_.empty()) feed.alive();
}

void Observer::ask_for_list() {
  std::lock_guard lock(mutex_);
  list_wanted_ = true;
  changed_.notify_all();
}

std::string Observer::checkpoint_text() const {
  Value out = Value::object();
  out.add("format", checkpoint_format);
  out.add("server", Value(api_.server()));
  Value& revisions = out.add("revisions", Value::object());
  for (const auto& [path, revision] : revisions_) revisions.add(path, Value(revision));
  return out.to_json();
}

/// With the lock held: takes the revisions over if the checkpoint is of this server and of the same collections.
bool Observer::resumes(const std::string& checkpoint) {
  Result<Value> read = Value::parse(checkpoint);
  if (!read || read->at("format").as_integer() != checkpoint_format || read->at("server").as_text() != api_.server())
    return false;
  const Value& revisions = read->at("revisions");
  if (revisions.size() != collections_.size()) return false;
  std::map<std::string, std::string> found;
  for (const Collection& collection : collections_) {
    std::string_view revision = revisions.at(collection.path).as_text();
    if (revision.empty()) return false;
    found[collection.path] = revision;
  }
  revisions_ = std::move(found);
  told_checkpoint_ = checkpoint;
  list_wanted_ = false;
  return true;
}

}  // namespace netweave::ims::kubernetes
