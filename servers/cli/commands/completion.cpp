#include <memory>

#include "commands/commands.hpp"
#include "completions/table.hpp"

namespace netweave::cli {

void add_completion(CLI::App& app, Session& session) {
  CLI::App* command = app.add_subcommand("completion", "print the shell's completion of this program");
  auto shell = std::make_shared<std::string>();
  add_choice(*command, "SHELL", *shell, "bash|zsh|fish", "the shell")->required();
  command->footer(
      "bash: source <(netweave completion bash)\n"
      "zsh:  netweave completion zsh > \"${fpath[1]}/_netweave\"\n"
      "fish: netweave completion fish > ~/.config/fish/completions/netweave.fish");
  command->callback([&app, shell, &session] {
    session.run = [&app, shell] {
      auto table = command_table(app);
      Session::write(*shell == "bash" ? bash_script(table) : *shell == "zsh" ? zsh_script(table) : fish_script(table));
      return static_cast<int>(Exit::done);
    };
  });
}

}  // namespace netweave::cli
