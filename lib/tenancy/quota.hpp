#pragma once

#include <array>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "netweave/config.hpp"
#include "netweave/model.hpp"
#include "netweave/result.hpp"

#include "state/writer.hpp"

/// How much tenants may have. There are no counters that could drift: what counts is what is in the state, what is
/// being created (the open intents), and what the commit at hand stages.
namespace netweave::tenancy {

/// One limit of a quota.
struct QuotaPart {
  std::string_view name;  ///< "maxResources"
  std::optional<double> TenantQuota::*most;
  std::string_view usage = {};    ///< what the count is called: "resources"
  std::optional<Kind> kind = {};  ///< what it counts; none: that is not counted in objects of a kind
};
inline constexpr std::array<QuotaPart, 6> quota_parts = {{
    {"maxSubscriptions", &TenantQuota::max_subscriptions, "subscriptions", Kind::subscription},
    {"maxResourcePools", &TenantQuota::max_resource_pools, "resourcePools", Kind::resource_pool},
    {"maxResources", &TenantQuota::max_resources, "resources", Kind::resource},
    {"maxDeployments", &TenantQuota::max_deployments},
    {"maxUsers", &TenantQuota::max_users, "users", Kind::user},
    {"maxRequestsPerMinute", &TenantQuota::max_requests_per_minute},
}};

/// What the tenant has of a kind, as of a snapshot.
std::size_t count_of(const state::Snapshot& snapshot, Kind kind, std::string_view tenant);
/// The same with what is being created in backends, and what this commit stages.
std::size_t count_with_staged(const state::Transaction& transaction, Kind kind, std::string_view tenant);
/// What is decided about the tenant's quotas elsewhere at this moment is decided again.
void touch_quotas(state::Transaction& transaction, std::string_view tenant);

/// What a tenant may have where its own quota does not say.
TenantQuota default_quota(const QuotaConfig& config);

/// The limits of one gateway. Any thread; `check` the writer's.
class Quotas {
 public:
  /// `refused` is called with the kind of each creation that is over its quota.
  Quotas(TenantQuota defaults, std::function<void(Kind)> refused) : defaults_(defaults), refused_(std::move(refused)) {}

  /// A tenant's own limits, and the defaults where it has none.
  [[nodiscard]] TenantQuota of(const TenantQuota& own) const;
  /// How many requests a minute a tenant may make, of its own limit.
  [[nodiscard]] std::int64_t requests_a_minute(std::optional<double> own) const noexcept {
    return static_cast<std::int64_t>(own ? *own : defaults_.max_requests_per_minute.value_or(0));
  }
  /// Whether the tenant may have what this transaction has just staged: an object of the kind, or the intent to make
  /// one. Over the fleet no two commits decide on the same count. Errors: `exhausted` under the code
  /// QUOTA_EXCEEDED, naming the limit; `denied` (no such
  /// tenant, or one that is not active).
  Result<void> check(state::Transaction& transaction, Kind kind, std::string_view tenant) const;

 private:
  TenantQuota defaults_;
  std::function<void(Kind)> refused_;
};

}  // namespace netweave::tenancy
