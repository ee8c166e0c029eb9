#include <algorithm>
#include <filesystem>
#include <memory>

#include "commands/commands.hpp"
#include "context_file.hpp"
#include "output/table.hpp"
#include "output/text.hpp"

namespace netweave::cli {
namespace {

struct ConfigArguments {
  std::string name;
  std::string output = "table";
  bool current = false;
  bool raw = false;
  std::vector<std::string> unset;
};

Error no_context(const std::string& name, const ContextFile& file) {
  std::string there;
  for (const Context& context : file.contexts) there += (there.empty() ? "" : ", ") + context.name;
  return make_error(ErrorKind::not_found, "there is no context \"" + name + "\"" +
                                              (there.empty() ? "; there are none yet: netweave config set-context NAME"
                                                             : "; there are " + there));
}

Result<ContextFile> read(Session& session) {
  std::string warning;
  auto file = read_contexts(session.contexts_file(), warning);
  if (!warning.empty()) std::fprintf(stderr, "warning: %s\n", warning.c_str());
  return file;
}

int get_contexts(const ConfigArguments& arguments, Session& session) {
  auto file = read(session);
  if (!file) return report(file.error());
  if (arguments.output == "name") {
    for (const Context& context : file->contexts) Session::write(printable(context.name) + "\n");
    return Exit::done;
  }
  Table table({"CURRENT", "NAME", "SERVER", "CREDENTIAL"});
  for (const Context& context : file->contexts) {
    bool token = !context.token.empty() || !context.token_file.empty();
    table.add({context.name == file->current ? "*" : "", context.name, context.server,
               !context.certificate.empty() ? "certificate"
               : token                      ? "token"
                                            : "<none>"});
  }
  Session::write(table.take_text(true));
  return Exit::done;
}

int current_context(Session& session) {
  auto file = read(session);
  if (!file) return report(file.error());
  if (file->current.empty())
    return report(make_error(ErrorKind::not_found, "there is no current context: netweave config use-context NAME"));
  Session::write(printable(file->current) + "\n");
  return Exit::done;
}

int view(const ConfigArguments& arguments, Session& session) {
  auto file = read(session);
  if (!file) return report(file.error());
  Session::write(print_contexts(*file, !arguments.raw));
  return Exit::done;
}

int use_context(const ConfigArguments& arguments, Session& session) {
  auto changed = change_contexts(session.contexts_file(), [&](ContextFile& file) -> Result<void> {
    if (file.find(arguments.name) == nullptr) return no_context(arguments.name, file);
    file.current = arguments.name;
    return {};
  });
  if (!changed) return report(changed.error());
  Session::write("switched to context \"" + arguments.name + "\"\n");
  return Exit::done;
}

int delete_context(const ConfigArguments& arguments, Session& session) {
  bool was_current = false;
  auto changed = change_contexts(session.contexts_file(), [&](ContextFile& file) -> Result<void> {
    if (file.find(arguments.name) == nullptr) return no_context(arguments.name, file);
    std::erase_if(file.contexts, [&](const Context& context) { return context.name == arguments.name; });
    was_current = file.current == arguments.name;
    if (was_current) file.current.clear();
    return {};
  });
  if (!changed) return report(changed.error());
  Session::write("deleted context \"" + arguments.name + "\"\n");
  if (was_current) std::fputs("warning: it was the current one: netweave config use-context NAME\n", stderr);
  return Exit::done;
}

/// Sets what flags gave, and empties what --unset names.
Result<void> change(Context& context, const ConfigArguments& arguments, const Context& flags) {
  for (const ContextKey& key : context_keys) {
    const std::string& value = flags.*key.member;
    if (value.empty()) continue;
    context.*key.member = key.file ? std::filesystem::absolute(value).lexically_normal().string() : value;
  }
  if (!flags.token.empty()) context.token_file.clear();
  if (!flags.token_file.empty()) context.token.clear();
  for (const std::string& name : arguments.unset) {
    auto key = std::find_if(context_keys.begin(), context_keys.end(),
                            [&](const ContextKey& candidate) { return candidate.name == name; });
    if (key == context_keys.end()) return usage_error("--unset: a context has no \"" + name + "\"");
    (context.*(key->member)).clear();
  }
  Error error = usage_error("the context \"" + context.name + "\" can't be so");
  error.faults = check_context(context);
  if (context.server.empty()) error.faults.push_back({"server", "is missing: give --server URL"});
  if (!error.faults.empty()) return error;
  return {};
}

int set_context(const ConfigArguments& arguments, Session& session) {
  if (arguments.name.empty() != arguments.current)
    return report(usage_error("name the context, or say --current for the current one"));
  std::string name = arguments.name;
  bool made = false, taken = false;
  auto changed = change_contexts(session.contexts_file(), [&](ContextFile& file) -> Result<void> {
    if (arguments.current) name = file.current;
    if (name.empty()) return make_error(ErrorKind::not_found, "there is no current context");
    made = file.find(name) == nullptr;
    if (made) {
      file.contexts.emplace_back();
      file.contexts.back().name = name;
    }
    if (auto good = change(*file.find(name), arguments, session.wanted.flags); !good) return good;
    taken = file.current.empty();
    if (taken) file.current = name;
    return {};
  });
  if (!changed) return report(changed.error());
  Session::write("context \"" + name + "\" " + (made ? "created" : "modified") + (taken ? ", and current" : "") + "\n");
  return Exit::done;
}

CLI::App* add(CLI::App& config, const char* name, const char* doc, const std::shared_ptr<ConfigArguments>& arguments,
              Session& session, int (*run)(const ConfigArguments&, Session&)) {
  CLI::App* command = config.add_subcommand(name, doc);
  command->callback(
      [arguments, &session, run] { session.run = [arguments, &session, run] { return run(*arguments, session); }; });
  return command;
}

}  // namespace

void add_config(CLI::App& app, Session& session) {
  CLI::App* config = app.add_subcommand("config", "the contexts: which gateways there are, and how they are reached");
  config->require_subcommand(1);
  auto arguments = std::make_shared<ConfigArguments>();
  auto named = [&](CLI::App* command) {
    return command->add_option("NAME", arguments->name, "the context")->type_name("CONTEXT");
  };
  CLI::App* get = add(*config, "get-contexts", "list the contexts", arguments, session, get_contexts);
  add_choice(*get, "-o,--output", arguments->output, "table|name", "how to print");
  add(*config, "current-context", "print the current context's name", arguments, session,
      [](const ConfigArguments&, Session& with) { return current_context(with); });
  named(add(*config, "use-context", "make a context the current one", arguments, session, use_context))->required();
  CLI::App* set = add(*config, "set-context", "make or change a context, by the connection's flags", arguments, session,
                      set_context);
  named(set);
  set->add_flag("--current", arguments->current, "change the current context");
  add_repeated(*set, "--unset", arguments->unset, "KEY", "forget this setting of it, such as token");
  named(add(*config, "delete-context", "forget a context", arguments, session, delete_context))->required();
  CLI::App* show = add(*config, "view", "print the file, tokens left out", arguments, session, view);
  show->add_flag("--raw", arguments->raw, "tokens too");
}

}  // namespace netweave::cli
