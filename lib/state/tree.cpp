#include "state/tree.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <new>

#include "state/columns.hpp"

namespace netweave::state {
namespace {

constexpr std::uint32_t branch_leaves = 128;
constexpr std::uint32_t merge_below = 192;  // two neighbours that fit into one with room to grow

const Object& object_of(const Object* item) noexcept { return *item; }
const Object& object_of(const Posting& item) noexcept { return *item.object; }
Place place_of(const Object* item) noexcept { return {0, item->id()}; }
Place place_of(const Posting& item) noexcept { return {item.group, item.object->id()}; }

/// How an item stands to a place. The id is looked at last: it lies in the object, a cold line away.
int compare(const Object* item, const Place& place) noexcept { return item->id().compare(place.id); }
int compare(const Posting& item, const Place& place) noexcept {
  if (item.group != place.group) return item.group < place.group ? -1 : 1;
  return item.object->id().compare(place.id);
}

template <class Node>
Node* make_node() {
  return new (::operator new(sizeof(Node))) Node;
}

}  // namespace

// Plain bytes, so that a copy copies bytes and freeing needs no type. Objects are counted once, by the tree by id:
// copying 256 pointers touches no object, which at a million objects is most of what a commit would cost.
template <class Item>
struct BasicTree<Item>::Leaf : LeafHead {
  Item items[leaf_items];
};

template <class Item>
struct BasicTree<Item>::Branch {
  std::uint64_t edit = 0;
  std::uint32_t count = 0;  // leaves
  std::uint32_t objects = 0;
  Leaf* leaves[branch_leaves];
};

template <class Item>
struct BasicTree<Item>::Root {
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

void Retired::free() noexcept {
  for (void* node : nodes_) ::operator delete(node);
  for (LeafHead* leaf : leaves_) {
    delete leaf->columns.load();
    ::operator delete(leaf);
  }
  for (const Object* object : objects_) (void)model::ObjectRef::adopt(object);
  nodes_.clear();
  leaves_.clear();
  objects_.clear();
}

namespace {

/// The last of `count` children whose first item is not after `place`; 0 where all are.
template <class Child, class First>
std::uint32_t child_for(Child* const* children, std::uint32_t count, Place place, First&& first) noexcept {
  auto* end = children + count;
  auto* after =
      std::partition_point(children, end, [&](const Child* child) { return compare(first(*child), place) <= 0; });
  return after == children ? 0 : static_cast<std::uint32_t>(after - children - 1);
}

template <class Root>
std::uint32_t branch_for(const Root& root, Place place) noexcept {
  return child_for(root.branches(), root.count, place, [](const auto& branch) { return branch.leaves[0]->items[0]; });
}

template <class Branch>
std::uint32_t leaf_for(const Branch& branch, Place place) noexcept {
  return child_for(branch.leaves, branch.count, place, [](const auto& leaf) { return leaf.items[0]; });
}

/// The first item at or after `place` (or strictly after).
template <class Leaf>
std::uint32_t item_for(const Leaf& leaf, Place place, bool after) noexcept {
  auto* end = leaf.items + leaf.count;
  auto* found = std::partition_point(leaf.items, end, [&](const auto& item) {
    int side = compare(item, place);
    return after ? side <= 0 : side < 0;
  });
  return static_cast<std::uint32_t>(found - leaf.items);
}

}  // namespace

// BasicTree

template <class Item>
std::size_t BasicTree<Item>::size() const noexcept {
  return root_ == nullptr ? 0 : root_->objects;
}

template <class Item>
const Object& BasicTree<Item>::Cursor::operator*() const noexcept {
  return object_of(leaf_->items[item_at_]);
}

template <class Item>
std::uint64_t BasicTree<Item>::Cursor::group() const noexcept {
  return place_of(leaf_->items[item_at_]).group;
}

template <class Item>
void BasicTree<Item>::Cursor::next() noexcept {
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

template <class Item>
std::span<const Item> BasicTree<Item>::LeafCursor::items() const noexcept {
  return {leaf_->items, leaf_->count};
}

template <class Item>
const LeafHead& BasicTree<Item>::LeafCursor::head() const noexcept {
  return *leaf_;
}

template <class Item>
void BasicTree<Item>::LeafCursor::next() noexcept {
  if (++leaf_at_ >= root_->branches()[branch_at_]->count) {
    leaf_at_ = 0;
    ++branch_at_;
  }
  leaf_ = branch_at_ < root_->count ? root_->branches()[branch_at_]->leaves[leaf_at_] : nullptr;
}

template <class Item>
typename BasicTree<Item>::Cursor BasicTree<Item>::begin() const noexcept {
  Cursor cursor;
  if (size() == 0) return cursor;
  cursor.root_ = root_;
  cursor.leaf_ = root_->branches()[0]->leaves[0];
  return cursor;
}

template <class Item>
typename BasicTree<Item>::LeafCursor BasicTree<Item>::leaves() const noexcept {
  LeafCursor cursor;
  if (size() == 0) return cursor;
  cursor.root_ = root_;
  cursor.leaf_ = root_->branches()[0]->leaves[0];
  return cursor;
}

template <class Item>
typename BasicTree<Item>::Cursor BasicTree<Item>::lower_bound(Place place, bool after) const noexcept {
  Cursor cursor;
  if (size() == 0) return cursor;
  cursor.root_ = root_;
  cursor.branch_at_ = branch_for(*root_, place);
  const Branch& branch = *root_->branches()[cursor.branch_at_];
  cursor.leaf_at_ = leaf_for(branch, place);
  cursor.leaf_ = branch.leaves[cursor.leaf_at_];
  cursor.item_at_ = item_for(*cursor.leaf_, place, after);
  if (cursor.item_at_ == cursor.leaf_->count) {
    --cursor.item_at_;
    cursor.next();
  }
  return cursor;
}

template <class Item>
std::size_t BasicTree<Item>::rank(Place place) const noexcept {
  if (size() == 0) return 0;
  std::uint32_t branch_at = branch_for(*root_, place);
  const Branch& branch = *root_->branches()[branch_at];
  std::uint32_t leaf_at = leaf_for(branch, place);
  std::size_t before = item_for(*branch.leaves[leaf_at], place, false);
  for (std::uint32_t i = 0; i < branch_at; ++i) before += root_->branches()[i]->objects;
  for (std::uint32_t i = 0; i < leaf_at; ++i) before += branch.leaves[i]->count;
  return before;
}

template <class Item>
typename BasicTree<Item>::Cursor BasicTree<Item>::select(std::size_t index) const noexcept {
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

template <class Item>
struct TreeEditor<Item>::Path {
  std::uint32_t branch_at = 0;
  std::uint32_t leaf_at = 0;
  std::uint32_t item_at = 0;
  bool found = false;
};

template <class Item>
typename TreeEditor<Item>::Path TreeEditor<Item>::descend(Place place) {
  Path path;
  const Root& root = *tree_.root_;
  path.branch_at = branch_for(root, place);
  const Branch& branch = *root.branches()[path.branch_at];
  path.leaf_at = leaf_for(branch, place);
  const Leaf& leaf = *branch.leaves[path.leaf_at];
  path.item_at = item_for(leaf, place, false);
  path.found = path.item_at < leaf.count && compare(leaf.items[path.item_at], place) == 0;
  return path;
}

/// Behind the last item.
template <class Item>
typename TreeEditor<Item>::Path TreeEditor<Item>::last() const {
  Path path;
  path.branch_at = tree_.root_->count - 1;
  const Branch& branch = *tree_.root_->branches()[path.branch_at];
  path.leaf_at = branch.count - 1;
  path.item_at = branch.leaves[path.leaf_at]->count;
  return path;
}

template <class Item>
typename TreeEditor<Item>::Root* TreeEditor<Item>::own_root() {
  Root* root = tree_.root_;
  if (root->edit == edit_ && root->count < root->capacity) return root;
  Root* copy = Root::make(root->count + std::max(4U, root->count / 4));
  copy->edit = edit_;
  copy->count = root->count;
  copy->objects = root->objects;
  std::copy_n(root->branches(), root->count, copy->branches());
  retired_.nodes_.push_back(root);
  return tree_.root_ = copy;
}

template <class Item>
typename TreeEditor<Item>::Branch* TreeEditor<Item>::own_branch(std::uint32_t at) {
  Root* root = own_root();
  Branch*& branch = root->branches()[at];
  if (branch->edit != edit_) {
    auto* copy = make_node<Branch>();
    std::memcpy(static_cast<void*>(copy), branch, offsetof(Branch, leaves) + branch->count * sizeof(Leaf*));
    copy->edit = edit_;
    retired_.nodes_.push_back(branch);
    branch = copy;
  }
  return branch;
}

template <class Item>
typename TreeEditor<Item>::Leaf* TreeEditor<Item>::own_leaf(std::uint32_t branch_at, std::uint32_t leaf_at) {
  Leaf*& leaf = own_branch(branch_at)->leaves[leaf_at];
  if (leaf->edit != edit_) {
    auto* copy = make_node<Leaf>();
    copy->edit = edit_;
    copy->count = leaf->count;
    std::copy_n(leaf->items, leaf->count, copy->items);
    retired_.leaves_.push_back(leaf);
    leaf = copy;
  }
  return leaf;
}

template <class Item>
void TreeEditor<Item>::split_leaf(std::uint32_t branch_at, std::uint32_t leaf_at, bool appending) {
  if (own_branch(branch_at)->count == branch_leaves) {
    bool last = branch_at + 1 == tree_.root_->count && leaf_at + 1 == branch_leaves;
    split_branch(branch_at, last);
    std::uint32_t left = tree_.root_->branches()[branch_at]->count;
    if (leaf_at >= left) {
      leaf_at -= left;
      ++branch_at;
    }
  }
  Branch* branch = own_branch(branch_at);
  Leaf* leaf = own_leaf(branch_at, leaf_at);
  // ids are often made in order: a leaf that grows at its end stays nearly full instead of half full
  std::uint32_t keep = appending ? leaf_items - leaf_items / 16 : leaf_items / 2;
  auto* right = make_node<Leaf>();
  right->edit = edit_;
  right->count = leaf->count - keep;
  std::copy_n(leaf->items + keep, right->count, right->items);
  leaf->count = keep;
  std::copy_backward(branch->leaves + leaf_at + 1, branch->leaves + branch->count, branch->leaves + branch->count + 1);
  branch->leaves[leaf_at + 1] = right;
  ++branch->count;
}

template <class Item>
void TreeEditor<Item>::split_branch(std::uint32_t at, bool appending) {
  Branch* branch = own_branch(at);
  Root* root = own_root();
  std::uint32_t keep = appending ? branch_leaves - branch_leaves / 16 : branch_leaves / 2;
  auto* right = make_node<Branch>();
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

template <class Item>
const Object* TreeEditor<Item>::put(Item item) {
  if (tree_.root_ == nullptr) {
    tree_.root_ = Root::make(4);
    tree_.root_->edit = edit_;
  }
  if (tree_.root_->count == 0) {
    Root* root = own_root();
    auto* branch = make_node<Branch>();
    auto* leaf = make_node<Leaf>();
    branch->edit = leaf->edit = edit_;
    branch->count = leaf->count = branch->objects = 1;
    branch->leaves[0] = leaf;
    leaf->items[0] = item;
    root->branches()[0] = branch;
    root->count = 1;
    root->objects = 1;
    return nullptr;
  }
  Place place = place_of(item);
  Path path = last();  // loading goes in order: no search
  const Leaf& end = *tree_.root_->branches()[path.branch_at]->leaves[path.leaf_at];
  if (compare(end.items[end.count - 1], place) >= 0) path = descend(place);
  if (path.found) {
    Leaf* leaf = own_leaf(path.branch_at, path.leaf_at);
    return &object_of(std::exchange(leaf->items[path.item_at], item));
  }
  if (tree_.root_->branches()[path.branch_at]->leaves[path.leaf_at]->count == leaf_items) {
    split_leaf(path.branch_at, path.leaf_at, path.item_at == leaf_items);
    path = descend(place);
  }
  Leaf* leaf = own_leaf(path.branch_at, path.leaf_at);
  std::copy_backward(leaf->items + path.item_at, leaf->items + leaf->count, leaf->items + leaf->count + 1);
  leaf->items[path.item_at] = item;
  ++leaf->count;
  ++own_branch(path.branch_at)->objects;
  ++own_root()->objects;
  return nullptr;
}

template <class Item>
const Object* TreeEditor<Item>::remove(Place place) {
  if (tree_.size() == 0) return nullptr;
  Path path = descend(place);
  if (!path.found) return nullptr;
  Leaf* leaf = own_leaf(path.branch_at, path.leaf_at);
  const Object* removed = &object_of(leaf->items[path.item_at]);
  std::copy(leaf->items + path.item_at + 1, leaf->items + leaf->count, leaf->items + path.item_at);
  --leaf->count;
  --own_branch(path.branch_at)->objects;
  --own_root()->objects;
  shrink(path.branch_at, path.leaf_at);
  return removed;
}

/// A leaf that ran empty goes; one that fits into its neighbour joins it.
template <class Item>
void TreeEditor<Item>::shrink(std::uint32_t branch_at, std::uint32_t leaf_at) {
  Branch* branch = own_branch(branch_at);
  Leaf* leaf = branch->leaves[leaf_at];
  if (leaf->count > 0) {
    std::uint32_t left = leaf_at > 0 ? leaf_at - 1 : leaf_at;
    if (left + 1 >= branch->count || branch->leaves[left]->count + branch->leaves[left + 1]->count > merge_below)
      return;
    if (leaf->count > merge_below / 4) return;
    Leaf* into = own_leaf(branch_at, left);
    Leaf* from = branch->leaves[left + 1];
    std::copy_n(from->items, from->count, into->items + into->count);
    into->count += from->count;
    leaf_at = left + 1;
    leaf = from;
  }
  retired_.leaves_.push_back(leaf);
  std::copy(branch->leaves + leaf_at + 1, branch->leaves + branch->count, branch->leaves + leaf_at);
  if (--branch->count > 0) return;
  Root* root = own_root();
  retired_.nodes_.push_back(branch);
  std::copy(root->branches() + branch_at + 1, root->branches() + root->count, root->branches() + branch_at);
  --root->count;
}

template <class Item>
void TreeEditor<Item>::clear() {
  if (tree_.root_ == nullptr) return;
  for (std::uint32_t i = 0; i < tree_.root_->count; ++i) {
    Branch* branch = tree_.root_->branches()[i];
    for (std::uint32_t j = 0; j < branch->count; ++j) retired_.leaves_.push_back(branch->leaves[j]);
    retired_.nodes_.push_back(branch);
  }
  retired_.nodes_.push_back(tree_.root_);
  tree_.root_ = nullptr;
}

template class BasicTree<const Object*>;
template class BasicTree<Posting>;
template class TreeEditor<const Object*>;
template class TreeEditor<Posting>;

}  // namespace netweave::state
