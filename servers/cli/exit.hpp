#pragma once

#include "netweave/result.hpp"

namespace netweave::cli {

/// The program's exit codes, a closed list that scripts rely on (docs/cli.md).
enum Exit {
  done = 0,
  refused = 1,      ///< the server said no, or could not
  usage = 2,        ///< the arguments, a file or the configuration are wrong: nothing was sent
  not_found = 3,    ///< what was named is not there
  unreachable = 4,  ///< no connection to the server, or no trust in it
  timed_out = 5,    ///< no answer in time: the outcome is unknown
  changed = 6       ///< --if-match no longer holds
};

/// The code for an error. One of the server's own has `from_backend` set, and its title as `code`.
Exit exit_of(const Error& error) noexcept;

/// Prints the error on stderr, each of its faults on a line; gives its exit code. `about` is what it is about
/// ("resourcepool/pool-1"), where that is not plain from the message.
Exit report(const Error& error, const std::string& about = {});

inline Error usage_error(std::string message) { return make_error(ErrorKind::invalid, std::move(message)); }

}  // namespace netweave::cli
