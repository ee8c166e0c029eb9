#include "completions/table.hpp"

namespace netweave::cli {
namespace {

OptionWords words_of_option(const CLI::Option& option) {
  OptionWords words;
  for (const std::string& name : option.get_snames()) words.names.push_back("-" + name);
  for (const std::string& name : option.get_lnames()) words.names.push_back("--" + name);
  words.type = option.get_items_expected_max() > 0 ? option.get_type_name() : "";
  words.doc = option.get_description();
  return words;
}

void add_command(const CLI::App& app, const std::string& path, std::vector<CommandWords>& table) {
  CommandWords words;
  words.path = path;
  words.doc = app.get_description();
  for (const CLI::Option* option : app.get_options()) {
    if (option->get_positional())
      words.positionals.push_back(option->get_type_name());
    else
      words.options.push_back(words_of_option(*option));
  }
  for (const CLI::App* below : app.get_subcommands([](const CLI::App*) { return true; }))
    words.commands.push_back(below->get_name());
  table.push_back(std::move(words));
  for (const CLI::App* below : app.get_subcommands([](const CLI::App*) { return true; }))
    add_command(*below, path.empty() ? below->get_name() : path + " " + below->get_name(), table);
}

}  // namespace

std::vector<CommandWords> command_table(const CLI::App& app) {
  std::vector<CommandWords> table;
  add_command(app, "", table);
  return table;
}

}  // namespace netweave::cli
