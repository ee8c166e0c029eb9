#include "netweave/version.hpp"

#include <memory>

#include "commands/commands.hpp"
#include "output/text.hpp"
#include "output/yaml.hpp"

namespace netweave::cli {
namespace {

struct VersionArguments {
  bool client = false;
  std::string output = "text";
};

void print(const Value& versions, const std::string& output) {
  if (output == "json") return Session::write(to_pretty_json(versions) + "\n");
  if (output == "yaml") return Session::write(to_yaml(versions));
  Session::write("Client: " + std::string(versions.at("client").as_text()) + "\n");
  if (const Value* server = versions.find("server"))
    Session::write("Server: " + printable(server->at("version").as_text()) + " (API " +
                   printable(server->at("api").as_text()) + ", " + printable(server->at("address").as_text()) + ")\n");
}

/// The gateway's own word on itself.
Result<Value> ask(Session& session) {
  auto client = session.connect();
  if (!client) return std::move(client).error();
  auto path = client->path_of("features");
  if (!path) return std::move(path).error();
  auto features = client->get(*path);
  if (!features) return std::move(features).error();
  Value server = Value::object();
  server["address"] = client->server();
  server["version"] = features->at("version");
  server["api"] = "v" + std::to_string(client->version().value_or(1));
  return server;
}

int run_version(const VersionArguments& arguments, Session& session) {
  Value versions = Value::object();
  versions["client"] = version();
  if (arguments.client) {
    print(versions, arguments.output);
    return Exit::done;
  }
  auto server = ask(session);
  if (server) versions["server"] = *server;
  print(versions, arguments.output);
  return server ? static_cast<int>(Exit::done) : report(server.error());
}

}  // namespace

void add_version(CLI::App& app, Session& session) {
  CLI::App* command = app.add_subcommand("version", "the versions of this client and of the gateway");
  auto arguments = std::make_shared<VersionArguments>();
  command->add_flag("--client", arguments->client, "this client's alone");
  add_choice(*command, "-o,--output", arguments->output, "text|json|yaml", "how to print");
  command->callback(
      [arguments, &session] { session.run = [arguments, &session] { return run_version(*arguments, session); }; });
}

}  // namespace netweave::cli
