#include "config/keys/sections.hpp"

namespace netweave::config::sections {
namespace {

constexpr Key keys[] = {
    {.path = "routing.fallback_enabled",
     .access = at<&Config::routing, &RoutingConfig::fallback_enabled>(),
     .type = Type::flag,
     .reloads = true,
     .doc = "What no rule matches goes to the default adapter. False: it is refused (422)."},
};

constexpr Key rule[] = {
    {.path = "name", .access = at<&RoutingRule::name>(), .doc = "Unique. Stands in refusals and explanations."},
    {.path = "adapter",
     .access = at<&RoutingRule::adapter>(),
     .doc = "The adapter that gets it. A disabled one is passed over."},
    {.path = "priority",
     .access = at<&RoutingRule::priority>(),
     .type = Type::integer,
     .least = -1000000,
     .most = 1000000,
     .doc = "Higher is tried first; of equals, the one that is written first."},
    {.path = "resource_type",
     .access = at<&RoutingRule::resource_type>(),
     .doc = "What is created: its kind (`resourcePool`), or the `extensions.instanceType` that a pool asks for. `*` is "
            "anything."},
    {.path = "failover",
     .access = at<&RoutingRule::failover>(),
     .type = Type::flag,
     .doc = "True: while the adapter's backend can't be reached the next rule has its turn. False: 503 then."},
    {.path = "conditions.labels",
     .access = at<&RoutingRule::labels>(),
     .type = Type::texts,
     .doc = "Labels that `extensions.labels` must have, all of them, each with that text."},
    {.path = "conditions.location.exact",
     .access = at<&RoutingRule::location, &RoutingLocation::exact>(),
     .doc = "`location` equals this."},
    {.path = "conditions.location.prefix",
     .access = at<&RoutingRule::location, &RoutingLocation::prefix>(),
     .doc = "`location` begins with this."},
    {.path = "conditions.location.suffix",
     .access = at<&RoutingRule::location, &RoutingLocation::suffix>(),
     .doc = "`location` ends with this."},
    {.path = "conditions.location.contains",
     .access = at<&RoutingRule::location, &RoutingLocation::contains>(),
     .doc = "`location` has this in it."},
    {.path = "conditions.capabilities",
     .access = at<&RoutingRule::capabilities>(),
     .type = Type::list,
     .doc = "What the adapter must be able to do at that moment, all of it: `resourcePool.create`, "
            "`resourcePool.update`, `resourcePool.delete`, and the same of `resource`. `/features` shows what it can."},
    {.path = "conditions.extensions",
     .access = at<&RoutingRule::extensions>(),
     .type = Type::free,
     .doc = "Members that `extensions` must have, at any depth, each with that value."},
};

constexpr List lists[] = {
    list_of<&Config::routing, &RoutingConfig::rules>(
        "routing.rules", "rules", rule, true,
        "A list of which adapter gets what is created; [adapters.md](adapters.md#which-adapter-gets-what-is-created) "
        "says how they are tried."),
};

}  // namespace

Section routing() { return {keys, lists}; }

}  // namespace netweave::config::sections
