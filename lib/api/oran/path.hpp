#pragma once

#include <optional>
#include <string>
#include <string_view>

/// The spellings of the O-RAN family's paths. The standard names its services O2ims_infrastructureInventory and so on,
/// deployed systems o2ims-infrastructureInventory; both are served, and a trailing or a doubled slash changes nothing.
namespace netweave::api::oran {

struct CleanPath {
  std::string asked;  ///< without doubled and trailing slashes, in the caller's spelling: what links begin with
  std::string known;  ///< the same as the routes spell it
};

/// nullopt where the path is none of this family.
std::optional<CleanPath> clean_path(std::string_view path);

/// The major version that a clean path is in ("v1"); empty where it is in none.
std::string_view major_version(std::string_view path) noexcept;

/// The version that a major one (a segment such as "v1") stands for, as `Version` says it; empty where there is none.
std::string_view full_version(std::string_view major) noexcept;

}  // namespace netweave::api::oran
