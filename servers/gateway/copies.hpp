#pragma once

#include <string>

#include "netweave/config.hpp"

namespace netweave::gateway {

/// Copies the configured store to `file`; progress on stderr. Gives the exit code.
int back_up(const LoadedConfig& loaded, const std::string& file);

/// Makes the configured store of `file`; progress on stderr. Gives the exit code.
int restore(const LoadedConfig& loaded, const std::string& file);

}  // namespace netweave::gateway
