#include "adapters/feed.hpp"

#ifdef __GLIBC__
#include <malloc.h>
#endif

#include <algorithm>
#include <map>
#include <set>

namespace netweave::adapters {
namespace {

constexpr std::size_t max_in_flight = 10000;
constexpr std::size_t chunk = 500;  // changes, after which a pass begins another commit: one item may stage 404

/// Once a minute at least it is put again, though nothing moved: it says when the backend was seen, too.
constexpr Millis seen_anew = 60000;

void put_checkpoint(state::Transaction& transaction, const Source& source, const std::string& bytes) {
  model::ObjectRef present = transaction.get(model::checkpoint, source.adapter);
  if (present) {
    Checkpoint known = to_checkpoint(*present);
    if (known.bytes == bytes && transaction.time() < known.time + seen_anew) return;
  }
  transaction.put(to_draft(Checkpoint{source.adapter, bytes, transaction.time()}));
}

}  // namespace

struct HostFeed::Flight {
  std::mutex mutex;
  std::condition_variable landed;
  std::size_t count = 0;
  std::optional<Error> error;  // the first since it was last told

  std::optional<Error> peek() {
    std::lock_guard lock(mutex);
    return error;
  }
};

/// One full list: kept aside until it is complete, then applied in chunks.
class HostPass final : public ims::Pass {
 public:
  HostPass(HostFeed& feed, std::vector<Kind> kinds) : feed_(feed), kinds_(kinds.begin(), kinds.end()) {
    auto snapshot = feed_.context().state.snapshot();
    began_ = snapshot->revision();
    note_intents(*snapshot);
    std::lock_guard lock(feed_.passes_mutex_);
    feed_.passes_.insert(this);
  }
  ~HostPass() override {
    {
      std::lock_guard lock(feed_.passes_mutex_);
      feed_.passes_.erase(this);
    }
    give_back_memory();
  }

  /// The adapter said that it is gone since the pass began, which may list it nevertheless.
  void removed_meanwhile(Kind kind, const std::string& id, const std::string& uid) {
    removed_.emplace(Key(kind, id), uid);
  }

  void add(ims::Observed observed) override {
    if (auto fault = fault_of(observed); fault && !fault_) fault_ = std::move(fault);
    Key key{ims::kind_of(observed), std::string(ims::id_of(observed))};
    std::string uid = observed.uid;
    objects_.insert_or_assign(std::move(key), Listed{std::move(observed), std::move(uid)});
  }

  Result<void> commit(std::string checkpoint) override {
    if (fault_) return *fault_;
    drop_removed();
    if (auto put = put_all(); !put) return put;
    if (auto swept = sweep(); !swept) return swept;
    auto closed = close(std::move(checkpoint));
    if (closed) feed_.hooks_.alive(true);
    return closed;
  }

 private:
  using Key = std::pair<Kind, std::string>;  // kinds are numbered so that pools and types come before resources
  struct Listed {
    std::optional<ims::Observed> observed;  // until it was put
    std::string uid;
  };

  /// A first list of a million objects holds five times what it leaves behind: the heap keeps all of it otherwise.
  void give_back_memory() {
    constexpr std::size_t large = 10000;
    bool worth_it = objects_.size() >= large;
    objects_.clear();
#ifdef __GLIBC__
    if (worth_it) malloc_trim(0);
#else
    (void)worth_it;
#endif
  }

  /// Creations and changes whose calls had ended when the list began: it shows what became of them. One that was
  /// still under way may have taken effect behind the list's back.
  void note_intents(const state::Snapshot& snapshot) {
    const auto& in_flight = feed_.context().in_flight;
    for (auto cursor = snapshot.table(model::intent).begin(); cursor.valid(); cursor.next()) {
      if (cursor->adapter() != feed_.source().adapter) continue;
      Intent intent = to_intent(*cursor);
      if (kinds_.contains(intent.kind) && (!in_flight || !in_flight(intent)))
        settled_.push_back(model::ObjectRef::share(&*cursor));
    }
  }

  /// What was removed since the list began is left out, yet counts as listed: what stands there now is younger.
  void drop_removed() {
    std::lock_guard lock(feed_.passes_mutex_);
    for (const auto& [key, uid] : removed_) {
      auto place = objects_.find(key);
      if (place == objects_.end() || (!uid.empty() && place->second.uid != uid)) continue;
      objects_.erase(place);
      left_out_.insert(key);
    }
  }

