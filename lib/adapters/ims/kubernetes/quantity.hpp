#pragma once

#include <optional>
#include <string_view>

namespace netweave::ims::kubernetes {

inline constexpr double mebibyte = 1024.0 * 1024;
inline constexpr double gibibyte = mebibyte * 1024;

/// A Kubernetes quantity in its plain unit: "500m" is 0.5, "64Gi" is 68719476736, "1e3" is 1000. nullopt: none.
/// Source: k8s.io/apimachinery/pkg/api/resource, Quantity.
std::optional<double> parse_quantity(std::string_view text) noexcept;

}  // namespace netweave::ims::kubernetes
