#include "state/id_index.hpp"

#include <algorithm>
#include <bit>
#include <new>

#include "base/hash.hpp"

namespace netweave::state {
namespace {

constexpr unsigned level_bits = 6;
constexpr unsigned hash_bits = 64;

std::uint64_t bit_of(std::uint64_t hash, unsigned shift) noexcept { return std::uint64_t{1} << (hash >> shift & 63U); }

}  // namespace

// Plain bytes, as in a Tree. A node below the last level has neither bit set and is searched from end to end: objects
// whose hashes are equal, which is to say never.
struct IdIndex::Node {
  std::uint64_t edit = 0;
  std::uint64_t items = 0;     // bits whose slot is an object
  std::uint64_t children = 0;  // bits whose slot is a node
  std::uint32_t count = 0;     // slots, in the order of their bits
  std::uint32_t capacity = 0;

  void** slots() noexcept { return reinterpret_cast<void**>(this + 1); }
  [[nodiscard]] void* const* slots() const noexcept { return reinterpret_cast<void* const*>(this + 1); }
  [[nodiscard]] std::uint32_t place(std::uint64_t bit) const noexcept {
    return static_cast<std::uint32_t>(std::popcount((items | children) & (bit - 1)));
  }
  [[nodiscard]] const Object* item(std::uint32_t at) const noexcept { return static_cast<const Object*>(slots()[at]); }
  [[nodiscard]] Node* child(std::uint32_t at) const noexcept { return static_cast<Node*>(slots()[at]); }
  [[nodiscard]] bool is_chain() const noexcept { return (items | children) == 0; }
  [[nodiscard]] std::uint32_t in_chain(std::string_view id) const noexcept {
    std::uint32_t at = 0;
    while (at < count && item(at)->id() != id) ++at;
    return at;
  }
  void insert(std::uint32_t at, void* slot) noexcept {
    std::copy_backward(slots() + at, slots() + count, slots() + count + 1);
    slots()[at] = slot;
    ++count;
  }
  void erase(std::uint32_t at) noexcept {
    std::copy(slots() + at + 1, slots() + count, slots() + at);
    --count;
  }
};

namespace {

void* slot_for(const Object* object) noexcept { return const_cast<Object*>(object); }

}  // namespace

std::uint64_t IdIndex::hash_of(std::string_view id) const noexcept { return seeded_hash(id) & hashed_; }

const Object* IdIndex::find(std::string_view id) const noexcept {
  std::uint64_t hash = hash_of(id);
  const Node* node = root_;
  for (unsigned shift = 0; node != nullptr && shift < hash_bits; shift += level_bits) {
    std::uint64_t bit = bit_of(hash, shift);
    if ((node->items & bit) != 0) {
      const Object* object = node->item(node->place(bit));
      return object->id() == id ? object : nullptr;
    }
    node = (node->children & bit) != 0 ? node->child(node->place(bit)) : nullptr;
  }
  if (node == nullptr) return nullptr;
  std::uint32_t at = node->in_chain(id);
  return at < node->count ? node->item(at) : nullptr;
}

IdEditor::Node* IdEditor::make(std::uint32_t capacity) const {
  auto* node = new (::operator new(sizeof(Node) + capacity * sizeof(void*))) Node;
  node->edit = edit_;
  node->capacity = capacity;
  return node;
}

/// The node, or this edit's copy of it, with room for so many more slots.
IdEditor::Node* IdEditor::own(Node* node, std::uint32_t room) {
  if (node->edit == edit_ && node->count + room <= node->capacity) return node;
  Node* copy = make(node->count + room);
  copy->items = node->items;
  copy->children = node->children;
  copy->count = node->count;
  std::copy_n(node->slots(), node->count, copy->slots());
  give_up(node);
  return copy;
}

/// A node of this edit was seen by nobody else.
void IdEditor::give_up(Node* node) {
  if (node->edit == edit_)
    ::operator delete(node);
  else
    retired_.nodes_.push_back(node);
}

void IdEditor::put(const Object* object) {
  if (index_.root_ == nullptr) index_.root_ = make(1);
  index_.root_ = put(index_.root_, index_.hash_of(object->id()), 0, object);
}

IdEditor::Node* IdEditor::put(Node* node, std::uint64_t hash, unsigned shift, const Object* object) {
  if (shift >= hash_bits) return chain(node, object);
  std::uint64_t bit = bit_of(hash, shift);
  std::uint32_t at = node->place(bit);
  if (((node->items | node->children) & bit) == 0) {
    node = own(node, 1);
    node->insert(at, slot_for(object));
    node->items |= bit;
    return node;
  }
  node = own(node, 0);
  if ((node->children & bit) != 0) {
    node->slots()[at] = put(node->child(at), hash, shift + level_bits, object);
  } else if (node->item(at)->id() == object->id()) {
    node->slots()[at] = slot_for(object);
  } else {
    node->slots()[at] = fork(node->item(at), object, hash, shift + level_bits);
    node->items &= ~bit;
    node->children |= bit;
  }
  return node;
}

IdEditor::Node* IdEditor::chain(Node* node, const Object* object) {
  std::uint32_t at = node->in_chain(object->id());
  node = own(node, at == node->count ? 1 : 0);
  if (at == node->count)
    node->insert(at, slot_for(object));
  else
    node->slots()[at] = slot_for(object);
  return node;
}

/// A node for two objects that stood in the same slot one level up.
IdEditor::Node* IdEditor::fork(const Object* resident, const Object* object, std::uint64_t hash, unsigned shift) {
  Node* node = make(2);
  node = put(node, index_.hash_of(resident->id()), shift, resident);
  return put(node, hash, shift, object);
}

void IdEditor::remove(std::string_view id) {
  if (index_.find(id) != nullptr) index_.root_ = remove(index_.root_, index_.hash_of(id), 0, id);
}

/// Without the object of that id, which is there; nullptr where nothing is left.
IdEditor::Node* IdEditor::remove(Node* node, std::uint64_t hash, unsigned shift, std::string_view id) {
  node = own(node, 0);
  std::uint64_t bit = shift < hash_bits ? bit_of(hash, shift) : 0;
  std::uint32_t at = node->is_chain() ? node->in_chain(id) : node->place(bit);
  if ((node->children & bit) != 0) {
    Node* child = remove(node->child(at), hash, shift + level_bits, id);
    bool alone = child != nullptr && child->count == 1 && child->children == 0;
    node->slots()[at] = alone ? slot_for(child->item(0)) : static_cast<void*>(child);
    if (alone) give_up(child);
    if (alone || child == nullptr) node->children &= ~bit;
    if (alone) node->items |= bit;
    if (child != nullptr) return node;
  }
  node->erase(at);
  node->items &= ~bit;
  if (node->count > 0) return node;
  give_up(node);
  return nullptr;
}

void IdEditor::clear() {
  if (index_.root_ != nullptr) clear(index_.root_);
  index_.root_ = nullptr;
}

void IdEditor::clear(Node* node) {
  for (std::uint64_t bits = node->children; bits != 0; bits &= bits - 1)
    clear(node->child(node->place(bits & (~bits + 1))));
  retired_.nodes_.push_back(node);
}

}  // namespace netweave::state
