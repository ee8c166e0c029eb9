#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "client.hpp"
#include "context.hpp"
#include "exit.hpp"
#include "output/terminal.hpp"

namespace netweave::cli {

/// What all commands share: the connection that was asked for, and the standard streams. One thread.
class Session {
 public:
  Session(Environment environment, Terminal terminal);

  /// Reads the contexts, settles on one and makes a client of it; warnings go to stderr. Sends nothing yet. Errors:
  /// `invalid`.
  Result<Client> connect();

  /// Text for standard output. `broken`: whoever read it has gone.
  static void write(std::string_view text);
  static bool broken();

  /// The file of contexts.
  [[nodiscard]] std::string contexts_file() const;

  Wanted wanted;            ///< flags are read into it
  std::string config_flag;  ///< --config
  Terminal terminal;
  std::function<int()> run;  ///< the command that was chosen; gives the exit code
};

}  // namespace netweave::cli
