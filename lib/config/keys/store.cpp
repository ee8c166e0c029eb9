#include "config/keys/sections.hpp"

namespace netweave::config::sections {
namespace {

constexpr Key keys[] = {
    {.path = "store.backend",
     .access = at<&Config::store, &StoreConfig::backend>(),
     .type = Type::choice,
     .choices = "sqlite|memory|redis",
     .doc = "Where the log is kept. `memory` forgets all at a stop; `redis` is what several gateways share."},
    {.path = "store.path",
     .access = at<&Config::store, &StoreConfig::path>(),
     .doc = "SQLite's file, made if it is not there. One process holds it at a time. A local disk, never NFS."},
    {.path = "store.sync",
     .access = at<&Config::store, &StoreConfig::sync>(),
     .type = Type::choice,
     .choices = "full|normal",
     .doc = "`full` survives a power cut; `normal` may lose the last commits then (never at a crash of the process), "
            "and writes faster."},
    {.path = "store.encryption_key",
     .access = at<&Config::store, &StoreConfig::encryption_key>(),
     .secret = true,
     .doc = "32 bytes in base64 (`openssl rand -base64 32`), under which secrets are encrypted in the store. Empty: "
            "they are not."},
    {.path = "store.commit_delay",
     .access = at<&Config::store, &StoreConfig::commit_delay>(),
     .type = Type::duration,
     .most = 1 * second,
     .doc = "How long changes are gathered into one commit. Longer is more throughput, and that much latency."},
    {.path = "store.lease_ttl",
     .access = at<&Config::store, &StoreConfig::lease_ttl>(),
     .type = Type::duration,
     .least = 100,
     .most = 60 * second,
     .doc = "How long what a gateway does alone (to observe a backend, to deliver subscriptions) stays its own when it "
            "has died; another takes it over then. Shorter is a quicker takeover, and more traffic to the store."},
    {.path = "store.log.max_entries",
     .access = at<&Config::store, &StoreConfig::log_max_entries>(),
     .type = Type::integer,
     .least = 1000,
     .most = 10000000000,
     .doc = "Entries that the log keeps for slow readers and for resuming streams. About 1 kB each on disk."},
    {.path = "store.log.max_age",
     .access = at<&Config::store, &StoreConfig::log_max_age>(),
     .type = Type::duration,
     .least = minute,
     .most = 3650 * day,
     .doc = "Age of the oldest entry that the log keeps."},
    {.path = "store.wait_replicas",
     .access = at<&Config::store, &StoreConfig::wait_replicas>(),
     .type = Type::integer,
     .most = 100,
     .doc = "Redis: how many replicas must have a change before it is acknowledged and read by any gateway. 0: a "
            "failover may lose the last changes, which gateways then notice. The same on every gateway."},
    {.path = "store.wait_timeout",
     .access = at<&Config::store, &StoreConfig::wait_timeout>(),
     .type = Type::duration,
     .least = 1,
     .most = minute,
     .doc = "Redis: for these replicas; past it the outcome of the change is unknown (504)."},
};

}  // namespace

Section store() { return {keys, {}}; }

}  // namespace netweave::config::sections
