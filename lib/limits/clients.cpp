#include "limits/clients.hpp"

namespace netweave::limits {

Clients::Client& Clients::find(std::string_view client) {
  if (auto known = by_name_.find(client); known != by_name_.end()) {
    uses_.splice(uses_.begin(), uses_, known->second);
    return *known->second;
  }
  if (by_name_.size() >= most_) {
    by_name_.erase(uses_.back().name);
    uses_.pop_back();
  }
  uses_.push_front({std::string(client), nullptr, nullptr});
  by_name_.emplace(uses_.front().name, uses_.begin());
  return uses_.front();
}

void Clients::clear() {
  by_name_.clear();
  uses_.clear();
}

}  // namespace netweave::limits
