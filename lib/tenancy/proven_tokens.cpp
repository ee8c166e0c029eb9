#include "tenancy/proven_tokens.hpp"

namespace netweave::tenancy {

std::optional<Claims> ProvenTokens::find(const std::string& digest, const KeyRing::Keys& keys) const {
  const Shard& shard = shards_[shard_of(digest)];
  std::lock_guard lock(shard.mutex);
  auto found = shard.entries.find(digest);
  if (found == shard.entries.end() || found->second.keys != keys) return std::nullopt;
  return found->second.claims;
}

void ProvenTokens::put(const std::string& digest, const KeyRing::Keys& keys, const Claims& claims) {
  Shard& shard = shards_[shard_of(digest)];
  std::lock_guard lock(shard.mutex);
  // Who has a token in use proves it once more: cheaper than to keep an order.
  if (shard.entries.size() >= max_in_shard_) shard.entries.clear();
  shard.entries.insert_or_assign(digest, Entry{keys, claims});
}

}  // namespace netweave::tenancy
