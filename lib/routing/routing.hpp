#pragma once

#include <memory>
#include <string>
#include <vector>

#include "adapters/host.hpp"

namespace netweave::routing {

using Hosts = std::vector<std::unique_ptr<adapters::Host>>;

/// The adapter that owns an object; nullptr where it has left the configuration.
adapters::Host* owner_of(Hosts& hosts, const model::Object& object);

/// The adapter that gets the creation of a pool: the default one, else the only one, else the one of the highest
/// priority. Errors: `unimplemented` where that adapter can't (its name is in the message); `invalid` without adapters.
Result<adapters::Host*> for_creation(Hosts& hosts, Kind kind);

/// The same for a named adapter. Errors: `invalid` (no such adapter), `unimplemented`.
Result<adapters::Host*> named(Hosts& hosts, const std::string& name);

/// `unimplemented`, with the adapter's name, where it can't do this to this kind.
Result<void> check_capable(const adapters::Host& host, Kind kind, ims::Operation operation);

}  // namespace netweave::routing
