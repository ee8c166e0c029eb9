#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "query/condition.hpp"
#include "query/json_scan.hpp"
#include "state/tree.hpp"

namespace netweave::state {

/// Stands for an object's UUID (model/uuid.hpp), which is no field of its JSON. No path of a client begins so.
inline const query::Path uuid_path = {"\x1duuid"};

/// A field as scans read it from objects.
class FieldReader {
 public:
  explicit FieldReader(const query::Path& path);

  /// The raw values, added to `found`. They stand in the object, or in `scratch`.
  void find(const Object& object, std::string& scratch, std::vector<std::string_view>& found) const;
  /// The values as they are compared.
  [[nodiscard]] std::vector<query::Scalar> read(const Object& object) const;
  /// The same for the same path, and for no other.
  [[nodiscard]] const std::string& key() const noexcept { return key_; }

 private:
  query::JsonPath path_;
  std::string key_;
  bool tenant_;  // stands beside the JSON
  bool uuid_;    // is made of what stands beside the JSON
};

/// One field of a leaf's objects, read from their JSON once: the different values, and which one each object has. A
/// condition is then asked of the values, not of the objects. Never changes.
struct Column {
  std::array<std::uint8_t, leaf_items> code{};
  std::vector<std::vector<query::Scalar>> values;  ///< several where the path goes through an array, none where absent
  std::size_t bytes = 0;

  /// What the object at that place is sorted by.
  [[nodiscard]] const query::Scalar& first(std::size_t at) const noexcept;
};

/// How much all columns may take. Any thread.
class ColumnBudget {
 public:
  explicit ColumnBudget(std::size_t most) noexcept : most_(most) {}
  bool take(std::size_t bytes) noexcept;
  void give(std::size_t bytes) noexcept { used_.fetch_sub(bytes, std::memory_order_relaxed); }
  [[nodiscard]] std::size_t used() const noexcept { return used_.load(std::memory_order_relaxed); }

 private:
  std::size_t most_;
  std::atomic<std::size_t> used_{0};
};

/// The columns of one leaf, at most 16: the one that was not asked for longest makes room.
class LeafColumns {
 public:
  explicit LeafColumns(ColumnBudget& budget) noexcept : budget_(budget) {}
  ~LeafColumns();
  LeafColumns(const LeafColumns&) = delete;
  LeafColumns& operator=(const LeafColumns&) = delete;

  std::shared_ptr<const Column> get(std::span<const Object* const> objects, const FieldReader& field);

 private:
  struct Kept {
    std::string key;
    std::shared_ptr<const Column> column;
  };
  void keep(const FieldReader& field, const std::shared_ptr<const Column>& column);

  ColumnBudget& budget_;
  std::mutex mutex_;
  std::vector<Kept> kept_;  // asked for last at the end
};

/// The column of a leaf, from what is kept or newly made. Any thread, while the leaf's snapshot is pinned.
std::shared_ptr<const Column> column_of(const Tree::LeafCursor& leaf, const FieldReader& field, ColumnBudget& budget);

}  // namespace netweave::state
