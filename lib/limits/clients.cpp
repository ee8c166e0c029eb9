#include "limits/clients.hpp"

namespace netweave::limits {

const std::shared_ptr<Bucket>& Clients::find(std::string_view client, const Limit& limit, bool shared) {
  if (auto known = by_name_.find(client); known != by_name_.end()) {
    uses_.splice(uses_.begin(), uses_, known->second);
    return known->second->bucket;
  }
  if (by_name_.size() >= most_) {
    by_name_.erase(uses_.back().name);
    uses_.pop_back();
  }
  std::string name(client);
  auto bucket = std::make_shared<Bucket>("tenant/" + name, limit, shared);
  uses_.push_front({std::move(name), std::move(bucket)});
  by_name_.emplace(uses_.front().name, uses_.begin());
  return uses_.front().bucket;
}

void Clients::clear() {
  by_name_.clear();
  uses_.clear();
}

}  // namespace netweave::limits
