#pragma once

#include <functional>
#include <string>

#include "context.hpp"

namespace netweave::cli {

/// Where the contexts stand: NETWEAVE_CONFIG, else $XDG_CONFIG_HOME/netweave/config.yaml, else
/// ~/.config/netweave/config.yaml. The gateway reads NETWEAVE_CONFIG too: where the file that it names is a gateway's
/// configuration, it is passed over.
std::string contexts_path(const Environment& environment);

/// Reads it; one that is not there is one without contexts. `warning` gets what a person should know of it (others may
/// read its tokens). Errors: `invalid`, all faults with their lines.
Result<ContextFile> read_contexts(const std::string& path, std::string& warning);

/// Reads it, changes it, writes it in one step (mode 0600, folder 0700) under a lock that other runs of this program
/// respect. Errors: what `change` gave, `invalid` for a file that can't be read or written.
Result<void> change_contexts(const std::string& path, const std::function<Result<void>(ContextFile&)>& change);

/// As the file has it; with `redacted`, a token is REDACTED.
std::string print_contexts(const ContextFile& file, bool redacted);

}  // namespace netweave::cli
