#include "config/keys/sections.hpp"

namespace netweave::config::sections {
namespace {

constexpr Key keys[] = {
    {.path = "security.cors.enabled",
     .access = at<&Config::cors, &CorsConfig::enabled>(),
     .type = Type::flag,
     .outside_dev = "false",
     .doc = "Whether pages of other origins may read answers in a browser (CORS)."},
    {.path = "security.cors.origins",
     .access = at<&Config::cors, &CorsConfig::origins>(),
     .type = Type::list,
     .outside_dev = "",
     .doc = "Those origins, such as `https://portal.example.com`. `*` is any; prod takes neither that nor none while "
            "CORS is on."},
    {.path = "security.headers.hsts_max_age",
     .access = at<&Config::headers, &SecurityHeadersConfig::hsts_max_age>(),
     .type = Type::integer,
     .most = 315360000,
     .doc = "`Strict-Transport-Security`, in seconds; sent over TLS alone. 0: not sent."},
    {.path = "security.headers.csp",
     .access = at<&Config::headers, &SecurityHeadersConfig::csp>(),
     .doc = "`Content-Security-Policy` of every answer but those of `/docs/`, which have one of their own. Empty: not "
            "sent."},
    {.path = "security.headers.frame_options",
     .access = at<&Config::headers, &SecurityHeadersConfig::frame_options>(),
     .doc = "`X-Frame-Options`. Empty: not sent."},
    {.path = "security.headers.referrer_policy",
     .access = at<&Config::headers, &SecurityHeadersConfig::referrer_policy>(),
     .doc = "`Referrer-Policy`. Empty: not sent."},
    {.path = "security.rate_limit.enabled",
     .access = at<&Config::rate_limit, &RateLimitConfig::enabled>(),
     .type = Type::flag,
     .outside_dev = "true",
     .reloads = true,
     .doc = "Requests beyond the limits below are 429. [limits.md](limits.md) says how they are counted. Must be on in "
            "staging and prod."},
    {.path = "security.rate_limit.tenant.requests_per_second",
     .access = at<&Config::rate_limit, &RateLimitConfig::tenant, &RateConfig::requests_per_second>(),
     .type = Type::integer,
     .most = 1000000,
     .reloads = true,
     .doc = "Of each tenant; of each client address where there is none. 0: no limit."},
    {.path = "security.rate_limit.tenant.burst",
     .access = at<&Config::rate_limit, &RateLimitConfig::tenant, &RateConfig::burst>(),
     .type = Type::integer,
     .least = 1,
     .most = 1000000,
     .reloads = true,
     .doc = "How many of them at once, after a pause."},
    {.path = "security.rate_limit.global.requests_per_second",
     .access = at<&Config::rate_limit, &RateLimitConfig::global, &RateConfig::requests_per_second>(),
     .type = Type::integer,
     .most = 1000000,
     .reloads = true,
     .doc = "Of all together, in a fleet over all its gateways. 0: no limit."},
    {.path = "security.rate_limit.global.burst",
     .access = at<&Config::rate_limit, &RateLimitConfig::global, &RateConfig::burst>(),
     .type = Type::integer,
     .least = 1,
     .most = 1000000,
     .reloads = true,
     .doc = "How many of them at once, after a pause."},
    {.path = "security.rate_limit.resource",
     .access = at<&Config::rate_limit, &RateLimitConfig::resource>(),
     .type = Type::free,
     .reloads = true,
     .doc = "By the collection of a path, for all callers together: `{resourcePools: {reads_per_minute: 6000, "
            "writes_per_minute: 60}}`. What is left out has no limit of its own."},
};

constexpr Key endpoint[] = {
    {.path = "method",
     .access = at<&EndpointRateConfig::method>(),
     .choices = "GET|POST|PUT|PATCH|DELETE",
     .doc = "`GET` counts `HEAD` too."},
    {.path = "route",
     .access = at<&EndpointRateConfig::route>(),
     .doc = "The path as the OpenAPI document writes it: `/o2ims/v1/resources/{id}`."},
    {.path = "requests_per_second",
     .access = at<&EndpointRateConfig::requests_per_second>(),
     .type = Type::integer,
     .most = 1000000,
     .doc = "Of all callers together. Must be set."},
    {.path = "burst",
     .access = at<&EndpointRateConfig::burst>(),
     .type = Type::integer,
     .most = 1000000,
     .doc = "How many of them at once, after a pause. Must be set."},
};

constexpr List lists[] = {
    list_of<&Config::rate_limit, &RateLimitConfig::endpoints>(
        "security.rate_limit.endpoints", "endpoints", endpoint, true,
        "A list of operations with a limit of their own, beside the others."),
};

}  // namespace

Section security() { return {keys, lists}; }

}  // namespace netweave::config::sections
