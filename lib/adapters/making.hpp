#pragma once

#include <memory>
#include <vector>

#include "netweave/config.hpp"

#include "adapters/registry.hpp"
#include "base/log.hpp"

namespace netweave::adapters {

using Types = std::map<std::string, ims::AdapterFactory>;

struct MadeAdapter {
  AdapterConfig config;
  std::unique_ptr<ims::Adapter> adapter;
};

/// Makes all adapters of a configuration (without any, one simulator), of the types that this build has and of those
/// `added`; or says everything that is wrong with their sections.
Result<std::vector<MadeAdapter>> make_adapters(const Config& config, const Types& added, const Log& log);

}  // namespace netweave::adapters
