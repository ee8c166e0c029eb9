#include "config/keys/sections.hpp"

namespace netweave::config::sections {
namespace {

constexpr Key adapter[] = {
    {.path = "name",
     .access = at<&AdapterConfig::name>(),
     .doc = "Unique; letters, digits and `._:-`. What the adapter finds has ids that begin with it: a new name is a "
            "new inventory."},
    {.path = "type",
     .access = at<&AdapterConfig::type>(),
     .doc = "The kind of backend: `simulator`, `kubernetes`, or what the embedding program registered."},
    {.path = "enabled",
     .access = at<&AdapterConfig::enabled>(),
     .type = Type::flag,
     .doc = "False: not observed; its objects stay, marked stale."},
    {.path = "default",
     .access = at<&AdapterConfig::is_default>(),
     .type = Type::flag,
     .doc = "Takes what is created without a place. At most one; with a single adapter, it is that one."},
    {.path = "mode",
     .access = at<&AdapterConfig::mode>(),
     .type = Type::choice,
     .choices = "manage|observe",
     .doc = "`observe`: every write is refused (403)."},
    {.path = "priority",
     .access = at<&AdapterConfig::priority>(),
     .type = Type::integer,
     .least = -1000000,
     .most = 1000000,
     .doc = "Higher is asked first."},
    {.path = "poll_interval",
     .access = at<&AdapterConfig::poll_interval>(),
     .type = Type::duration,
     .least = 100,
     .most = day,
     .doc = "Between two lists of a backend that can't be watched: its changes are seen that late."},
    {.path = "connect_timeout",
     .access = at<&AdapterConfig::connect_timeout>(),
     .type = Type::duration,
     .least = 1,
     .most = hour,
     .doc = "For a connection to the backend."},
    {.path = "timeout",
     .access = at<&AdapterConfig::timeout>(),
     .type = Type::duration,
     .least = 1,
     .most = hour,
     .doc = "For a whole call of the backend, connection included."},
    {.path = "visibility_grace",
     .access = at<&AdapterConfig::visibility_grace>(),
     .type = Type::duration,
     .most = hour,
     .doc = "How long the backend may hide from its lists what was just created there."},
    {.path = "tenant",
     .access = at<&AdapterConfig::tenant>(),
     .doc = "Whose the pools and resources are that it finds, where `multi_tenancy.assign` does not say. Empty: the "
            "tenant `default`'s."},
    {.path = "tls_insecure_skip_verify",
     .access = at<&AdapterConfig::tls_insecure_skip_verify>(),
     .type = Type::flag,
     .doc = "The backend's certificate is not checked: for laboratories."},
    {.path = "config",
     .access = at<&AdapterConfig::config>(),
     .type = Type::free,
     .doc = "The type's own settings, which it checks itself."},
};

constexpr List lists[] = {
    list_of<&Config::adapters>("adapters", "adapters", adapter, false,
                               "A list, an item a backend. Without any, one simulator with a small generated inventory "
                               "stands in."),
};

}  // namespace

Section adapters() { return {{}, lists}; }

}  // namespace netweave::config::sections
