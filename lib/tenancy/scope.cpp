#include "tenancy/scope.hpp"

#include <algorithm>

#include "model/fields.hpp"
#include "model/shared.hpp"
#include "state/groups.hpp"
#include "tenancy/permissions.hpp"

namespace netweave::tenancy {
namespace {

bool is_shared(const state::Snapshot& snapshot, std::string_view pool) noexcept {
  std::uint64_t group = state::shared_group();
  auto cursor = snapshot.index(Kind::resource_pool).lower_bound({group, pool});
  return cursor.valid() && cursor.group() == group && cursor->id() == pool;
}

bool is_built_in(std::string_view role) noexcept {
  auto roles = built_in_roles();
  return std::any_of(roles.begin(), roles.end(), [&](const Role& each) { return each.role_id == role; });
}

}  // namespace

bool belongs_to_a_tenant(Kind kind) noexcept {
  return kind == Kind::tenant || model::has_tenant(model::table_of(kind));
}

bool shares_pools(const state::Snapshot& snapshot) noexcept {
  auto cursor = snapshot.index(Kind::resource_pool).lower_bound({state::shared_group(), {}});
  return cursor.valid() && cursor.group() == state::shared_group();
}

bool Scope::sees(const state::Snapshot& snapshot, const model::Object& object) const noexcept {
  if (all() || !belongs_to_a_tenant(object.kind())) return true;
  switch (object.kind()) {
    case Kind::tenant:
      return object.id() == *tenant_;
    case Kind::role:
      return owns(object) || is_built_in(object.id());
    case Kind::resource_pool:
      // as it was itself, not as it is now
      return owns(object) || model::shared_at(object) != std::string_view::npos;
    case Kind::resource:
      return owns(object) || is_shared(snapshot, object.pool());
    default:
      return owns(object);
  }
}

const store::Entry* seen(const Scope& scope, const state::Snapshot& snapshot, const store::Entry& entry,
                         store::Entry& part) {
  if (scope.all()) return &entry;
  bool after = entry.object && scope.sees(snapshot, *entry.object);
  bool before = entry.prior && scope.sees(snapshot, *entry.prior);
  if (!after && !before) return nullptr;
  if (after == static_cast<bool>(entry.object) && before == static_cast<bool>(entry.prior)) return &entry;
  part = {entry.revision, entry.time, after ? entry.object : nullptr, before ? entry.prior : nullptr};
  return &part;
}

}  // namespace netweave::tenancy
