#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "store/store.hpp"

/// The leases of a store that one process alone has open: only that process's clock counts, so their ends are kept in
/// memory. Belongs to whoever holds the store's lock.
namespace netweave::store {

class LeaseTable {
 public:
  /// What `acquire` would give. `fresh`: a token that was never given before; a store that outlives the process keeps
  /// it before it is handed out.
  struct Offer {
    std::uint64_t token = 0;
    bool fresh = false;
  };

  /// Known from before: the token counts on, nobody holds the lease.
  void restore(const std::string& name, std::uint64_t token) { leases_[name].token = token; }

  [[nodiscard]] Result<Offer> offer(const std::string& name, const std::string& holder) const;
  void grant(const std::string& name, const std::string& holder, std::uint64_t token, std::chrono::milliseconds ttl);
  void release(const std::string& name, const std::string& holder);

  /// Those of a prefix that are held and whose time has not run out.
  [[nodiscard]] std::vector<Lease> list(const std::string& prefix) const;

  /// `denied` where one of them is lost.
  [[nodiscard]] std::optional<Error> check(const std::vector<Fence>& fences) const;

 private:
  struct Row {
    std::string holder;  // empty: released
    std::uint64_t token = 0;
    std::chrono::steady_clock::time_point until;
  };
  [[nodiscard]] static bool held(const Row& row);
  std::map<std::string, Row> leases_;
};

}  // namespace netweave::store
