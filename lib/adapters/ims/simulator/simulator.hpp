#pragma once

#include "netweave/adapter/ims.hpp"

namespace netweave::ims::simulator {

/// The simulator's factory. Keys of `config`: topology or topology_file, generate {pools, resources, resource_types,
/// seed}, churn {per_second}, latency (milliseconds a write takes), fail_rate (0 to 1, of its writes).
Result<std::unique_ptr<Adapter>> make(const AdapterSettings& settings);

}  // namespace netweave::ims::simulator
