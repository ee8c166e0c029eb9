#pragma once

#include <map>
#include <string>

#include "netweave/adapter/ims.hpp"

namespace netweave::adapters {

/// The adapter types that this build has, by name.
std::map<std::string, ims::AdapterFactory> built_in();

}  // namespace netweave::adapters
