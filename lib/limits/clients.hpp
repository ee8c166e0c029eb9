#pragma once

#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/hash.hpp"
#include "limits/bucket.hpp"

namespace netweave::limits {

/// The buckets of each client, so many at most: one more makes the one forgotten that was used longest ago. One thread
/// at a time.
class Clients {
 public:
  struct Client {
    std::string name;
    std::shared_ptr<Bucket> rate;   ///< null until it is asked for
    std::shared_ptr<Bucket> quota;  ///< the same
  };
  explicit Clients(std::size_t most) : most_(most) {}

  /// The client's, which holds until the next call.
  Client& find(std::string_view client);
  void clear();
  [[nodiscard]] std::size_t size() const noexcept { return by_name_.size(); }

 private:
  using Uses = std::list<Client>;
  struct Hash {
    std::size_t operator()(std::string_view name) const noexcept { return seeded_hash(name); }
  };

  std::size_t most_;
  Uses uses_;  // the last used first
  std::unordered_map<std::string_view, Uses::iterator, Hash> by_name_;
};

}  // namespace netweave::limits
