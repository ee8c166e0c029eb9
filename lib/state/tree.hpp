#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "model/object.hpp"

namespace netweave::state {

using model::Object;

/// What a tree is sorted by: a group first, then the id.
enum class Order : std::uint8_t {
  by_id,    ///< no group
  by_pool,  ///< resources by the pool they stand in
  by_type   ///< resources by their type
};

/// A place in an order. Views what it was made from.
struct Place {
  std::string_view group;
  std::string_view id;
};

Place place_of(Order order, const Object& object) noexcept;

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
  friend class Tree;
  friend class TreeEditor;
  std::vector<void*> nodes_;
  std::vector<const Object*> objects_;
};

/// A sorted set of objects that never changes: a root, branches of at most 128 leaves, leaves of at most 256 objects.
/// A plain value of one pointer; the memory belongs to the chain of snapshots. `const` from any thread for as long as
/// a snapshot that holds it is pinned.
class Tree {
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
    void next() noexcept;

   private:
    friend class Tree;
    const Root* root_ = nullptr;
    const Leaf* leaf_ = nullptr;
    std::uint32_t branch_at_ = 0;
    std::uint32_t leaf_at_ = 0;
    std::uint32_t item_at_ = 0;
  };

  [[nodiscard]] std::size_t size() const noexcept;
  [[nodiscard]] const Object* find(Order order, Place place) const noexcept;
  [[nodiscard]] Cursor begin() const noexcept;
  /// The first object at or after `place`; with `after`, strictly after it.
  [[nodiscard]] Cursor lower_bound(Order order, Place place, bool after = false) const noexcept;
  /// How many stand before `place`.
  [[nodiscard]] std::size_t rank(Order order, Place place) const noexcept;
  /// The object number `index`, from 0.
  [[nodiscard]] Cursor select(std::size_t index) const noexcept;

 private:
  friend class TreeEditor;
  friend class Retired;
  Root* root_ = nullptr;
};

/// Makes the next version of a tree; what it replaces goes to `retired`. A node is copied once an edit, then changed
/// in place: that is what keeps a commit of many changes cheap. The writer's thread alone.
class TreeEditor {
 public:
  /// `edit` is a number that no earlier editor of this tree had.
  TreeEditor(Tree& tree, Order order, std::uint64_t edit, Retired& retired) noexcept
      : tree_(tree), order_(order), edit_(edit), retired_(retired) {}

  /// Inserts, or replaces what stands in the same place; gives what was replaced, else nullptr.
  const Object* put(const Object* object);
  /// Removes what stands in the object's place; gives it, or nullptr.
  const Object* remove(const Object& object);
  /// Gives up a tree's every node (not its objects).
  void clear();

 private:
  struct Path;
  Path descend(Place place);
  Tree::Root* own_root();
  Tree::Branch* own_branch(std::uint32_t at);
  Tree::Leaf* own_leaf(std::uint32_t branch_at, std::uint32_t leaf_at);
  void split_leaf(std::uint32_t branch_at, std::uint32_t leaf_at, bool appending);
  void split_branch(std::uint32_t at, bool appending);
  void shrink(std::uint32_t branch_at, std::uint32_t leaf_at);

  Tree& tree_;
  Order order_;
  std::uint64_t edit_;
  Retired& retired_;
};

}  // namespace netweave::state
