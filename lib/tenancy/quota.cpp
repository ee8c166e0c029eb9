#include "tenancy/quota.hpp"

#include <algorithm>

#include "model/fields.hpp"
#include "state/groups.hpp"
#include "tenancy/rules.hpp"

namespace netweave::tenancy {
namespace {

std::size_t members(const state::Postings& index, std::uint64_t group) {
  return index.rank({group + 1, {}}) - index.rank({group, {}});
}

std::string name_of(Kind kind, std::string_view tenant) {
  return std::string("quota/").append(tenant).append("/").append(to_string(kind));
}

/// Whether the object takes a place of the tenant's: it is of the kind, or the intent to make one.
bool takes_place(const model::ObjectRef& object, Kind kind, std::string_view tenant) {
  if (!object || object->owner() != tenant) return false;
  return object->kind() == kind || (object->kind() == model::intent && object->type() == to_string(kind));
}

}  // namespace

std::size_t count_of(const state::Snapshot& snapshot, Kind kind, std::string_view tenant) {
  const state::Postings& index = snapshot.index(kind);
  if (tenant != model::default_tenant) return members(index, state::group_of(kind, {"tenantId"}, tenant).value());
  return snapshot.table(kind).size() - members(index, state::owned_group());
}

std::size_t count_with_staged(const state::Transaction& transaction, Kind kind, std::string_view tenant) {
  const state::Snapshot& base = transaction.base();
  std::size_t count =
      count_of(base, kind, tenant) + members(base.index(model::intent), state::creation_group(to_string(kind), tenant));
  for (const store::Change& change : transaction.changes()) {
    if (takes_place(change.object, kind, tenant)) ++count;
    if (takes_place(change.prior, kind, tenant)) --count;
  }
  return count;
}

void touch_quotas(state::Transaction& transaction, std::string_view tenant) {
  for (const QuotaPart& part : quota_parts)
    if (part.kind) touch(transaction, name_of(*part.kind, tenant));
}

TenantQuota default_quota(const QuotaConfig& config) {
  auto number = [](std::uint64_t most) { return static_cast<double>(most); };
  return {number(config.max_subscriptions), number(config.max_resource_pools), number(config.max_resources),
          number(config.max_deployments),   number(config.max_users),          number(config.max_requests_per_minute)};
}

TenantQuota Quotas::of(const TenantQuota& own) const {
  TenantQuota quota = own;
  for (const QuotaPart& part : quota_parts)
    if (!(quota.*part.most)) quota.*part.most = defaults_.*part.most;
  return quota;
}

Result<void> Quotas::check(state::Transaction& transaction, Kind kind, std::string_view tenant) const {
  auto part =
      std::find_if(quota_parts.begin(), quota_parts.end(), [kind](const QuotaPart& each) { return each.kind == kind; });
  auto object = transaction.get(Kind::tenant, tenant);
  if (!object) return make_error(ErrorKind::denied, "there is no tenant " + std::string(tenant));
  auto found = model::from_json<Tenant>(model::tenant_table(), object->json());
  if (found.status != "active")
    return make_error(ErrorKind::denied, "the tenant " + std::string(tenant) + " is " + found.status);
  auto most = of(found.quota).*part->most;
  touch(transaction, name_of(kind, tenant));
  if (!most || static_cast<double>(count_with_staged(transaction, kind, tenant)) <= *most) return {};
  refused_(kind);
  Error error = make_error(ErrorKind::exhausted, "the tenant " + std::string(tenant) + " may have " +
                                                     std::to_string(static_cast<std::int64_t>(*most)) + " of kind " +
                                                     std::string(to_string(kind)) + " (" + std::string(part->name) +
                                                     "): delete some, or have the quota raised");
  error.code = "QUOTA_EXCEEDED";
  return error;
}

}  // namespace netweave::tenancy
