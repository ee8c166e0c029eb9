#include "store/lease_table.hpp"

#include "store/commit_check.hpp"

namespace netweave::store {

Result<LeaseTable::Offer> LeaseTable::offer(const std::string& name, const std::string& holder) const {
  auto place = leases_.find(name);
  if (place == leases_.end()) return Offer{1, true};
  const Lease& lease = place->second;
  bool held = !lease.holder.empty() && lease.until > std::chrono::steady_clock::now();
  if (!held) return Offer{lease.token + 1, true};
  if (lease.holder != holder) return lease_taken(name, lease.holder);
  return Offer{lease.token, false};
}

void LeaseTable::grant(const std::string& name, const std::string& holder, std::uint64_t token,
                       std::chrono::milliseconds ttl) {
  leases_[name] = Lease{holder, token, std::chrono::steady_clock::now() + ttl};
}

void LeaseTable::release(const std::string& name, const std::string& holder) {
  auto place = leases_.find(name);
  if (place != leases_.end() && place->second.holder == holder) place->second.holder.clear();
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
