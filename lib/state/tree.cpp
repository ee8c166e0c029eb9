#include "state/tree.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <new>

namespace netweave::state {
namespace {

constexpr std::uint32_t leaf_items = 256;
constexpr std::uint32_t branch_leaves = 128;
constexpr std::uint32_t merge_below = 192;  // two neighbours that fit into one with room to grow

int compare(const Place& a, const Place& b) noexcept {
  if (int groups = a.group.compare(b.group); groups != 0) return groups;
  return a.id.compare(b.id);
}

template <class Node>
Node* make_node() {
  return new (::operator new(sizeof(Node))) Node;
}

}  // namespace

// Plain bytes, so that a copy is a memcpy and freeing needs no type. Objects are counted once, by the tree by id:
// copying 256 pointers touches no object, which at a million objects is most of what a commit would cost.
struct Tree::Leaf {
  std::uint64_t edit = 0;
  std::uint32_t count = 0;
  const Object* items[leaf_items];
};

struct Tree::Branch {
  std::uint64_t edit = 0;
  std::uint32_t count = 0;  // leaves
  std::uint32_t objects = 0;
  Leaf* leaves[branch_leaves];
};

struct Tree::Root {
  std::uint64_t edit = 0;
  std::uint32_t count = 0;  // branches
  std::uint32_t capacity = 0;
  std::uint64_t objects = 0;
  Branch** branches() noexcept { return reinterpret_cast<Branch**>(this + 1); }
  [[nodiscard]] Branch* const* branches() const noexcept { return reinterpret_cast<Branch* const*>(this + 1); }

