#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "netweave/config.hpp"
#include "netweave/value.hpp"

#include "state/snapshot.hpp"

namespace netweave::api::oran {

/// A site or a location: what is shown, under which id, and the id that it has in the configuration.
struct Shown {
  std::string id;
  std::string own;
  Value json;
};

/// The sites that the pools of a snapshot are part of, and the locations of these. A pool is part of the first site
/// that names it, else of the first that names no pools and stands where the pool does, else of one that is made of
/// the pool's own `location` (or globalLocationId): every pool is part of one, and every site holds at least one pool.
/// Walks all pools once. Immutable afterwards.
class Sites {
 public:
  Sites(const OCloudConfig& config, const state::Snapshot& snapshot);

  /// The UUID of the pool's site; `pool` is the pool's own id. Empty where there is no such pool.
  [[nodiscard]] std::string_view site_of(std::string_view pool) const noexcept;
  /// OCloudSiteInfo, by UUID.
  [[nodiscard]] const std::vector<Shown>& sites() const noexcept { return sites_; }
  /// LocationInfo, by globalLocationId: those of the configuration, and those that the pools add.
  [[nodiscard]] const std::vector<Shown>& locations() const noexcept { return locations_; }

 private:
  void make_sites(const OCloudConfig& config, const state::Snapshot& snapshot);
  void make_locations(const OCloudConfig& config);

  struct Site {
    std::string own;
    std::string location;
    std::string name;
    std::string description;
    Value extensions = Value::object();
    std::vector<std::string> pools;  // UUIDs
    std::string geo;                 // the first geo URI of its pools
  };
  using ById = std::map<std::string, Site>;
  ById::value_type& place(const OCloudConfig& config, std::string_view id, std::string_view uuid,
                          std::string_view location, std::string_view global);

  ById by_id_;
  std::map<std::string, std::string, std::less<>> of_pool_;
  std::vector<Shown> sites_;
  std::vector<Shown> locations_;
};

}  // namespace netweave::api::oran
