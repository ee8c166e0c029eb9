#include "api/oran/sites.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

#include "base/ids.hpp"
#include "model/uuid.hpp"
#include "query/json_scan.hpp"

namespace netweave::api::oran {
namespace {

/// A UUID is the site's own; of another id one is made.
std::string site_uuid(std::string_view source, std::string_view id) {
  if (model::is_uuid(id)) return std::string(id);
  return make_uuid5(netweave_namespace, "oCloudSite/" + std::string(source) + "/" + std::string(id));
}

/// The point of a geo URI (RFC 5870), which has latitude before longitude; nullopt where it is none.
std::optional<Value> point_of(std::string_view geo) {
  if (!geo.starts_with("geo:")) return std::nullopt;
  geo.remove_prefix(4);
  geo = geo.substr(0, geo.find(';'));
  std::vector<double> numbers;
  while (numbers.size() < 4) {
    std::string_view one = geo.substr(0, geo.find(','));
    double number = 0;
    auto [end, error] = std::from_chars(one.data(), one.data() + one.size(), number);
    if (error != std::errc() || end != one.data() + one.size()) return std::nullopt;
    numbers.push_back(number);
    if (one.size() == geo.size()) break;
    geo.remove_prefix(one.size() + 1);
  }
  if (numbers.size() < 2 || numbers.size() > 3) return std::nullopt;
  std::swap(numbers[0], numbers[1]);
  Value point;
  point["type"] = "Point";
  for (double number : numbers) point["coordinates"].push_back(number);
  return point;
}

Value to_json(const LocationConfig& location) {
  Value json;
  json["globalLocationId"] = location.global_location_id;
  json["name"] = location.name.empty() ? location.global_location_id : location.name;
  json["description"] = location.description;
  json["oCloudSiteIds"] = Value::array();
  if (!location.coordinate.empty()) {
    json["coordinate"]["type"] = "Point";
    for (const std::string& number : location.coordinate)
      json["coordinate"]["coordinates"].push_back(Value::parse(number).value_or(Value(0)));
  }
  for (const Value::Member& element : location.civic_address.as_object()) {
    Value civic;
    civic["caType"] = Value::parse(element.first).value_or(Value(0));
    civic["caValue"] = element.second;
    json["civicAddress"].push_back(std::move(civic));
  }
  if (!location.address.empty()) json["address"] = location.address;
  json["extensions"] = location.extensions;
  return json;
}

}  // namespace

Sites::Sites(const OCloudConfig& config, const state::Snapshot& snapshot) {
  make_sites(config, snapshot);
  make_locations(config);
}

std::string_view Sites::site_of(std::string_view pool) const noexcept {
  auto place = of_pool_.find(pool);
  return place == of_pool_.end() ? std::string_view() : place->second;
}

/// The site that a pool is part of, made if need be.
Sites::ById::value_type& Sites::place(const OCloudConfig& config, std::string_view id, std::string_view uuid,
                                      std::string_view location, std::string_view global) {
  auto names_pool = [&](const SiteConfig& site) {
    return std::any_of(site.resource_pools.begin(), site.resource_pools.end(),
                       [&](const std::string& one) { return one == id || one == uuid; });
  };
  auto stands_there = [&](const SiteConfig& site) {
    bool there = site.global_location_id == location || site.global_location_id == global;
    return site.resource_pools.empty() && there;
  };
  auto found = std::find_if(config.sites.begin(), config.sites.end(), names_pool);
  if (found == config.sites.end()) found = std::find_if(config.sites.begin(), config.sites.end(), stands_there);
  if (found != config.sites.end()) {
    auto [place, made] = by_id_.try_emplace(site_uuid("configuration", found->id));
    if (made)
      place->second = {found->id,
                       found->global_location_id,
                       found->name.empty() ? found->id : found->name,
                       found->description,
                       found->extensions,
                       {},
                       {}};
    return *place;
  }
  std::string at(!location.empty() ? location : !global.empty() ? global : std::string_view(config.id));
  auto [place, made] = by_id_.try_emplace(site_uuid("location", at));
  if (made) place->second = {at, at, at, {}, Value::object(), {}, {}};
  return *place;
}

void Sites::make_sites(const OCloudConfig& config, const state::Snapshot& snapshot) {
  const query::JsonPath location_path({"location"});
  const query::JsonPath global_path({"globalLocationId"});
  auto text_at = [](const query::JsonPath& path, const model::Object& object) {
    std::vector<std::string_view> found;
    path.find(object.json(), found);
    return found.empty() ? std::string() : query::scalar_of(found.front()).text;
  };
  for (auto pool = snapshot.table(Kind::resource_pool).begin(); pool.valid(); pool.next()) {
    std::string uuid = model::uuid_of(*pool);
    std::string global = text_at(global_path, *pool);
    auto& [site_id, site] = place(config, pool->id(), uuid, text_at(location_path, *pool), global);
    site.pools.push_back(uuid);
    if (site.geo.empty() && global.starts_with("geo:")) site.geo = global;
    of_pool_.emplace(pool->id(), site_id);
  }
  for (auto& [id, site] : by_id_) {
    Value json;
    json["oCloudSiteId"] = id;
    json["globalLocationId"] = site.location;
    json["name"] = site.name;
    json["description"] = site.description;
    for (const std::string& pool : site.pools) json["resourcePools"].push_back(pool);
    json["extensions"] = site.extensions;
    sites_.push_back({id, site.own, std::move(json)});
  }
}

void Sites::make_locations(const OCloudConfig& config) {
  std::map<std::string, Value> all;
  for (const LocationConfig& location : config.locations) all[location.global_location_id] = to_json(location);
  for (const auto& [id, site] : by_id_) {
    auto [place, made] = all.try_emplace(site.location);
    if (made) {
      LocationConfig found;
      found.global_location_id = site.location;
      place->second = to_json(found);
      if (auto point = point_of(site.geo))
        place->second["coordinate"] = std::move(*point);
      else
        place->second["address"] = site.location;
    }
    place->second["oCloudSiteIds"].push_back(id);
  }
  for (auto& [id, json] : all) locations_.push_back({id, id, std::move(json)});
}

}  // namespace netweave::api::oran
