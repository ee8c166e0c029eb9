#include "state/state.hpp"

#include <algorithm>
#include <thread>

namespace netweave::state {

std::size_t slot_of(Kind kind) noexcept {
  auto number = static_cast<std::size_t>(kind);
  std::size_t slot = number < 200 ? number - 1 : number - 200 + 6;
  bool known = number < 200 ? slot < 6 : slot < kind_count;
  return known ? slot : kind_count;
}

namespace {

/// A store may hold kinds of a newer version: they are kept there, and passed over here.
bool knows(Kind kind) { return slot_of(kind) < kind_count; }

}  // namespace

State::State() { publish(std::unique_ptr<Snapshot>(new Snapshot())); }

State::~State() {
  for (Cell& cell : cells_) cell.snapshot = SnapshotRef();
  Snapshot& last = *live_.back();
  Retired rest;
  ++edit_;
  for (Tree& table : last.tables_) {
    for (auto cursor = table.begin(); cursor.valid(); cursor.next()) rest.add(&*cursor);
    TreeEditor(table, Order::by_id, edit_, rest).clear();
  }
  for (IdIndex& ids : last.ids_) IdEditor(ids, edit_, rest).clear();
  TreeEditor(last.by_pool_, Order::by_pool, edit_, rest).clear();
  TreeEditor(last.by_type_, Order::by_type, edit_, rest).clear();
  for (auto& snapshot : live_) snapshot->retired_.free();
  rest.free();
}

void State::load(std::vector<ObjectRef> objects, Revision head) {
  auto before = [](const ObjectRef& a, const ObjectRef& b) { return a->id() < b->id(); };
  std::sort(objects.begin(), objects.end(), before);  // appended in order, leaves stay full
  Snapshot& last = *live_.back();
  std::unique_ptr<Snapshot> next(new Snapshot());
  next->tables_ = last.tables_;
  next->ids_ = last.ids_;
  next->revision_ = head;
  ++edit_;
  for (ObjectRef& object : objects)
    if (knows(object->kind())) put(*next, object.detach(), last.retired_);
  publish(std::move(next));
}

void State::put(Snapshot& next, const Object* object, Retired& retired) {
  TreeEditor table(next.tables_[slot_of(object->kind())], Order::by_id, edit_, retired);
  const Object* old = table.put(object);
  IdEditor(next.ids_[slot_of(object->kind())], edit_, retired).put(object);
  if (object->kind() == Kind::resource) {
    for (auto [order, tree] : {std::pair{Order::by_pool, &next.by_pool_}, std::pair{Order::by_type, &next.by_type_}}) {
      TreeEditor index(*tree, order, edit_, retired);
      if (old != nullptr && place_of(order, *old).group != place_of(order, *object).group) index.remove(*old);
      index.put(object);
    }
  }
  if (old != nullptr) retired.add(old);
}

void State::remove(Snapshot& next, const Object& object, Retired& retired) {
  TreeEditor table(next.tables_[slot_of(object.kind())], Order::by_id, edit_, retired);
  const Object* old = table.remove(object);
  if (old == nullptr) return;
  IdEditor(next.ids_[slot_of(object.kind())], edit_, retired).remove(old->id());
  if (old->kind() == Kind::resource) {
    TreeEditor(next.by_pool_, Order::by_pool, edit_, retired).remove(*old);
    TreeEditor(next.by_type_, Order::by_type, edit_, retired).remove(*old);
  }
  retired.add(old);
}

void State::apply(std::span<const store::Entry> entries) {
  if (entries.empty()) return;
  Snapshot& last = *live_.back();
  std::unique_ptr<Snapshot> next(new Snapshot());
  next->tables_ = last.tables_;
  next->ids_ = last.ids_;
  next->by_pool_ = last.by_pool_;
  next->by_type_ = last.by_type_;
  next->revision_ = entries.back().revision;
  ++edit_;
  for (const store::Entry& entry : entries) {
    if (!knows(entry.subject().kind())) continue;
    if (entry.object)
      put(*next, ObjectRef(entry.object).detach(), last.retired_);
    else
      remove(*next, *entry.prior, last.retired_);
  }
  publish(std::move(next));
}

void State::publish(std::unique_ptr<Snapshot> next) {
  SnapshotRef ref(next.get());
  Revision revision = next->revision_;
  live_.push_back(std::move(next));
  for (Cell& cell : cells_) {
    std::lock_guard lock(cell.mutex);
    cell.snapshot = ref;
  }
  {
    std::lock_guard lock(mutex_);
    revision_ = revision;
  }
  grown_.notify_all();
  reclaim();
}

void State::reclaim() {
  while (live_.size() > 1 && live_.front()->pins_.load(std::memory_order_acquire) == 0) {
    live_.front()->retired_.free();
    live_.pop_front();
  }
}

SnapshotRef State::snapshot() const {
  thread_local const std::size_t mine = std::hash<std::thread::id>()(std::this_thread::get_id()) % cell_count;
  const Cell& cell = cells_[mine];
  std::lock_guard lock(cell.mutex);
  return cell.snapshot;
}

Revision State::revision() const {
  std::lock_guard lock(mutex_);
  return revision_;
}

bool State::wait(Revision revision, std::chrono::steady_clock::time_point deadline, std::stop_token stop) const {
  std::unique_lock lock(mutex_);
  return grown_.wait_until(lock, stop, deadline, [&] { return revision_ >= revision; });
}

}  // namespace netweave::state
