#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "model/object.hpp"

namespace netweave::state {

using model::Object;

/// A place in an order: by group first, then by id. Views what it was made from.
struct Place {
  std::uint64_t group = 0;
  std::string_view id;
};

/// An object under one value of an indexed field; `group` is that value's number (groups.hpp).
struct Posting {
  std::uint64_t group = 0;
  const Object* object = nullptr;
};

class LeafColumns;

/// What all leaves begin with. The columns are made by readers and belong to the leaf (columns.hpp).
struct LeafHead {
  std::uint64_t edit = 0;
  std::uint32_t count = 0;
  mutable std::atomic<LeafColumns*> columns{nullptr};
};

/// Memory that the newest snapshot no longer uses, though older ones may.
class Retired {
 public:
  Retired() = default;
  Retired(Retired&&) noexcept = default;
  Retired& operator=(Retired&&) noexcept = default;
  /// Frees nothing by itself: who owns it knows when.
  void free() noexcept;
  /// An object that left the newest snapshot: its reference is held from here on.
  void add(const Object* object) { objects_.push_back(object); }

 private:
  friend class IdEditor;
  template <class>
  friend class TreeEditor;
  std::vector<void*> nodes_;
  std::vector<LeafHead*> leaves_;
  std::vector<const Object*> objects_;
};

inline constexpr std::uint32_t leaf_items = 256;

/// A sorted set that never changes: a root, branches of at most 128 leaves, leaves of at most 256 items. A plain value
/// of one pointer; the memory belongs to the chain of snapshots. `const` from any thread for as long as a snapshot
/// that holds it is pinned. An Item is an object (a table, sorted by id) or a Posting (an index).
template <class Item>
class BasicTree {
 public:
  struct Leaf;
  struct Branch;
  struct Root;

  /// Walks in order; invalid at the end.
  class Cursor {
   public:
    [[nodiscard]] bool valid() const noexcept { return leaf_ != nullptr; }
    const Object& operator*() const noexcept;
    const Object* operator->() const noexcept { return &**this; }
    [[nodiscard]] std::uint64_t group() const noexcept;
    void next() noexcept;

   private:
    friend class BasicTree;
    const Root* root_ = nullptr;
    const Leaf* leaf_ = nullptr;
    std::uint32_t branch_at_ = 0;
    std::uint32_t leaf_at_ = 0;
    std::uint32_t item_at_ = 0;
  };

  /// Walks from leaf to leaf.
  class LeafCursor {
   public:
    [[nodiscard]] bool valid() const noexcept { return leaf_ != nullptr; }
    [[nodiscard]] std::span<const Item> items() const noexcept;
    [[nodiscard]] const LeafHead& head() const noexcept;
    void next() noexcept;

   private:
    friend class BasicTree;
    const Root* root_ = nullptr;
    const Leaf* leaf_ = nullptr;
    std::uint32_t branch_at_ = 0;
    std::uint32_t leaf_at_ = 0;
  };

  [[nodiscard]] std::size_t size() const noexcept;
  [[nodiscard]] Cursor begin() const noexcept;
  [[nodiscard]] LeafCursor leaves() const noexcept;
  /// The first item at or after `place`; with `after`, strictly after it.
  [[nodiscard]] Cursor lower_bound(Place place, bool after = false) const noexcept;
  /// How many stand before `place`.
  [[nodiscard]] std::size_t rank(Place place) const noexcept;
  /// The item number `index`, from 0.
  [[nodiscard]] Cursor select(std::size_t index) const noexcept;

 private:
  template <class>
  friend class TreeEditor;
  Root* root_ = nullptr;
};

using Tree = BasicTree<const Object*>;
using Postings = BasicTree<Posting>;

/// Makes the next version of a tree; what it replaces goes to `retired`. A node is copied once an edit, then changed
/// in place: that is what keeps a commit of many changes cheap. The writer's thread alone.
template <class Item>
class TreeEditor {
 public:
  /// `edit` is a number that no earlier editor of this tree had.
  TreeEditor(BasicTree<Item>& tree, std::uint64_t edit, Retired& retired) noexcept
      : tree_(tree), edit_(edit), retired_(retired) {}

  /// Inserts, or replaces what stands in the same place; gives the object that was replaced, else nullptr.
  const Object* put(Item item);
  /// Removes what stands there; gives its object, or nullptr.
  const Object* remove(Place place);
  /// Gives up a tree's every node (not its objects).
  void clear();

 private:
  using Root = typename BasicTree<Item>::Root;
  using Branch = typename BasicTree<Item>::Branch;
  using Leaf = typename BasicTree<Item>::Leaf;
  struct Path;
  Path descend(Place place);
  Path last() const;
  Root* own_root();
  Branch* own_branch(std::uint32_t at);
  Leaf* own_leaf(std::uint32_t branch_at, std::uint32_t leaf_at);
  void split_leaf(std::uint32_t branch_at, std::uint32_t leaf_at, bool appending);
  void split_branch(std::uint32_t at, bool appending);
  void shrink(std::uint32_t branch_at, std::uint32_t leaf_at);

  BasicTree<Item>& tree_;
  std::uint64_t edit_;
  Retired& retired_;
};

extern template class BasicTree<const Object*>;
extern template class BasicTree<Posting>;
extern template class TreeEditor<const Object*>;
extern template class TreeEditor<Posting>;

}  // namespace netweave::state
