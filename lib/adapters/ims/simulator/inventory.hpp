#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/ims/simulator/topology.hpp"

namespace netweave::ims::simulator {

using Key = std::pair<Kind, std::string>;

/// Whether an id is, or in a larger inventory would be, a generated resource's.
bool is_generated_id(const std::string& name, std::string_view id) noexcept;

/// What the simulated backend holds. A generated resource that nobody touched is not kept: it is made again when it is
/// asked for, so a million of them cost a million bits. For one thread at a time.
class Inventory {
 public:
  Inventory(std::string name, const Generate& sizes, bool generated)
      : name_(std::move(name)), sizes_(sizes), touched_(generated ? sizes.resources : 0) {}

  [[nodiscard]] std::optional<Observed> find(const Key& key) const;
  void put(Observed observed);
  bool erase(const Key& key);
  [[nodiscard]] bool pool_in_use(const std::string& pool_id) const;
  /// Forgets everything, generated resources too: before what a store kept is put back.
  void clear();

  /// What is not an untouched generated resource.
  [[nodiscard]] const std::map<Key, Observed>& kept() const noexcept { return kept_; }
  /// Resource number `index` as it was generated, where it still stands so.
  [[nodiscard]] std::optional<Observed> untouched(std::size_t index) const {
    return touched_[index] ? std::nullopt : std::optional(generated(index));
  }
  /// Resource number `index` as it was generated.
  [[nodiscard]] Observed generated(std::size_t index) const;

 private:
  /// The number in a generated resource's id, if it is one of ours that still stands as it was made.
  [[nodiscard]] std::optional<std::size_t> untouched(const Key& key) const;
  [[nodiscard]] std::optional<std::size_t> number_in(const Key& key) const;

  std::string name_;
  Generate sizes_;
  std::vector<bool> touched_;  // changed or removed since it was generated
  std::map<Key, Observed> kept_;
};

}  // namespace netweave::ims::simulator
