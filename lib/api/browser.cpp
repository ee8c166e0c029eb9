#include "api/browser.hpp"

#include <algorithm>

namespace netweave::api {
namespace {

constexpr std::string_view exposed =
    "ETag, Link, Location, Retry-After, Version, X-API-Version, X-Netweave-Revision, X-RateLimit-Limit, "
    "X-RateLimit-Remaining, X-RateLimit-Reset, X-Request-ID";
constexpr std::string_view accepted =
    "Accept, Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, Last-Event-ID, Version, "
    "X-Netweave-Adapter, X-Request-ID";

bool any_origin(const CorsConfig& cors) {
  return std::find(cors.origins.begin(), cors.origins.end(), "*") != cors.origins.end();
}

/// The origin that the answer may be read by; empty: none asks, or none may.
std::string_view allowed_origin(const Call& call) {
  const CorsConfig& cors = call.services.config.cors;
  if (!cors.enabled) return {};
  const std::string* origin = call.header("Origin");
  if (origin == nullptr) return {};
  if (any_origin(cors)) return "*";
  const auto& origins = cors.origins;
  return std::find(origins.begin(), origins.end(), *origin) != origins.end() ? std::string_view(*origin)
                                                                             : std::string_view();
}

void add_text(http::Headers& headers, const char* name, const std::string& text) {
  if (!text.empty()) headers.emplace_back(name, text);
}

}  // namespace

void add_browser_headers(const Call& call, http::Headers& headers) {
  const SecurityHeadersConfig& config = call.services.config.headers;
  bool page = http::find_header(headers, "Content-Security-Policy") != nullptr;
  if (!page) {
    headers.emplace_back("X-Content-Type-Options", "nosniff");
    add_text(headers, "Content-Security-Policy", config.csp);
  }
  add_text(headers, "X-Frame-Options", config.frame_options);
  add_text(headers, "Referrer-Policy", config.referrer_policy);
  if (call.request.peer.tls && config.hsts_max_age > 0)
    headers.emplace_back("Strict-Transport-Security", "max-age=" + std::to_string(config.hsts_max_age));
  if (!call.services.config.cors.enabled) return;
  std::string_view origin = allowed_origin(call);
  if (!any_origin(call.services.config.cors)) headers.emplace_back("Vary", "Origin");
  if (origin.empty()) return;
  headers.emplace_back("Access-Control-Allow-Origin", origin);
  headers.emplace_back("Access-Control-Expose-Headers", exposed);
}

void add_preflight(const Call& call, const std::string& allow, http::Headers& headers) {
  if (call.header("Access-Control-Request-Method") == nullptr || allowed_origin(call).empty()) return;
  headers.emplace_back("Access-Control-Allow-Methods", allow);
  headers.emplace_back("Access-Control-Allow-Headers", accepted);
  headers.emplace_back("Access-Control-Max-Age", "600");
}

}  // namespace netweave::api
