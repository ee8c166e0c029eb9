#pragma once

#include <memory>
#include <string>
#include <vector>

#include "netweave/config.hpp"

#include "adapters/host.hpp"
#include "routing/rules.hpp"

namespace netweave::routing {

using Hosts = std::vector<std::unique_ptr<adapters::Host>>;

/// What became of one rule.
struct Tried {
  const RoutingRule* rule = nullptr;
  bool matches = false;  ///< its conditions hold
  bool chosen = false;   ///< its adapter gets the creation
  std::string reason;    ///< why it was chosen, or why not
};

/// Which adapter gets a creation, and why.
struct Choice {
  RulesRef rules;                  ///< what `tried` views
  adapters::Host* host = nullptr;  ///< nullptr: neither a rule nor the fallback has one
  std::vector<Tried> tried;        ///< every rule, in the order that they are tried
  std::string reason;              ///< in a sentence
};

/// Tries the rules from the highest priority down. A disabled adapter is passed over; so is one whose backend can't be
/// reached, where the rule fails over. What no rule takes goes to the default adapter, if the fallback is enabled.
/// Whether the adapter can do it, and does it now, is for `check_capable` and the write itself to say.
Choice choose(const Hosts& hosts, RulesRef rules, const Creation& creation);

/// The adapter that X-Netweave-Adapter names. Errors: `invalid`, with what there is.
Result<adapters::Host*> named(const Hosts& hosts, const std::string& name);

/// The adapter that owns an object; nullptr where it has left the configuration.
adapters::Host* owner_of(const Hosts& hosts, const model::Object& object);

/// The adapter for what no rule names: the default one, else that of the highest priority; nullptr without any.
adapters::Host* default_of(const Hosts& hosts);

/// `unimplemented`, with the adapter's name, where it can't do this to this kind.
Result<void> check_capable(const adapters::Host& host, Kind kind, ims::Operation operation);

}  // namespace netweave::routing
