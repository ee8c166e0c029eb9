#include <cstdio>
#include <string>
#include <utility>

#include <CLI/CLI.hpp>
#include <unistd.h>

#include "netweave/config.hpp"
#include "netweave/gateway.hpp"
#include "netweave/version.hpp"

#include "copies.hpp"
#include "engine.hpp"
#include "serve.hpp"

extern char** environ;

namespace {

using netweave::AdapterConfig;
using netweave::LoadedConfig;
using netweave::gateway::Exit;

struct Arguments {
  std::string config;
  std::string kubeconfig;
  bool check = false;
  bool print = false;
  bool describe = false;
  std::string backup;  ///< files
  std::string restore;
};

std::map<std::string, std::string> variables() {
  std::map<std::string, std::string> variables;
  for (char** entry = environ; entry && *entry; ++entry) {
    std::string_view text(*entry);
    std::size_t sign = text.find('=');
    if (sign != std::string_view::npos) variables.emplace(text.substr(0, sign), text.substr(sign + 1));
  }
  return variables;
}

/// Stands a Kubernetes adapter on that file in place of the simulator; other adapters stay.
void add_kubernetes(netweave::Config& config, const std::string& file) {
  std::erase_if(config.adapters, [](const AdapterConfig& adapter) { return adapter.type == "simulator"; });
  AdapterConfig adapter;
  adapter.name = "kubernetes";
  adapter.type = "kubernetes";
  adapter.config["kubeconfig"] = file;
  config.adapters.insert(config.adapters.begin(), std::move(adapter));
}

/// The configuration with what the arguments say of it.
netweave::Result<LoadedConfig> load(const Arguments& arguments, const netweave::ConfigSource& source) {
  auto loaded = netweave::load_config(source);
  if (!loaded || arguments.kubeconfig.empty()) return loaded;
  add_kubernetes(loaded->config, arguments.kubeconfig);
  netweave::Error error = netweave::make_error(netweave::ErrorKind::invalid, "--kubeconfig");
  error.faults = loaded->config.validate();
  if (!error.faults.empty()) return error;
  return loaded;
}

int run(const Arguments& arguments) {
  if (arguments.describe) {
    std::fputs(netweave::describe_config().c_str(), stdout);
    return Exit::stopped;
  }
  netweave::ConfigSource source;
  source.file = arguments.config;
  source.environment = variables();
  auto loaded = load(arguments, source);
  if (!loaded) return netweave::gateway::report_faults(loaded.error());
  if (!arguments.backup.empty()) return netweave::gateway::back_up(*loaded, arguments.backup);
  if (!arguments.restore.empty()) return netweave::gateway::restore(*loaded, arguments.restore);
  if (!arguments.check && !arguments.print)
    return netweave::gateway::serve(*loaded, [&] { return load(arguments, source); });
  if (arguments.check) {
    if (auto checked = netweave::gateway::check_engine(loaded->config); !checked)
      return netweave::gateway::report_faults(checked.error());
    if (auto checked = netweave::Gateway::check(loaded->config); !checked)
      return netweave::gateway::report_faults(checked.error());
  }
  for (const std::string& warning : loaded->warnings) std::fprintf(stderr, "warning: %s\n", warning.c_str());
  if (arguments.print)
    std::fputs(netweave::print_config(loaded->config).c_str(), stdout);
  else
    std::printf("%s: no faults\n", loaded->file.empty() ? "built-in defaults" : loaded->file.c_str());
  return Exit::stopped;
}

}  // namespace

int main(int count, char** values) {
  Arguments arguments;
  CLI::App app("The O-RAN O2 gateway.", "netweave-gateway");
  app.add_option("--config", arguments.config, "YAML file; else NETWEAVE_CONFIG, config/, /etc/netweave/, the defaults")
      ->type_name("FILE");
  app.add_option("--kubeconfig", arguments.kubeconfig, "serve this cluster in place of the simulator")
      ->type_name("FILE");
  app.add_flag("--check-config", arguments.check, "check the configuration and end");
  app.add_flag("--print-config", arguments.print, "print the effective configuration, secrets masked, and end");
  app.add_flag("--describe-config", arguments.describe)->group("");  // for docs/configuration.md
  CLI::App* backup = app.add_subcommand("backup", "copy the store to a file, while gateways run, and end");
  backup->add_option("FILE", arguments.backup, "made; must not be there")->required();
  CLI::App* restore = app.add_subcommand("restore", "make the store, which must be empty, of a backup, and end");
  restore->add_option("FILE", arguments.restore, "that `backup` wrote")->required();
  for (CLI::App* command : {backup, restore}) command->fallthrough();
  app.require_subcommand(0, 1);
  app.set_version_flag("--version", "netweave-gateway " + std::string(netweave::version()));
  app.footer(
      "Exit codes: 0 stopped by a signal or done, 64 wrong arguments, 69 a store or a port can't be had, 78 "
      "configuration.");
  try {
    app.parse(count, values);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);  // --help, --version
    app.exit(error);
    return Exit::usage;
  }
  return run(arguments);
}
