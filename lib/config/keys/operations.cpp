#include "config/keys/sections.hpp"

namespace netweave::config::sections {
namespace {

constexpr Key keys[] = {
    {.path = "operations.host",
     .access = at<&Config::operations, &OperationsConfig::host>(),
     .doc = "Address of the operations listener: IPv4, IPv6 or `localhost`. Empty: `server.host`."},
    {.path = "operations.port",
     .access = at<&Config::operations, &OperationsConfig::port>(),
     .type = Type::integer,
     .most = 65535,
     .doc = "A port of their own for health, readiness and metrics, beside `server.port`, which keeps them too: plain "
            "HTTP, no client certificate, no identity, for probes and scrapers. 0: there is none."},
};

}  // namespace

Section operations() { return {keys, {}}; }

}  // namespace netweave::config::sections
