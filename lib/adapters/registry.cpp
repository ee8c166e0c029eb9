#include "adapters/registry.hpp"

#include "adapters/ims/simulator/simulator.hpp"
#ifdef NETWEAVE_KUBERNETES
#include "adapters/ims/kubernetes/kubernetes.hpp"
#endif

namespace netweave::adapters {

// One line a backend.
std::map<std::string, ims::AdapterFactory> built_in() {
  std::map<std::string, ims::AdapterFactory> types;
  types["simulator"] = ims::simulator::make;
#ifdef NETWEAVE_KUBERNETES
  types["kubernetes"] = ims::kubernetes::make_kubernetes;
#endif
  return types;
}

}  // namespace netweave::adapters
