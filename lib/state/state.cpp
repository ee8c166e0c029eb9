#include "state/state.hpp"

#include <algorithm>
#include <set>
#include <thread>

#include "state/groups.hpp"

namespace netweave::state {

std::size_t slot_of(Kind kind) noexcept {
  constexpr std::size_t shown_kinds = 13;  // netweave::Kind's; the gateway's own follow
  auto number = static_cast<std::size_t>(kind);
  std::size_t slot = number < 200 ? number - 1 : number - 200 + shown_kinds;
  bool known = number < 200 ? slot < shown_kinds : slot < kind_count;
  return known ? slot : kind_count;
}

namespace {

/// A store may hold kinds of a newer version: they are kept there, and passed over here.
bool knows(Kind kind) { return slot_of(kind) < kind_count; }

}  // namespace

State::State(std::size_t column_bytes) : column_budget_(column_bytes) {
  publish(std::unique_ptr<Snapshot>(new Snapshot()));
}

State::~State() {
  for (Cell& cell : cells_) cell.snapshot = SnapshotRef();
  Snapshot& last = *live_.back();
  Retired rest;
  ++edit_;
  for (Tree& table : last.tables_) {
    for (auto cursor = table.begin(); cursor.valid(); cursor.next()) rest.add(&*cursor);
    TreeEditor(table, edit_, rest).clear();
  }
  for (IdIndex& ids : last.ids_) IdEditor(ids, edit_, rest).clear();
  for (Postings& index : last.indexes_) TreeEditor(index, edit_, rest).clear();
  for (auto& snapshot : live_) snapshot->retired_.free();
  rest.free();
}

void State::load(std::vector<ObjectRef> objects, Revision head, std::string epoch) {
  auto before = [](const ObjectRef& a, const ObjectRef& b) { return a->id() < b->id(); };
  std::sort(objects.begin(), objects.end(), before);  // appended in order, leaves stay full
  Snapshot& last = *live_.back();
  std::unique_ptr<Snapshot> next(new Snapshot());
  next->tables_ = last.tables_;
  next->ids_ = last.ids_;
  next->revision_ = head;
  next->epoch_ = std::move(epoch);
  ++edit_;
  std::vector<std::pair<Kind, Posting>> postings;
  for (ObjectRef& ref : objects) {
    if (!knows(ref->kind())) continue;
    const Object* object = ref.detach();
    TreeEditor(next->tables_[slot_of(object->kind())], edit_, last.retired_).put(object);
    IdEditor(next->ids_[slot_of(object->kind())], edit_, last.retired_).put(object);
    groups_of(*object, groups_);
    for (std::uint64_t group : groups_) postings.push_back({object->kind(), {group, object}});
  }
  auto by_group = [](const auto& a, const auto& b) { return a.second.group < b.second.group; };
  std::stable_sort(postings.begin(), postings.end(), by_group);
  for (const auto& [kind, posting] : postings)
    TreeEditor(next->indexes_[slot_of(kind)], edit_, last.retired_).put(posting);
  publish(std::move(next));
}

void State::put(Snapshot& next, const Object* object, Retired& retired) {
  const Object* old = TreeEditor(next.tables_[slot_of(object->kind())], edit_, retired).put(object);
  IdEditor(next.ids_[slot_of(object->kind())], edit_, retired).put(object);
  index(next, object, old, retired);
  if (old != nullptr) retired.add(old);
}

void State::remove(Snapshot& next, const Object& object, Retired& retired) {
  const Object* old = TreeEditor(next.tables_[slot_of(object.kind())], edit_, retired).remove({0, object.id()});
  if (old == nullptr) return;
  IdEditor(next.ids_[slot_of(object.kind())], edit_, retired).remove(old->id());
  index(next, nullptr, old, retired);
  retired.add(old);
}

/// Puts an object into its groups, and takes the one that it replaces out of those that it left.
void State::index(Snapshot& next, const Object* object, const Object* old, Retired& retired) {
  groups_.clear();
  old_groups_.clear();
  if (object != nullptr) groups_of(*object, groups_);
  if (old != nullptr) groups_of(*old, old_groups_);
  if (groups_.empty() && old_groups_.empty()) return;
  TreeEditor editor(next.indexes_[slot_of((object != nullptr ? object : old)->kind())], edit_, retired);
  for (std::uint64_t group : old_groups_)
    if (!std::binary_search(groups_.begin(), groups_.end(), group)) editor.remove({group, old->id()});
  for (std::uint64_t group : groups_) editor.put({group, object});
}

std::unique_ptr<Snapshot> State::following(const Snapshot& last) const {
  std::unique_ptr<Snapshot> next(new Snapshot());
  next->tables_ = last.tables_;
  next->ids_ = last.ids_;
  next->indexes_ = last.indexes_;
  next->epoch_ = last.epoch_;
  return next;
}

void State::replace(std::vector<ObjectRef> objects, Revision head, std::string epoch) {
  Snapshot& last = *live_.back();
  std::unique_ptr<Snapshot> next = following(last);
  next->revision_ = head;
  next->epoch_ = std::move(epoch);
  ++edit_;
  std::set<std::pair<Kind, std::string_view>> there;
  for (const ObjectRef& object : objects) there.emplace(object->kind(), object->id());
  for (const Tree& table : last.tables_)
    for (auto cursor = table.begin(); cursor.valid(); cursor.next())
      if (!there.contains({cursor->kind(), cursor->id()})) remove(*next, *cursor, last.retired_);
  for (ObjectRef& object : objects)
    if (knows(object->kind())) put(*next, object.detach(), last.retired_);
  publish(std::move(next));
}

void State::apply(std::span<const store::Entry> entries) {
  if (entries.empty()) return;
  Snapshot& last = *live_.back();
  std::unique_ptr<Snapshot> next = following(last);
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
  std::string epoch = next->epoch_;
  live_.push_back(std::move(next));
  for (Cell& cell : cells_) {
    std::lock_guard lock(cell.mutex);
    cell.snapshot = ref;
  }
  {
    std::lock_guard lock(mutex_);
    revision_ = revision;
    epoch_ = std::move(epoch);
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

bool State::wait_epoch(const std::string& epoch, std::chrono::steady_clock::time_point deadline,
                       std::stop_token stop) const {
  std::unique_lock lock(mutex_);
  return grown_.wait_until(lock, std::move(stop), deadline, [&] { return epoch_ == epoch; });
}

}  // namespace netweave::state
