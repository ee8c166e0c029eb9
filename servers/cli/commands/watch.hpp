#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "commands/commands.hpp"
#include "output/printer.hpp"
#include "pages.hpp"
#include "selection.hpp"
#include "targets.hpp"

namespace netweave::cli {

/// What get and watch take.
struct ListArguments {
  std::vector<std::string> words;
  Selection selection;
  Paging paging;
  Layout layout;
  std::string output = "table";
  std::string limit;
  std::string chunk;
  bool no_headers = false;
  bool ignore_not_found = false;
  bool watch = false;
  bool changes_only = false;
  std::chrono::milliseconds interval{1000};
  std::size_t events = 0;  ///< watch ends after so many; 0: never
};

void add_list_options(CLI::App& command, ListArguments& arguments);
void add_watch_options(CLI::App& command, ListArguments& arguments);

/// Settles layout and paging, and checks what goes with what. Errors: `invalid`.
Result<std::vector<Target>> read_list_arguments(ListArguments& arguments);

/// Where a selection of a kind is read.
struct Place {
  std::string path;
  std::string query;
};
Result<Place> list_of(Client& client, const Kind& kind, const Selection& selection);

/// Prints events until it is ended, the reader of its output has gone, or --events came. A gateway that is gone for a
/// while is asked again.
int run_watch(const ListArguments& arguments, const std::vector<Target>& targets, Session& session);

}  // namespace netweave::cli
