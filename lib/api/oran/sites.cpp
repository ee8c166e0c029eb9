#include "api/oran/sites.hpp"

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>

#include "base/ids.hpp"
#include "model/fields.hpp"
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

std::string text_at(const query::JsonPath& path, const model::Object& object) {
  std::vector<std::string_view> found;
  path.find(object.json(), found);
  return found.empty() ? std::string() : query::scalar_of(found.front()).text;
}

std::string global_location(const model::Object& pool) {
  static const query::JsonPath path({"globalLocationId"});
  return text_at(path, pool);
}

SiteConfig to_config(const model::Object& object) {
  auto site = model::from_json<OCloudSite>(model::o_cloud_site_table(), object.json());
  return {site.o_cloud_site_id, site.global_location_id, site.name,
          site.description,     site.resource_pools,     site.extensions};
}

bool names_pool(const SiteConfig& site, const model::Object& pool, const std::string& uuid) {
  return std::any_of(site.resource_pools.begin(), site.resource_pools.end(), [&](const std::string& one) {
    return one == pool.id() || one == pool.native_id() || one == uuid;
  });
}

/// A location that only a site tells of.
Value made_location(const std::string& id, const std::string& geo) {
  LocationConfig location;
  location.global_location_id = id;
  Value json = to_json(location);
  if (auto point = point_of(geo))
    json["coordinate"] = std::move(*point);
  else
    json["address"] = id;
  return json;
}

}  // namespace

SiteRules::SiteRules(const OCloudConfig& config, const state::Snapshot& snapshot) : config_(config) {
  for (const SiteConfig& site : config.sites) claims_.push_back({"configuration", site});
  for (auto site = snapshot.table(Kind::o_cloud_site).begin(); site.valid(); site.next())
    claims_.push_back({std::string(site->adapter()), to_config(*site)});
}

SiteRules::Site SiteRules::site_of(const model::Object& pool) const {
  static const query::JsonPath location_path({"location"});
  std::string location = text_at(location_path, pool);
  std::string global = global_location(pool);
  std::string uuid = claims_.empty() ? std::string() : model::uuid_of(pool);
  auto found = std::find_if(claims_.begin(), claims_.end(),
                            [&](const Claim& claim) { return names_pool(claim.site, pool, uuid); });
  if (found == claims_.end())
    found = std::find_if(claims_.begin(), claims_.end(), [&](const Claim& claim) {
      const std::string& there = claim.site.global_location_id;
      return claim.site.resource_pools.empty() && !there.empty() && (there == location || there == global);
    });
  if (found != claims_.end()) return {site_uuid(found->source, found->site.id), found->site.id, found->site};
  const std::string& at = !location.empty() ? location : !global.empty() ? global : config_.id;
  SiteConfig made;
  made.id = at;
  made.global_location_id = at;
  return {site_uuid("location", at), at, std::move(made)};
}

std::vector<Shown> make_sites(const SiteRules& rules, std::span<const model::Object* const> pools) {
  std::map<std::string, Shown> all;
  for (const model::Object* pool : pools) {
    SiteRules::Site site = rules.site_of(*pool);
    auto [place, made] = all.try_emplace(site.id);
    Value& json = place->second.json;
    if (made) {
      place->second.id = site.id;
      place->second.own = site.own;
      json["oCloudSiteId"] = site.id;
      json["globalLocationId"] = site.as.global_location_id;
      json["name"] = site.as.name.empty() ? site.own : site.as.name;
      json["description"] = site.as.description;
      json["resourcePools"] = Value::array();
      json["extensions"] = site.as.extensions;
    }
    json["resourcePools"].push_back(model::uuid_of(*pool));
  }
  std::vector<Shown> sites;
  for (auto& one : all) sites.push_back(std::move(one.second));
  return sites;
}

std::vector<Shown> make_locations(const OCloudConfig& config, const SiteRules& rules, const state::Snapshot& snapshot,
                                  std::span<const model::Object* const> pools) {
  std::map<std::string, Value> all;
  for (const LocationConfig& location : config.locations) all.emplace(location.global_location_id, to_json(location));
  for (auto location = snapshot.table(Kind::location).begin(); location.valid(); location.next()) {
    Value json = Value::parse(location->json()).value_or(Value::object());
    json["oCloudSiteIds"] = Value::array();
    all.emplace(std::string(location->id()), std::move(json));
  }
  std::map<std::string, std::map<std::string, std::string>> sites;  // by location, then by UUID: a geo URI of its pools
  for (const model::Object* pool : pools) {
    SiteRules::Site site = rules.site_of(*pool);
    std::string& geo = sites[site.as.global_location_id][site.id];
    if (std::string global = global_location(*pool); geo.empty() && global.starts_with("geo:")) geo = global;
  }
  for (const auto& one : sites) {
    std::string geo;
    for (const auto& site : one.second)
      if (geo.empty()) geo = site.second;
    auto place = all.find(one.first);
    if (place == all.end()) place = all.emplace(one.first, made_location(one.first, geo)).first;
    for (const auto& site : one.second) place->second["oCloudSiteIds"].push_back(site.first);
  }
  std::vector<Shown> locations;
  for (auto& [id, json] : all) locations.push_back({id, id, std::move(json)});
  return locations;
}

}  // namespace netweave::api::oran
