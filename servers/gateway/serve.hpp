#pragma once

#include "netweave/config.hpp"

namespace netweave::gateway {

/// Exit codes (sysexits.h), a closed list that scripts rely on.
enum Exit { stopped = 0, usage = 64, unavailable = 69, configuration = 78 };

/// Serves until a signal says to stop; gives the exit code. `source` is read again at SIGHUP.
int serve(const LoadedConfig& loaded, const ConfigSource& source);

/// One line a fault on stderr; gives the exit code for them.
int report_faults(const Error& error);

}  // namespace netweave::gateway
