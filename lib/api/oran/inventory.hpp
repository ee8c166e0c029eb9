#pragma once

#include "api/router.hpp"

/// O2ims_InfrastructureInventory, the standard's own: reading (O-RAN.WG6.TS.O2IMS-INTERFACE clause 3.2).
namespace netweave::api::oran {

/// Every path of the service, in both versions.
void add_inventory(Handlers& handlers);

}  // namespace netweave::api::oran
