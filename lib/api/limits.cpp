#include "api/limits.hpp"

#include <algorithm>
#include <array>

#include "api/client_address.hpp"
#include "api/operations.hpp"

namespace netweave::api {
namespace {

/// The collections that have limits of their own, as paths write them.
constexpr std::array<std::string_view, 10> collections = {
    "alarmDictionaries", "deploymentManagers", "locations", "oCloudSites",   "performanceDictionaries",
    "resourcePools",     "resourceTypes",      "resources", "subscriptions", "tenants"};

bool is_collection(std::string_view segment) {
  return std::find(collections.begin(), collections.end(), segment) != collections.end();
}

/// The last collection that the path names: of a pool's resources, resources.
std::string kind_of(std::string_view path) {
  while (!path.empty()) {
    std::size_t slash = path.rfind('/');
    std::string_view last = slash == std::string_view::npos ? path : path.substr(slash + 1);
    if (is_collection(last)) return std::string(last);
    path = path.substr(0, slash == std::string_view::npos ? 0 : slash);
  }
  return {};
}

std::string client_of(const Call& call) {
  if (call.access) return "tenant " + call.access->tenant;
  return std::string(client_address(call.request, call.services.trusted_proxies));
}

std::optional<std::int64_t> quota_of(const Call& call) {
  if (!call.access || call.services.quotas == nullptr) return std::nullopt;
  return call.services.quotas->requests_a_minute(call.access->requests_a_minute);
}

Problem rate_limited(const limits::Decision& decision) {
  constexpr std::array<std::string_view, limits::scopes.size()> whose = {
      "too many requests of this tenant or address", "too many requests to this path", "too many requests of this kind",
      "too many requests to this gateway",
      "the tenant made as many requests as its quota allows (maxRequestsPerMinute): wait, or have it raised"};
  const char* title = decision.scope == limits::Scope::quota ? "QuotaExceeded" : "RateLimited";
  Problem problem{429, title, std::string(whose[static_cast<std::size_t>(decision.scope)]), {}, {}, {}};
  auto wait = std::chrono::ceil<std::chrono::seconds>(std::chrono::nanoseconds(decision.left.until_next)).count();
  problem.headers.emplace_back("Retry-After", std::to_string(std::max<long>(1, wait)));
  return problem;
}

}  // namespace

std::vector<limits::Route> limited_routes(const openapi::Document& document) {
  std::vector<limits::Route> routes;
  for (const openapi::Operation& operation : document.operations())
    routes.push_back(
        {operation.method, operation.path, kind_of(operation.path), operation.method != "GET", !is_probe(operation)});
  return routes;
}

bool within_limits(Call& call) {
  limits::Limiter* limiter = call.services.limiter;
  if (limiter == nullptr) return true;
  call.limited = limiter->take(client_of(call), call.limited_route, quota_of(call));
  if (!call.limited || call.limited->allowed) return true;
  call.answer(rate_limited(*call.limited));
  return false;
}

void add_limit_headers(const limits::Decision& decision, const Clock& clock, http::Headers& headers) {
  auto full = clock() + std::chrono::nanoseconds(decision.left.until_full);
  auto reset = std::chrono::ceil<std::chrono::seconds>(full.time_since_epoch()).count();
  headers.emplace_back("X-RateLimit-Limit", std::to_string(decision.limit));
  headers.emplace_back("X-RateLimit-Remaining", std::to_string(decision.left.tokens));
  headers.emplace_back("X-RateLimit-Reset", std::to_string(reset));
}

}  // namespace netweave::api
