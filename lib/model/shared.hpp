#pragma once

#include <string_view>

#include "model/object.hpp"

namespace netweave::model {

/// How a pool's JSON says that all tenants see it.
inline constexpr std::string_view shared_member = ",\"shared\":true";

/// Where it says so; npos where it does not, and in objects that are no pools. A string's own quotes are escaped, and
/// extensions come last.
inline std::size_t shared_at(const Object& object) noexcept {
  if (object.kind() != Kind::resource_pool) return std::string_view::npos;
  std::size_t at = object.json().find(shared_member);
  return at < object.json().find(",\"extensions\":") ? at : std::string_view::npos;
}

}  // namespace netweave::model
