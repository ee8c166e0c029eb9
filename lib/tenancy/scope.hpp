#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "model/object.hpp"
#include "state/snapshot.hpp"
#include "store/store.hpp"

namespace netweave::tenancy {

/// Whose objects a request, a stream or a subscription reaches: the one place where tenants are kept apart. By default
/// everybody's, as it is without multi-tenancy. Immutable; any thread.
class Scope {
 public:
  Scope() = default;
  explicit Scope(std::string tenant) : tenant_(std::move(tenant)) {}

  [[nodiscard]] bool all() const noexcept { return !tenant_; }
  /// Not of `all`.
  [[nodiscard]] const std::string& tenant() const noexcept { return *tenant_; }

  /// Whether it may be changed: it belongs to the tenant.
  [[nodiscard]] bool owns(const model::Object& object) const noexcept { return all() || object.owner() == *tenant_; }
  /// Whether it may be read: it is owned, common to all tenants, or stands in a pool that is shared.
  [[nodiscard]] bool sees(const state::Snapshot& snapshot, const model::Object& object) const noexcept;

 private:
  std::optional<std::string> tenant_;  // none: all
};

/// An entry as the scope sees it: as it is; as `part`, where the object came into sight or went out of it, which for
/// this scope is a creation or a deletion; nullptr where it sees nothing of it.
const store::Entry* seen(const Scope& scope, const state::Snapshot& snapshot, const store::Entry& entry,
                         store::Entry& part);

/// Whether objects of the kind belong to tenants at all; types, deployment managers and places are common to all.
bool belongs_to_a_tenant(Kind kind) noexcept;
/// Whether any pool is marked as shared.
bool shares_pools(const state::Snapshot& snapshot) noexcept;

}  // namespace netweave::tenancy
