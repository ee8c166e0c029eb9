#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "netweave/adapter/ims.hpp"

namespace netweave::ims::simulator {

/// How large an inventory to make. The same numbers give the same objects.
struct Generate {
  std::size_t pools = 4;
  std::size_t resources = 40;
  std::size_t resource_types = 3;
  std::uint64_t seed = 1;
};

/// One deployment manager, the types, the pools; ids begin with `name`.
std::vector<Observed> generate_all_but_resources(const std::string& name, const Generate& sizes);
/// Resource number `index` of those, in its `version`th state: what churn makes of it.
Observed generate_resource(const std::string& name, const Generate& sizes, std::size_t index, std::uint64_t version);

/// Reads the objects of a topology (deploymentManagers, resourcePools, resourceTypes, resources, oCloudSites,
/// locations, alarmDictionaries, performanceDictionaries). Adds a fault for each mistake, its field below `topology`.
std::vector<Observed> read_topology(const Value& topology, std::vector<Fault>& faults);

}  // namespace netweave::ims::simulator