  /// Takes items from `at` on, as many a commit as it holds: one item may stage several changes.
  template <class Iterator>
  Result<void> in_chunks(Iterator at, Iterator end, const std::function<void(state::Transaction&, Iterator)>& take) {
    while (at != end) {
      Iterator reached = at;
      auto put = feed_.run([&](state::Transaction& transaction) -> Result<void> {
        reached = at;
        std::size_t before = transaction.staged();
        for (std::size_t i = 0; reached != end && i < chunk && transaction.staged() - before < chunk; ++i, ++reached)
          take(transaction, reached);
        return {};
      });
      if (!put) return put;
      for (; at != reached; ++at) let_go(*at);
    }
    return {};
  }
  static void let_go(const Key&) {}
  static void let_go(std::pair<const Key, Listed>& put) { put.second.observed.reset(); }  // not to be held twice

  Result<void> put_all() {
    using Place = std::map<Key, Listed>::iterator;
    return in_chunks<Place>(objects_.begin(), objects_.end(), [&](state::Transaction& transaction, Place place) {
      if (place->second.observed) upsert(transaction, feed_.source(), *place->second.observed, {began_});
    });
  }

  /// What this adapter had and the list has not. Looked up again inside the transaction: the list of candidates may
  /// be old by then.
  Result<void> sweep() {
    std::vector<Key> gone;
    {
      auto snapshot = feed_.context().state.snapshot();
      for (Kind kind : kinds_)
        for (auto cursor = snapshot->table(kind).begin(); cursor.valid(); cursor.next())
          if (cursor->adapter() == feed_.source().adapter && !listed({kind, std::string(cursor->native_id())}))
            gone.emplace_back(kind, cursor->id());
    }
    std::reverse(gone.begin(), gone.end());  // resources before the pools they stand in
    using Place = std::vector<Key>::iterator;
    return in_chunks<Place>(gone.begin(), gone.end(),
                            [this](state::Transaction& transaction, Place place) { sweep_one(transaction, *place); });
  }

  bool listed(const Key& key) const { return objects_.contains(key) || left_out_.contains(key); }

  void sweep_one(state::Transaction& transaction, const Key& key) {
    model::ObjectRef object = transaction.get(key.first, key.second);
    if (object && may_sweep(transaction, feed_.source(), *object, began_))
      adapters::remove(transaction, feed_.source(), key.first, object->native_id(), object->uid());
  }

  /// The checkpoint, and the end of what this list has settled: tombstones that it did not show, intents.
  Result<void> close(std::string checkpoint) {
    return feed_.run([this, checkpoint = std::move(checkpoint)](state::Transaction& transaction) -> Result<void> {
      const state::Tree& tombstones = transaction.base().table(model::tombstone);
      for (auto cursor = tombstones.begin(); cursor.valid() && transaction.staged() < chunk; cursor.next()) {
        bool old_and_ours = cursor->adapter() == feed_.source().adapter && cursor->revision() <= began_;
        if (old_and_ours && !still_shown(to_tombstone(*cursor))) transaction.remove(model::tombstone, cursor->id());
      }
      for (std::size_t i = 0; i < settled_.size() && transaction.staged() < 2 * chunk - 1; ++i)
        settle(transaction, *settled_[i]);
      put_checkpoint(transaction, feed_.source(), checkpoint);
      return {};
    });
  }

  /// Not the one of a write that has begun since under the same token.
  static void settle(state::Transaction& transaction, const model::Object& intent) {
    auto present = transaction.get(model::intent, intent.id());
    if (present && present->revision() == intent.revision()) transaction.remove(model::intent, intent.id());
  }

  /// A list of other kinds says nothing about it.
  bool still_shown(const Tombstone& tombstone) const {
    if (!kinds_.contains(tombstone.kind)) return true;
    auto place = objects_.find({tombstone.kind, tombstone.native_id});
    return place != objects_.end() && place->second.uid == tombstone.uid;
  }

