#include "store/lease_table.hpp"

#include "store/commit_check.hpp"

namespace netweave::store {

Result<LeaseTable::Offer> LeaseTable::offer(const std::string& name, const std::string& holder) const {
  auto place = leases_.find(name);
  if (place == leases_.end()) return Offer{1, true};
  const Row& lease = place->second;
  if (!held(lease)) return Offer{lease.token + 1, true};
  if (lease.holder != holder) return lease_taken(name, lease.holder);
  return Offer{lease.token, false};
}

void LeaseTable::grant(const std::string& name, const std::string& holder, std::uint64_t token,
                       std::chrono::milliseconds ttl) {
  leases_[name] = Row{holder, token, std::chrono::steady_clock::now() + ttl};
}

void LeaseTable::release(const std::string& name, const std::string& holder) {
  auto place = leases_.find(name);
  if (place != leases_.end() && place->second.holder == holder) place->second.holder.clear();
}

bool LeaseTable::held(const Row& row) { return !row.holder.empty() && row.until > std::chrono::steady_clock::now(); }

std::vector<Lease> LeaseTable::list(const std::string& prefix) const {
  std::vector<Lease> all;
  for (auto place = leases_.lower_bound(prefix); place != leases_.end(); ++place) {
    if (place->first.compare(0, prefix.size(), prefix) != 0) break;
    if (held(place->second)) all.push_back({place->first, place->second.holder, place->second.token});
  }
  return all;
}

std::optional<Error> LeaseTable::check(const std::vector<Fence>& fences) const {
  for (const Fence& fence : fences) {
    auto place = leases_.find(fence.lease);
    // Its time may have run out: while nobody else took the lease, nobody else works under it.
    bool held = place != leases_.end() && place->second.token == fence.token && !place->second.holder.empty();
    if (!held) return fence_lost(fence);
  }
  return std::nullopt;
}

}  // namespace netweave::store
