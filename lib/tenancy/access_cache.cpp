#include "tenancy/access_cache.hpp"

#include <algorithm>

namespace netweave::tenancy {

Result<std::shared_ptr<const Access>> AccessCache::find(const state::Snapshot& snapshot, const Identity& identity) {
  Part& part = parts_[std::hash<std::string>()(identity.subject) % parts_.size()];
  std::shared_ptr<const Access> known;
  {
    std::lock_guard lock(part.mutex);
    if (auto place = part.known.find(identity.subject); place != part.known.end()) known = place->second;
  }
  if (known && known->holds(snapshot, identity)) return known;
  auto access = access_of(snapshot, identity);
  if (!access) return access;
  // one that is known already was recognised at that time, whatever changed of it since
  if (known && known->user_id == (*access)->user_id)
    (*access)->seen = std::max((*access)->seen.load(), known->seen.load());
  std::lock_guard lock(part.mutex);
  if (part.known.size() >= most_each) part.known.clear();
  part.known[identity.subject] = *access;
  return access;
}

}  // namespace netweave::tenancy