  HostFeed& feed_;
  std::set<Kind> kinds_;
  model::Revision began_ = 0;
  std::vector<model::ObjectRef> settled_;  // intents
  std::map<Key, Listed> objects_;
  std::optional<Error> fault_;               // of what was added
  std::multimap<Key, std::string> removed_;  // with the uid, under the feed's passes_mutex_
  std::set<Key> left_out_;
};

HostFeed::HostFeed(const Source& source, const HostContext& context, Hooks hooks, std::optional<store::Fence> fence)
    : source_(source),
      context_(context),
      hooks_(std::move(hooks)),
      fence_(std::move(fence)),
      epoch_(context.state.snapshot()->epoch()),
      flight_(std::make_shared<Flight>()) {}

HostFeed::~HostFeed() { settle(); }

void HostFeed::settle() {
  std::unique_lock lock(flight_->mutex);
  flight_->landed.wait(lock, [&] { return flight_->count == 0; });
}

std::vector<ims::Observed> HostFeed::last_objects() {
  std::vector<ims::Observed> objects;
  auto snapshot = context_.state.snapshot();
  for (Kind kind : model::observed_kinds)
    for (auto cursor = snapshot->table(kind).begin(); cursor.valid(); cursor.next())
      if (cursor->adapter() == source_.adapter) objects.push_back(to_observed(*snapshot, *cursor));
  return objects;
}

/// None while a write's outcome is open: a full list settles it.
std::string HostFeed::last_checkpoint() {
  auto snapshot = context_.state.snapshot();
  for (auto cursor = snapshot->table(model::intent).begin(); cursor.valid(); cursor.next())
    if (cursor->adapter() == source_.adapter) return {};
  const model::Object* object = snapshot->find(model::checkpoint, source_.adapter);
  if (object == nullptr) return {};
  return to_checkpoint(*object).bytes;
}

std::optional<ims::Observed> HostFeed::last_object(Kind kind, const std::string& id) {
  auto snapshot = context_.state.snapshot();
  const model::Object* overlay = snapshot->find(model::overlay, overlay_id(kind, id));
  const model::Object* object = snapshot->find(kind, overlay == nullptr ? id : to_overlay(*overlay).id);
  if (object == nullptr || object->adapter() != source_.adapter || object->native_id() != id) return std::nullopt;
  return to_observed(*snapshot, *object);
}

/// What was fed before must not look younger than the pass.
std::unique_ptr<ims::Pass> HostFeed::begin(std::vector<Kind> kinds) {
  settle();
  return std::make_unique<HostPass>(*this, std::move(kinds));
}

/// What was read on one history is not fed to another. A step of before, a checkpoint say, would stand for what that
/// one has lost; the fence does not keep it out, since the lease may be in both.
state::Step HostFeed::guarded(state::Step step) const {
  return [fence = fence_, epoch = epoch_, step = std::move(step)](state::Transaction& transaction) -> Result<void> {
    if (transaction.base().epoch() != epoch)
      return make_error(ErrorKind::precondition, "the log began another epoch: what it has is to be observed anew");
    if (fence) transaction.require(*fence);
    return step(transaction);
  };
}

Result<void> HostFeed::run(state::Step step) {
  auto revision = context_.writer.run(guarded(std::move(step)));
  if (!revision) return std::move(revision).error();
  return {};
}

Result<void> HostFeed::queue(state::Step step) {
  {
    std::unique_lock lock(flight_->mutex);
    flight_->landed.wait(lock, [&] { return flight_->count < max_in_flight; });
    if (flight_->error) return *std::exchange(flight_->error, std::nullopt);
    ++flight_->count;
  }
  context_.writer.submit(guarded(std::move(step)), [flight = flight_](Result<model::Revision> result) {
    std::lock_guard lock(flight->mutex);
    --flight->count;
    if (!result && !flight->error) flight->error = result.error();
    flight->landed.notify_all();
  });
  return {};
}

Result<void> HostFeed::upsert(ims::Observed observed) {
  if (auto fault = fault_of(observed)) return *fault;
  return queue([this, observed = std::move(observed)](state::Transaction& transaction) -> Result<void> {
    adapters::upsert(transaction, source_, observed, {});
    return {};
  });
}

Result<void> HostFeed::remove(Kind kind, std::string id, std::string uid) {
  {
    std::lock_guard lock(passes_mutex_);
    for (HostPass* pass : passes_) pass->removed_meanwhile(kind, id, uid);
  }
  return queue([this, kind, id = std::move(id), uid = std::move(uid)](state::Transaction& transaction) -> Result<void> {
    adapters::remove(transaction, source_, kind, id, uid);
    return {};
  });
}

Result<void> HostFeed::checkpoint(std::string checkpoint) {
  return queue([this, checkpoint = std::move(checkpoint)](state::Transaction& transaction) -> Result<void> {
    // one that covers what was lost would lose it for good
    if (auto error = flight_->peek()) return *error;
    put_checkpoint(transaction, source_, checkpoint);
    return {};
  });
}

/// Now and then the log is told, too: gateways that follow know of the backend what that says.
void HostFeed::alive() {
  hooks_.alive(true);
  Millis present = to_millis(context_.clock());
  Millis last = told_.load();
  if (present - last < seen_anew || !told_.compare_exchange_strong(last, present)) return;
  // not through `queue`, whose errors are the adapter's to hear; one that fails is told again in its time
  auto tell = [source = source_](state::Transaction& transaction) -> Result<void> {
    if (model::ObjectRef known = transaction.get(model::checkpoint, source.adapter))
      put_checkpoint(transaction, source, to_checkpoint(*known).bytes);
    return {};
  };
  static_cast<void>(context_.writer.offer(guarded(tell), {}));
}
void HostFeed::failed(Error error) { hooks_.failed(error); }

}  // namespace netweave::adapters
