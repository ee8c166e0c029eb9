#include "config/keys/sections.hpp"

namespace netweave::config::sections {
namespace {

constexpr Key keys[] = {
    {.path = "query.default_limit",
     .access = at<&Config::query, &QueryConfig::default_limit>(),
     .type = Type::integer,
     .least = 1,
     .most = 100000,
     .doc = "Items of a page where the request does not say. At most `query.max_limit`."},
    {.path = "query.max_limit",
     .access = at<&Config::query, &QueryConfig::max_limit>(),
     .type = Type::integer,
     .least = 1,
     .most = 100000,
     .doc = "Items of a page that a request can ask for."},
    {.path = "query.scan_inline",
     .access = at<&Config::query, &QueryConfig::scan_inline>(),
     .type = Type::integer,
     .least = 0,
     .most = 100000000,
     .doc = "Lists that have to look at more objects than this leave the server's threads for `query.scan_workers`."},
    {.path = "query.scan_workers",
     .access = at<&Config::query, &QueryConfig::scan_workers>(),
     .type = Type::integer,
     .least = 1,
     .most = 256,
     .doc = "Such lists at once."},
    {.path = "query.scan_waiting",
     .access = at<&Config::query, &QueryConfig::scan_waiting>(),
     .type = Type::integer,
     .least = 0,
     .most = 100000,
     .doc = "More of them that wait, for each worker; the next one gets a 503 with Retry-After."},
    {.path = "query.scan_timeout",
     .access = at<&Config::query, &QueryConfig::scan_timeout>(),
     .type = Type::duration,
     .least = 1,
     .most = 10 * minute,
     .doc = "For one list, its wait included; past it a 503."},
    {.path = "query.max_expression_bytes",
     .access = at<&Config::query, &QueryConfig::max_expression_bytes>(),
     .type = Type::integer,
     .least = 16,
     .most = 1048576,
     .doc = "Bytes of one parameter of a list, name and value."},
    {.path = "batch.max_entries",
     .access = at<&Config::batch, &BatchConfig::max_entries>(),
     .type = Type::integer,
     .least = 1,
     .most = 10000,
     .doc = "Entries of a batch; one of more is refused (400)."},
    {.path = "batch.at_once",
     .access = at<&Config::batch, &BatchConfig::at_once>(),
     .type = Type::integer,
     .least = 1,
     .most = 16,
     .doc = "Writes to backends of one batch under way at once, of the 16 that all requests share."},
};

}  // namespace

Section query() { return {keys, {}}; }

}  // namespace netweave::config::sections
