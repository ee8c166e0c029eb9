#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include "model/kinds.hpp"
#include "state/id_index.hpp"
#include "state/tree.hpp"

namespace netweave::state {

using model::ObjectRef;
using model::Revision;

/// How many kinds there are, and each one's place; `kind_count` for a kind that this version does not know.
inline constexpr std::size_t kind_count = 20;
std::size_t slot_of(Kind kind) noexcept;

/// Everything that the gateway knows, as of one revision. Immutable; any thread, while pinned.
class Snapshot {
 public:
  [[nodiscard]] Revision revision() const noexcept { return revision_; }
  /// The history of the log that the revision is one of (store::Log::epoch).
  [[nodiscard]] const std::string& epoch() const noexcept { return epoch_; }
  [[nodiscard]] const Object* find(Kind kind, std::string_view id) const noexcept {
    return ids_[slot_of(kind)].find(id);
  }
  /// All objects of a kind, by id.
  [[nodiscard]] const Tree& table(Kind kind) const noexcept { return tables_[slot_of(kind)]; }
  /// A kind's objects under the values of its indexed fields (groups.hpp), and by id in each.
  [[nodiscard]] const Postings& index(Kind kind) const noexcept { return indexes_[slot_of(kind)]; }

 private:
  friend class State;
  friend class SnapshotRef;
  Snapshot() = default;

  Revision revision_ = 0;
  std::string epoch_;
  std::array<Tree, kind_count> tables_;
  std::array<IdIndex, kind_count> ids_;
  std::array<Postings, kind_count> indexes_;
  mutable std::atomic<std::uint32_t> pins_{0};
  Retired retired_;  // what the next snapshot no longer uses; freed when this and all older ones are unpinned
};

/// Keeps a snapshot, and all that is in it, alive. Cheap to copy; to be held for an answer, not for a stream: memory
/// that was replaced since then waits for it.
class SnapshotRef {
 public:
  SnapshotRef() noexcept = default;
  explicit SnapshotRef(const Snapshot* snapshot) noexcept : snapshot_(snapshot) { pin(); }
  SnapshotRef(const SnapshotRef& other) noexcept : snapshot_(other.snapshot_) { pin(); }
  SnapshotRef(SnapshotRef&& other) noexcept : snapshot_(std::exchange(other.snapshot_, nullptr)) {}
  SnapshotRef& operator=(SnapshotRef other) noexcept {
    std::swap(snapshot_, other.snapshot_);
    return *this;
  }
  ~SnapshotRef() {
    // the writer frees what nobody pins: release pairs with its acquire
    if (snapshot_ != nullptr) snapshot_->pins_.fetch_sub(1, std::memory_order_release);
  }

  const Snapshot& operator*() const noexcept { return *snapshot_; }
  const Snapshot* operator->() const noexcept { return snapshot_; }
  explicit operator bool() const noexcept { return snapshot_ != nullptr; }

 private:
  void pin() const noexcept {
    if (snapshot_ != nullptr) snapshot_->pins_.fetch_add(1, std::memory_order_relaxed);
  }
  const Snapshot* snapshot_ = nullptr;
};

}  // namespace netweave::state
