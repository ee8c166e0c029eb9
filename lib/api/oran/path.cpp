#include "api/oran/path.hpp"

namespace netweave::api::oran {
namespace {

constexpr std::string_view as_routed = "/o2ims-infrastructure";
constexpr std::string_view as_standard = "/O2ims_infrastructure";

}  // namespace

std::optional<CleanPath> clean_path(std::string_view path) {
  std::size_t begin = path.find_first_not_of('/');
  if (begin == std::string_view::npos || begin == 0) return std::nullopt;
  std::string_view from_slash = path.substr(begin - 1);
  if (!from_slash.starts_with(as_routed) && !from_slash.starts_with(as_standard)) return std::nullopt;
  CleanPath clean;
  for (char c : from_slash)
    if (c != '/' || clean.asked.empty() || clean.asked.back() != '/') clean.asked += c;
  if (clean.asked.back() == '/') clean.asked.pop_back();
  clean.known = clean.asked;
  clean.known.replace(0, as_routed.size(), as_routed);
  return clean;
}

std::string_view major_version(std::string_view path) noexcept {
  std::size_t service = path.find('/', 1);
  if (service == std::string_view::npos) return {};
  std::string_view major = path.substr(service + 1);
  major = major.substr(0, major.find('/'));
  return full_version(major).empty() ? std::string_view() : major;
}

std::string_view full_version(std::string_view major) noexcept {
  if (major == "v1") return "1.0.0";
  return major == "v2" ? "2.0.0" : "";
}

}  // namespace netweave::api::oran
