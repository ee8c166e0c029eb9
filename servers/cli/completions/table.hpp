#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <CLI/CLI.hpp>

namespace netweave::cli {

/// One option as completion sees it.
struct OptionWords {
  std::vector<std::string> names;  ///< with their dashes
  std::string type;                ///< what its value is; empty: it has none
  std::string doc;
};

/// One command: what can follow it.
struct CommandWords {
  std::string path;  ///< "", "get", "config use-context"
  std::string doc;
  std::vector<std::string> commands;     ///< below it
  std::vector<OptionWords> options;      ///< its own; the program's stand in the first entry
  std::vector<std::string> positionals;  ///< the types of its arguments; the last one repeats
};

/// All commands of a program, itself first.
std::vector<CommandWords> command_table(const CLI::App& app);

/// Completion that needs no gateway is in the scripts; for the rest they call `netweave __complete`.
std::string bash_script(const std::vector<CommandWords>& table);
std::string zsh_script(const std::vector<CommandWords>& table);
std::string fish_script(const std::vector<CommandWords>& table);

}  // namespace netweave::cli
