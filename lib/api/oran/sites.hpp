#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "netweave/config.hpp"
#include "netweave/value.hpp"

#include "state/snapshot.hpp"

namespace netweave::api::oran {

/// Which site a pool is part of: the first that names it, else the first that names no pools and stands where the pool
/// does, else one that is made of the pool's own `location` (or globalLocationId). Those of the configuration go before
/// those that adapters tell of. Every pool is part of one.
class SiteRules {
 public:
  /// `snapshot` is read now, `config` later too.
  SiteRules(const OCloudConfig& config, const state::Snapshot& snapshot);

  struct Site {
    std::string id;   ///< the UUID
    std::string own;  ///< as it was written; of one that is made, the location's text
    SiteConfig as;
  };
  [[nodiscard]] Site site_of(const model::Object& pool) const;

 private:
  struct Claim {
    std::string source;
    SiteConfig site;
  };
  const OCloudConfig& config_;
  std::vector<Claim> claims_;
};

/// A site or a location: what is shown, under which id, and the id that it was written with.
struct Shown {
  std::string id;
  std::string own;
  Value json;
};

/// The sites that these pools are part of: a site holds at least one. OCloudSiteInfo, by UUID.
std::vector<Shown> make_sites(const SiteRules& rules, std::span<const model::Object* const> pools);
/// The locations of the configuration, of the adapters, and those that sites add. LocationInfo, by globalLocationId.
std::vector<Shown> make_locations(const OCloudConfig& config, const SiteRules& rules, const state::Snapshot& snapshot,
                                  std::span<const model::Object* const> pools);

}  // namespace netweave::api::oran
