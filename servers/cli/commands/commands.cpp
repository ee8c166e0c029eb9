#include "commands/commands.hpp"

#include <algorithm>

#include "netweave/version.hpp"

#include "config/text.hpp"

namespace netweave::cli {

void add_all(CLI::App& app, Session& session) {
  app.require_subcommand(1);
  app.set_version_flag("--version", "netweave " + std::string(netweave::version()));
  app.footer(
      "Kinds: resourcePools (pool), resources (res), resourceTypes (rt), deploymentManagers (dm),\n"
      "subscriptions (sub), oCloudInfrastructure (ocloud), features, tenants.\n"
      "Exit codes: 0 done, 1 the server refused, 2 wrong arguments, 3 not found, 4 no connection,\n"
      "5 no answer in time, 6 changed meanwhile (--if-match).");
  add_connection(app, session);
  for (auto add :
       {add_get, add_describe, add_create, add_patch, add_delete, add_api, add_config, add_version, add_completion})
    add(app, session);
  for (CLI::App* command : app.get_subcommands({})) {
    command->fallthrough();
    for (CLI::App* below : command->get_subcommands({})) below->fallthrough();
  }
}

void add_connection(CLI::App& app, Session& session) {
  constexpr const char* group = "Connection";
  app.add_option("--context", session.wanted.flags.name, "the context to use (NETWEAVE_CONTEXT)")
      ->type_name("CONTEXT")
      ->group(group);
  app.add_option("--config", session.config_flag, "file of contexts (NETWEAVE_CONFIG; ~/.config/netweave/config.yaml)")
      ->type_name("FILE")
      ->group(group);
  for (const ContextKey& key : context_keys) {
    std::string names = "--" + std::string(key.name) + (key.other.empty() ? "" : "," + std::string(key.other));
    std::string& into = session.wanted.flags.*key.member;
    CLI::Option* option = nullptr;
    if (key.type.empty())
      option = app.add_flag_callback(
          names, [&into] { into = "true"; }, std::string(key.doc));
    else
      option = app.add_option(names, into, std::string(key.doc))->type_name(std::string(key.type));
    option->group(group);
  }
}

CLI::Option* add_choice(CLI::App& app, const std::string& names, std::string& into, std::string_view type,
                        const std::string& doc) {
  auto check = [words = std::string(type)](const std::string& value) {
    auto choices = config::split_choices(words);
    bool known = std::find(choices.begin(), choices.end(), value) != choices.end();
    return known ? std::string() : "must be one of " + words + ", is \"" + value + "\"";
  };
  CLI::Option* option = app.add_option(names, into, doc)->type_name(std::string(type));
  return option->check(check, "");
}

CLI::Option* add_repeated(CLI::App& app, const std::string& names, std::vector<std::string>& into,
                          const std::string& type, const std::string& doc) {
  return app.add_option(names, into, doc)->type_name(type)->type_size(1)->allow_extra_args(false);
}

void add_targets(CLI::App& app, std::vector<std::string>& words, bool required) {
  app.add_option("KIND", words, "a kind and ids of it, or KIND/ID")->type_name("ID")->required(required);
}

void add_duration(CLI::App& app, const std::string& name, std::chrono::milliseconds& into, const std::string& doc) {
  auto read = [&into](const std::string& text) {
    auto duration = config::parse_duration(text);
    if (!duration || *duration <= 0)
      throw CLI::ValidationError("must be a duration such as 500ms, 10s or 5m, is \"" + text + "\"");
    into = std::chrono::milliseconds(*duration);
  };
  app.add_option_function<std::string>(name, read, doc)
      ->type_name("DURATION")
      ->default_str(config::format_duration(into.count()));
}

}  // namespace netweave::cli
