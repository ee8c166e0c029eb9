#pragma once

#include <functional>
#include <string>

#include "netweave/config.hpp"

namespace netweave::gateway {

/// Exit codes (sysexits.h), a closed list that scripts rely on.
enum Exit { stopped = 0, usage = 64, unavailable = 69, configuration = 78 };

/// Reads the configuration again, as the program's arguments say.
using Reread = std::function<Result<LoadedConfig>()>;

/// Serves until a signal says to stop; gives the exit code. SIGHUP calls `reread`.
int serve(const LoadedConfig& loaded, const Reread& reread);

/// One line a fault on stderr; gives the exit code for them.
int report_faults(const Error& error);

/// What could not be done, on stderr, `more` behind the message; gives the exit code for it.
int report_failure(const Error& error, const std::string& more = {});

}  // namespace netweave::gateway
