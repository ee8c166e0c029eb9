#pragma once

#include <cstdint>
#include <string_view>

#include "model/object.hpp"
#include "state/tree.hpp"

namespace netweave::state {

/// The objects of one kind by id, beside the tree that sorts them: a hash trie that never changes, 64 ways a level.
/// A binary search over a million objects touches some fifty cold cache lines, this touches five: that was a sixth of
/// a GET. A plain value of one pointer; the memory belongs to the chain of snapshots, as a Tree's does.
class IdIndex {
 public:
  /// `hashed`: which bits of an id's hash count. A test takes few, so that hashes meet.
  explicit IdIndex(std::uint64_t hashed = ~std::uint64_t{0}) noexcept : hashed_(hashed) {}

  [[nodiscard]] const Object* find(std::string_view id) const noexcept;

 private:
  friend class IdEditor;
  struct Node;
  [[nodiscard]] std::uint64_t hash_of(std::string_view id) const noexcept;

  Node* root_ = nullptr;
  std::uint64_t hashed_;
};

/// Makes the next version of an index; what it replaces goes to `retired`. The writer's thread alone.
class IdEditor {
 public:
  /// `edit` is a number that no earlier editor of this index had.
  IdEditor(IdIndex& index, std::uint64_t edit, Retired& retired) noexcept
      : index_(index), edit_(edit), retired_(retired) {}

  /// Inserts, or replaces the object of that id.
  void put(const Object* object);
  /// Removes the object of that id, if there is one.
  void remove(std::string_view id);
  /// Gives up every node (not the objects).
  void clear();

 private:
  using Node = IdIndex::Node;
  Node* make(std::uint32_t capacity) const;
  Node* own(Node* node, std::uint32_t room);
  void give_up(Node* node);
  Node* put(Node* node, std::uint64_t hash, unsigned shift, const Object* object);
  Node* chain(Node* node, const Object* object);
  Node* fork(const Object* resident, const Object* object, std::uint64_t hash, unsigned shift);
  Node* remove(Node* node, std::uint64_t hash, unsigned shift, std::string_view id);
  void clear(Node* node);

  IdIndex& index_;
  std::uint64_t edit_;
  Retired& retired_;
};

}  // namespace netweave::state
