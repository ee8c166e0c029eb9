#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "netweave/model.hpp"

/// What may be allowed, and the roles that are there from the first start (contract: identity and tenants).
namespace netweave::tenancy {

/// Some of the permissions. A word: copied freely.
class Permissions {
 public:
  constexpr Permissions() = default;

  /// Reads "resourcePools:create", "resourcePools:*" or "*"; nullopt where that names nothing.
  static std::optional<Permissions> parse(std::string_view text);
  static Permissions all() noexcept;

  [[nodiscard]] bool empty() const noexcept { return bits_ == 0; }
  /// Whether every one of `other` is among these.
  [[nodiscard]] bool hold(Permissions other) const noexcept { return (other.bits_ & ~bits_) == 0; }
  [[nodiscard]] std::vector<std::string> names() const;

  Permissions& operator|=(Permissions other) noexcept {
    bits_ |= other.bits_;
    return *this;
  }
  friend Permissions operator|(Permissions a, Permissions b) noexcept { return a |= b; }
  bool operator==(const Permissions&) const = default;

 private:
  explicit constexpr Permissions(std::uint64_t bits) : bits_(bits) {}
  std::uint64_t bits_ = 0;
};

/// One that the program itself names; throws std::logic_error where there is none.
Permissions permission(std::string_view text);

struct PermissionName {
  std::string_view resource;  ///< "resourcePools"
  std::string_view action;    ///< "create"
};
/// Every one there is, in the order in which they are shown.
std::span<const PermissionName> all_permissions() noexcept;

inline constexpr std::string_view platform_scope = "platform";
inline constexpr std::string_view tenant_scope = "tenant";

/// The six roles that are there from the first start, and can't be changed.
std::span<const Role> built_in_roles();

}  // namespace netweave::tenancy