  static Root* make(std::uint32_t capacity) {
    auto* root = new (::operator new(sizeof(Root) + capacity * sizeof(Branch*))) Root;
    root->capacity = capacity;
    return root;
  }
};

Place place_of(Order order, const Object& object) noexcept {
  switch (order) {
    case Order::by_pool:
      return {object.pool(), object.id()};
    case Order::by_type:
      return {object.type(), object.id()};
    default:
      return {{}, object.id()};
  }
}

void Retired::free() noexcept {
  for (void* node : nodes_) ::operator delete(node);
  for (const Object* object : objects_) (void)model::ObjectRef::adopt(object);
  nodes_.clear();
  objects_.clear();
}

namespace {

Place first_of(Order order, const Tree::Leaf& leaf) noexcept { return place_of(order, *leaf.items[0]); }
Place first_of(Order order, const Tree::Branch& branch) noexcept { return first_of(order, *branch.leaves[0]); }

/// The last of `count` children whose first place is not after `place`; 0 where all are.
template <class Child>
std::uint32_t child_for(Order order, Child* const* children, std::uint32_t count, Place place) noexcept {
  auto* end = children + count;
  auto* after = std::partition_point(children, end,
                                     [&](const Child* child) { return compare(first_of(order, *child), place) <= 0; });
  return after == children ? 0 : static_cast<std::uint32_t>(after - children - 1);
}

/// The first item at or after `place` (or strictly after).
std::uint32_t item_for(Order order, const Tree::Leaf& leaf, Place place, bool after) noexcept {
  auto* end = leaf.items + leaf.count;
  auto* found = std::partition_point(leaf.items, end, [&](const Object* item) {
    int side = compare(place_of(order, *item), place);
    return after ? side <= 0 : side < 0;
  });
  return static_cast<std::uint32_t>(found - leaf.items);
}

}  // namespace

// Tree

std::size_t Tree::size() const noexcept { return root_ == nullptr ? 0 : root_->objects; }

const Object& Tree::Cursor::operator*() const noexcept { return *leaf_->items[item_at_]; }

void Tree::Cursor::next() noexcept {
  if (++item_at_ < leaf_->count) return;
  item_at_ = 0;
  const Branch* branch = root_->branches()[branch_at_];
  if (++leaf_at_ >= branch->count) {
    leaf_at_ = 0;
    if (++branch_at_ >= root_->count) {
      leaf_ = nullptr;
      return;
    }
    branch = root_->branches()[branch_at_];
  }
  leaf_ = branch->leaves[leaf_at_];
}

Tree::Cursor Tree::begin() const noexcept {
  Cursor cursor;
  if (size() == 0) return cursor;
  cursor.root_ = root_;
  cursor.leaf_ = root_->branches()[0]->leaves[0];
  return cursor;
}

Tree::Cursor Tree::lower_bound(Order order, Place place, bool after) const noexcept {
  Cursor cursor;
  if (size() == 0) return cursor;
  cursor.root_ = root_;
  cursor.branch_at_ = child_for(order, root_->branches(), root_->count, place);
  const Branch& branch = *root_->branches()[cursor.branch_at_];
  cursor.leaf_at_ = child_for(order, branch.leaves, branch.count, place);
  cursor.leaf_ = branch.leaves[cursor.leaf_at_];
  cursor.item_at_ = item_for(order, *cursor.leaf_, place, after);
  if (cursor.item_at_ == cursor.leaf_->count) {
    --cursor.item_at_;
    cursor.next();
  }
  return cursor;
}

const Object* Tree::find(Order order, Place place) const noexcept {
  Cursor cursor = lower_bound(order, place);
  return cursor.valid() && compare(place_of(order, *cursor), place) == 0 ? &*cursor : nullptr;
}

std::size_t Tree::rank(Order order, Place place) const noexcept {
  if (size() == 0) return 0;
  std::uint32_t branch_at = child_for(order, root_->branches(), root_->count, place);
  const Branch& branch = *root_->branches()[branch_at];
  std::uint32_t leaf_at = child_for(order, branch.leaves, branch.count, place);
  std::size_t before = item_for(order, *branch.leaves[leaf_at], place, false);
  for (std::uint32_t i = 0; i < branch_at; ++i) before += root_->branches()[i]->objects;
  for (std::uint32_t i = 0; i < leaf_at; ++i) before += branch.leaves[i]->count;
  return before;
}

Tree::Cursor Tree::select(std::size_t index) const noexcept {
  Cursor cursor;
  if (index >= size()) return cursor;
  cursor.root_ = root_;
  while (index >= root_->branches()[cursor.branch_at_]->objects)
    index -= root_->branches()[cursor.branch_at_++]->objects;
  const Branch& branch = *root_->branches()[cursor.branch_at_];
  while (index >= branch.leaves[cursor.leaf_at_]->count) index -= branch.leaves[cursor.leaf_at_++]->count;
  cursor.leaf_ = branch.leaves[cursor.leaf_at_];
  cursor.item_at_ = static_cast<std::uint32_t>(index);
  return cursor;
}

// TreeEditor

struct TreeEditor::Path {
  std::uint32_t branch_at = 0;
  std::uint32_t leaf_at = 0;
  std::uint32_t item_at = 0;
  bool found = false;
};

TreeEditor::Path TreeEditor::descend(Place place) {
  Path path;
  const Tree::Root& root = *tree_.root_;
  path.branch_at = child_for(order_, root.branches(), root.count, place);
  const Tree::Branch& branch = *root.branches()[path.branch_at];
  path.leaf_at = child_for(order_, branch.leaves, branch.count, place);
  const Tree::Leaf& leaf = *branch.leaves[path.leaf_at];
  path.item_at = item_for(order_, leaf, place, false);
  path.found = path.item_at < leaf.count && compare(place_of(order_, *leaf.items[path.item_at]), place) == 0;
  return path;
}

Tree::Root* TreeEditor::own_root() {
  Tree::Root* root = tree_.root_;
  if (root->edit == edit_ && root->count < root->capacity) return root;
  Tree::Root* copy = Tree::Root::make(root->count + std::max(4U, root->count / 4));
  copy->edit = edit_;
  copy->count = root->count;
  copy->objects = root->objects;
  std::copy_n(root->branches(), root->count, copy->branches());
  retired_.nodes_.push_back(root);
  return tree_.root_ = copy;
}

Tree::Branch* TreeEditor::own_branch(std::uint32_t at) {
  Tree::Root* root = own_root();
  Tree::Branch*& branch = root->branches()[at];
  if (branch->edit != edit_) {
    auto* copy = make_node<Tree::Branch>();
    std::memcpy(static_cast<void*>(copy), branch, offsetof(Tree::Branch, leaves) + branch->count * sizeof(Tree::Leaf*));
    copy->edit = edit_;
    retired_.nodes_.push_back(branch);
    branch = copy;
  }
  return branch;
}

Tree::Leaf* TreeEditor::own_leaf(std::uint32_t branch_at, std::uint32_t leaf_at) {
  Tree::Leaf*& leaf = own_branch(branch_at)->leaves[leaf_at];
  if (leaf->edit != edit_) {
    auto* copy = make_node<Tree::Leaf>();
    std::memcpy(static_cast<void*>(copy), leaf, offsetof(Tree::Leaf, items) + leaf->count * sizeof(const Object*));
    copy->edit = edit_;
    retired_.nodes_.push_back(leaf);
    leaf = copy;
  }
  return leaf;
}

void TreeEditor::split_leaf(std::uint32_t branch_at, std::uint32_t leaf_at, bool appending) {
  if (own_branch(branch_at)->count == branch_leaves) {
    bool last = branch_at + 1 == tree_.root_->count && leaf_at + 1 == branch_leaves;
    split_branch(branch_at, last);
    std::uint32_t left = tree_.root_->branches()[branch_at]->count;
    if (leaf_at >= left) {
      leaf_at -= left;
      ++branch_at;
    }
  }
  Tree::Branch* branch = own_branch(branch_at);
  Tree::Leaf* leaf = own_leaf(branch_at, leaf_at);
  // ids are often made in order: a leaf that grows at its end stays nearly full instead of half full
  std::uint32_t keep = appending ? leaf_items - leaf_items / 16 : leaf_items / 2;
  auto* right = make_node<Tree::Leaf>();
  right->edit = edit_;
  right->count = leaf->count - keep;
  std::copy_n(leaf->items + keep, right->count, right->items);
  leaf->count = keep;
  std::copy_backward(branch->leaves + leaf_at + 1, branch->leaves + branch->count, branch->leaves + branch->count + 1);
  branch->leaves[leaf_at + 1] = right;
  ++branch->count;
}

void TreeEditor::split_branch(std::uint32_t at, bool appending) {
  Tree::Branch* branch = own_branch(at);
  Tree::Root* root = own_root();
  std::uint32_t keep = appending ? branch_leaves - branch_leaves / 16 : branch_leaves / 2;
  auto* right = make_node<Tree::Branch>();
  right->edit = edit_;
  right->count = branch->count - keep;
  std::copy_n(branch->leaves + keep, right->count, right->leaves);
  branch->count = keep;
  right->objects = 0;
  for (std::uint32_t i = 0; i < right->count; ++i) right->objects += right->leaves[i]->count;
  branch->objects -= right->objects;
  std::copy_backward(root->branches() + at + 1, root->branches() + root->count, root->branches() + root->count + 1);
  root->branches()[at + 1] = right;
  ++root->count;
}

const Object* TreeEditor::put(const Object* object) {
  if (tree_.root_ == nullptr) {
    tree_.root_ = Tree::Root::make(4);
    tree_.root_->edit = edit_;
  }
  if (tree_.root_->count == 0) {
    Tree::Root* root = own_root();
    auto* branch = make_node<Tree::Branch>();
    auto* leaf = make_node<Tree::Leaf>();
    branch->edit = leaf->edit = edit_;
    branch->count = leaf->count = branch->objects = 1;
    branch->leaves[0] = leaf;
    leaf->items[0] = object;
    root->branches()[0] = branch;
    root->count = 1;
    root->objects = 1;
    return nullptr;
  }
  Place place = place_of(order_, *object);
  Path path = descend(place);
  if (path.found) {
    Tree::Leaf* leaf = own_leaf(path.branch_at, path.leaf_at);
    return std::exchange(leaf->items[path.item_at], object);
  }
  if (tree_.root_->branches()[path.branch_at]->leaves[path.leaf_at]->count == leaf_items) {
    split_leaf(path.branch_at, path.leaf_at, path.item_at == leaf_items);
    path = descend(place);
  }
  Tree::Leaf* leaf = own_leaf(path.branch_at, path.leaf_at);
  std::copy_backward(leaf->items + path.item_at, leaf->items + leaf->count, leaf->items + leaf->count + 1);
  leaf->items[path.item_at] = object;
  ++leaf->count;
  ++own_branch(path.branch_at)->objects;
  ++own_root()->objects;
  return nullptr;
}

const Object* TreeEditor::remove(const Object& object) {
  if (tree_.size() == 0) return nullptr;
  Path path = descend(place_of(order_, object));
  if (!path.found) return nullptr;
  Tree::Leaf* leaf = own_leaf(path.branch_at, path.leaf_at);
  const Object* removed = leaf->items[path.item_at];
  std::copy(leaf->items + path.item_at + 1, leaf->items + leaf->count, leaf->items + path.item_at);
  --leaf->count;
  --own_branch(path.branch_at)->objects;
  --own_root()->objects;
  shrink(path.branch_at, path.leaf_at);
  return removed;
}

/// A leaf that ran empty goes; one that fits into its neighbour joins it.
void TreeEditor::shrink(std::uint32_t branch_at, std::uint32_t leaf_at) {
  Tree::Branch* branch = own_branch(branch_at);
  Tree::Leaf* leaf = branch->leaves[leaf_at];
  if (leaf->count > 0) {
    std::uint32_t left = leaf_at > 0 ? leaf_at - 1 : leaf_at;
    if (left + 1 >= branch->count || branch->leaves[left]->count + branch->leaves[left + 1]->count > merge_below)
      return;
    if (leaf->count > merge_below / 4) return;
    Tree::Leaf* into = own_leaf(branch_at, left);
    Tree::Leaf* from = branch->leaves[left + 1];
    std::copy_n(from->items, from->count, into->items + into->count);
    into->count += from->count;
    leaf_at = left + 1;
    leaf = from;
  }
  retired_.nodes_.push_back(leaf);
  std::copy(branch->leaves + leaf_at + 1, branch->leaves + branch->count, branch->leaves + leaf_at);
  if (--branch->count > 0) return;
  Tree::Root* root = own_root();
  retired_.nodes_.push_back(branch);
  std::copy(root->branches() + branch_at + 1, root->branches() + root->count, root->branches() + branch_at);
  --root->count;
}

void TreeEditor::clear() {
  if (tree_.root_ == nullptr) return;
  for (std::uint32_t i = 0; i < tree_.root_->count; ++i) {
    Tree::Branch* branch = tree_.root_->branches()[i];
    for (std::uint32_t j = 0; j < branch->count; ++j) retired_.nodes_.push_back(branch->leaves[j]);
    retired_.nodes_.push_back(branch);
  }
  retired_.nodes_.push_back(tree_.root_);
  tree_.root_ = nullptr;
}

}  // namespace netweave::state
