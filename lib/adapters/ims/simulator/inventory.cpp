#include "adapters/ims/simulator/inventory.hpp"

#include <algorithm>
#include <charconv>

#include "base/ids.hpp"

namespace netweave::ims::simulator {

bool is_generated_id(const std::string& name, std::string_view id) noexcept {
  std::string_view number = id.substr(std::min(id.size(), name.size() + 5));
  bool digits = std::all_of(number.begin(), number.end(), [](char c) { return c >= '0' && c <= '9'; });
  return id.starts_with(name) && id.substr(name.size()).starts_with("-res-") && number.size() >= 7 && digits;
}

std::optional<std::size_t> Inventory::number_in(const Key& key) const {
  std::string prefix = name_ + "-res-";
  if (key.first != Kind::resource || !key.second.starts_with(prefix)) return std::nullopt;
  const char* begin = key.second.data() + prefix.size();
  const char* end = key.second.data() + key.second.size();
  std::size_t index = 0;
  auto [stopped, error] = std::from_chars(begin, end, index);
  if (error != std::errc() || stopped != end || end - begin < 7 || index >= touched_.size()) return std::nullopt;
  return index;
}

std::optional<std::size_t> Inventory::untouched(const Key& key) const {
  auto index = number_in(key);
  return index && !touched_[*index] ? index : std::nullopt;
}

Observed Inventory::generated(std::size_t index) const {
  Observed observed = generate_resource(name_, sizes_, index, 0);
  observed.uid = make_uuid5(netweave_namespace, std::string(id_of(observed)));
  observed.version = 1;
  return observed;
}

std::optional<Observed> Inventory::find(const Key& key) const {
  if (auto place = kept_.find(key); place != kept_.end()) return place->second;
  if (auto index = untouched(key)) return generated(*index);
  return std::nullopt;
}

void Inventory::put(Observed observed) {
  Key key{kind_of(observed), std::string(id_of(observed))};
  if (auto index = untouched(key)) touched_[*index] = true;
  kept_.insert_or_assign(std::move(key), std::move(observed));
}

bool Inventory::erase(const Key& key) {
  if (auto index = untouched(key)) {
    touched_[*index] = true;
    return true;
  }
  return kept_.erase(key) > 0;
}

bool Inventory::pool_in_use(const std::string& pool_id) const {
  for (const auto& [key, observed] : kept_)
    if (const auto* resource = std::get_if<Resource>(&observed.object);
        resource != nullptr && resource->resource_pool_id == pool_id)
      return true;
  for (std::size_t first = 0; first < std::min(sizes_.pools, touched_.size()); ++first) {
    const Observed sample = generate_resource(name_, sizes_, first, 0);
    if (std::get<Resource>(sample.object).resource_pool_id != pool_id) continue;  // pools take turns
    for (std::size_t index = first; index < touched_.size(); index += sizes_.pools)
      if (!touched_[index]) return true;
  }
  return false;
}

void Inventory::clear() {
  kept_.clear();
  touched_.assign(touched_.size(), true);
}

}  // namespace netweave::ims::simulator
