#include "limits/plan.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace netweave::limits {
namespace {

constexpr std::string_view section = "security.rate_limit.";

/// Buckets by name: routes of one kind share theirs.
class Maker {
 public:
  explicit Maker(bool shared) : shared_(shared) {}

  Plan::BucketRef make(const std::string& name, Limit limit) {
    Plan::BucketRef& bucket = made_[name];
    if (!bucket) bucket = std::make_shared<Bucket>(name, limit, shared_);
    return bucket;
  }

 private:
  bool shared_;
  std::map<std::string, Plan::BucketRef> made_;
};

std::optional<Limit> limit_of(const RateConfig& rate) {
  if (rate.requests_per_second == 0) return std::nullopt;
  return Limit{static_cast<double>(rate.requests_per_second), static_cast<std::int64_t>(rate.burst)};
}

Plan::BucketRef endpoint_of(const RateLimitConfig& config, const Route& route, Maker& maker) {
  for (const EndpointRateConfig& endpoint : config.endpoints)
    if (endpoint.method == route.method && endpoint.route == route.path)
      return maker.make("endpoint/" + route.method + " " + route.path,
                        *limit_of({endpoint.requests_per_second, endpoint.burst}));
  return nullptr;
}

Plan::BucketRef resource_of(const RateLimitConfig& config, const Route& route, Maker& maker) {
  const Value* kind = route.kind.empty() ? nullptr : config.resource.find(route.kind);
  const Value* rate = kind == nullptr ? nullptr : kind->find(route.writes ? "writes_per_minute" : "reads_per_minute");
  if (rate == nullptr) return nullptr;
  std::string name = "resource/" + route.kind + (route.writes ? "/write" : "/read");
  return maker.make(name, {static_cast<double>(rate->as_integer()) / 60, rate->as_integer()});
}

}  // namespace

std::vector<Fault> check(const RateLimitConfig& config, std::span<const Route> routes) {
  std::vector<Fault> faults;
  for (std::size_t i = 0; i < config.endpoints.size(); ++i) {
    const EndpointRateConfig& endpoint = config.endpoints[i];
    auto same = [&](const Route& route) {
      return route.limited && route.method == endpoint.method && route.path == endpoint.route;
    };
    if (std::none_of(routes.begin(), routes.end(), same))
      faults.push_back({std::string(section) + "endpoints[" + std::to_string(i) + "].route",
                        "there is no operation " + endpoint.method + " " + endpoint.route +
                            " with a limit: /openapi.json has them as they are written here"});
  }
  std::set<std::string> kinds;
  for (const Route& route : routes)
    if (!route.kind.empty()) kinds.insert(route.kind);
  for (const Value::Member& member : config.resource.as_object()) {
    if (kinds.count(member.first) != 0) continue;
    std::string known;
    for (const std::string& kind : kinds) known += (known.empty() ? "" : ", ") + kind;
    faults.push_back({std::string(section) + "resource." + member.first, "is no collection; there are " + known});
  }
  return faults;
}

std::shared_ptr<const Plan> make_plan(const RateLimitConfig& config, std::span<const Route> routes, bool shared) {
  auto plan = std::make_shared<Plan>();
  Maker maker(shared);
  plan->client = limit_of(config.tenant);
  if (auto limit = limit_of(config.global)) plan->global = maker.make("global", *limit);
  for (const Route& route : routes) {
    Plan::Target& target = plan->targets.emplace_back();
    target.limited = route.limited;
    if (!route.limited) continue;
    target.endpoint = endpoint_of(config, route, maker);
    target.resource = resource_of(config, route, maker);
  }
  return plan;
}

}  // namespace netweave::limits
