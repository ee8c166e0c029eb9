#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <unistd.h>

#include "commands/commands.hpp"
#include "completions/complete.hpp"
#include "config/text.hpp"

extern char** environ;

namespace {

using namespace netweave;
using namespace netweave::cli;

constexpr int broken_pipe = 128 + SIGPIPE;  // as a shell reports a program that SIGPIPE ended

Environment environment() {
  Environment variables;
  for (char** entry = environ; entry && *entry; ++entry) {
    std::string_view text(*entry);
    std::size_t sign = text.find('=');
    if (sign != std::string_view::npos) variables.emplace(text.substr(0, sign), text.substr(sign + 1));
  }
  return variables;
}

/// Refuses a word that stands where a command should, with what is near; done: there is none.
Exit check_command(const std::vector<CommandWords>& table, std::vector<std::string> words) {
  words.emplace_back();  // as if one more word were asked for
  Question question = read_question(table, words);
  if (question.command->commands.empty() || question.arguments.empty()) return Exit::done;
  std::vector<std::string_view> names(question.command->commands.begin(), question.command->commands.end());
  std::string_view near = config::nearest(question.arguments.front(), names);
  std::string known;
  for (std::string_view name : names) known.append(known.empty() ? "" : ", ").append(name);
  return report(usage_error("there is no command \"" + question.arguments.front() + "\"" +
                            (near.empty() ? "; there are " + known : "; did you mean \"" + std::string(near) + "\"?")));
}

int parse_and_run(CLI::App& app, Session& session, int count, char** values) {
  if (Exit checked = check_command(command_table(app), {values + 1, values + count}); checked != Exit::done)
    return checked;
  try {
    app.parse(count, values);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() != 0) return report(usage_error(std::string(error.what()) + "; see --help"));
    app.exit(error);  // --help, --version
    return Exit::done;
  }
  return session.run();
}

int run(int count, char** values) {
  Session session(environment(), Terminal::detect());
  CLI::App app("Reads and changes what an O-RAN O2 gateway of netweave's serves.", "netweave");
  add_all(app, session);
  if (count < 2 || std::strcmp(values[1], "__complete") != 0) return parse_and_run(app, session, count, values);
  std::vector<std::string> words(values + 2, values + count);
  for (const std::string& word : complete(command_table(app), words, session)) Session::write(word + "\n");
  return Exit::done;
}

}  // namespace

int main(int count, char** values) {
  std::signal(SIGPIPE, SIG_IGN);  // a gateway that closes a connection must not end this program
  int code = run(count, values);
  if (std::fflush(stdout) == 0 && !Session::broken()) return code;
  if (errno == EPIPE) return broken_pipe;
  std::fprintf(stderr, "error: standard output can't be written: %s\n", std::strerror(errno));
  return code == Exit::done ? static_cast<int>(Exit::refused) : code;
}
