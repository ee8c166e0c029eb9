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

/// A word that stands for a command and is none; empty: all is well.
std::string unknown_command(const std::vector<CommandWords>& table, const std::vector<std::string>& words) {
  Question question = read_question(table, words);
  if (question.command->commands.empty() || question.type != "COMMAND") return {};
  return question.arguments.empty() ? question.word : question.arguments.front();
}

int refuse_command(const std::vector<CommandWords>& table, const std::vector<std::string>& words,
                   const std::string& word) {
  const auto& commands = read_question(table, words).command->commands;
  std::vector<std::string_view> names(commands.begin(), commands.end());
  std::string_view near = config::nearest(word, names);
  std::string known;
  for (std::string_view name : names) known.append(known.empty() ? "" : ", ").append(name);
  return report(usage_error("there is no command \"" + word + "\"" +
                            (near.empty() ? "; there are " + known : "; did you mean \"" + std::string(near) + "\"?")));
}

int parse_and_run(CLI::App& app, Session& session, int count, char** values) {
  std::vector<std::string> words(values + 1, values + count);
  auto table = command_table(app);
  std::string unknown = words.empty() ? "" : unknown_command(table, words);
  bool whole = !unknown.empty();
  for (const CommandWords& command : table)
    whole = whole && (command.path.empty() || command.path.substr(command.path.rfind(' ') + 1) != unknown);
  if (whole) return refuse_command(table, words, unknown);
  try {
    app.parse(count, values);
  } catch (const CLI::ParseError& error) {
    int code = app.exit(error);
    return code == 0 ? Exit::done : Exit::usage;  // --help, --version
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
