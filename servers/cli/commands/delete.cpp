#include <algorithm>
#include <memory>
#include <thread>

#include "commands/commands.hpp"
#include "config/text.hpp"
#include "manifest.hpp"
#include "output/text.hpp"
#include "targets.hpp"

namespace netweave::cli {
namespace {

struct DeleteArguments {
  std::vector<std::string> words;
  std::vector<std::string> files;
  std::string if_match;
  std::string output = "text";
  bool wait = false;
  bool ignore_not_found = false;
  std::chrono::milliseconds timeout{60000};
};

using Steady = std::chrono::steady_clock;

Result<std::vector<Target>> from_files(const DeleteArguments& arguments) {
  const Kind* given = nullptr;
  if (arguments.words.size() > 1) return usage_error("give ids, or files with -f, not both");
  if (!arguments.words.empty()) {
    auto kind = find_kind(arguments.words[0]);
    if (!kind) return std::move(kind).error();
    given = *kind;
  }
  auto documents = read_manifests(arguments.files, given);
  if (!documents) return std::move(documents).error();
  std::vector<Target> targets;
  for (const Document& document : *documents) {
    if (document.kind->single() || document.id().empty())
      return usage_error(document.where + " names no object: it needs " +
                         std::string(document.kind->single() ? "another kind" : document.kind->id));
    targets.push_back({document.kind, {document.id()}});
  }
  return targets;
}

Result<void> send_delete(Client& client, const Kind& kind, const std::string& id, const std::string& if_match) {
  auto path = object_path(client, kind, id);
  if (!path) return std::move(path).error();
  Call call;
  call.method = "DELETE";
  call.path = *path;
  if (!if_match.empty()) call.headers.emplace_back("If-Match", entity_tag(if_match));
  auto response = client.send(call);
  if (!response) return std::move(response).error();
  return {};
}

/// Returns once the object is no longer there.
Result<void> wait_gone(Client& client, const Kind& kind, const std::string& id, std::chrono::milliseconds timeout,
                       const Terminal& terminal) {
  constexpr std::chrono::milliseconds longest{1000};
  std::string name = kind.reference_to(id);
  Progress progress(terminal, "waiting for " + printable(name) + " to go");
  auto end = Steady::now() + timeout;
  for (std::chrono::milliseconds pause{50};; pause = std::min(pause * 2, longest)) {
    auto found = fetch(client, kind, id);
    if (!found && found.error().kind == ErrorKind::not_found) return {};
    if (!found) return std::move(found).error();
    if (Steady::now() + pause > end)
      return make_error(ErrorKind::timeout, name + " is still there after " + config::format_duration(timeout.count()));
    progress.show(0, 0);
    std::this_thread::sleep_for(pause);
  }
}

int remove_one(Client& client, const Kind& kind, const std::string& id, const DeleteArguments& arguments,
               const Terminal& terminal) {
  auto removed = send_delete(client, kind, id, arguments.if_match);
  if (!removed && removed.error().kind == ErrorKind::not_found && arguments.ignore_not_found) return Exit::done;
  if (removed && arguments.wait) removed = wait_gone(client, kind, id, arguments.timeout, terminal);
  if (!removed) return report(removed.error(), removed.error().from_backend ? kind.reference_to(id) : "");
  Session::write(printable(kind.reference_to(id)) + (arguments.output == "name" ? "\n" : " deleted\n"));
  return Exit::done;
}

int run_delete(const DeleteArguments& arguments, Session& session) {
  auto targets = arguments.files.empty() ? read_named(arguments.words) : from_files(arguments);
  if (!targets) return report(targets.error());
  std::size_t count = 0;
  for (const Target& target : *targets) count += target.ids.size();
  if (!arguments.if_match.empty() && count > 1)
    return report(usage_error("--if-match is one object's, and there are " + std::to_string(count)));
  auto client = session.connect();
  if (!client) return report(client.error());
  int code = Exit::done;
  for (const Target& target : *targets)
    for (const std::string& id : target.ids) {
      int failed = remove_one(*client, *target.kind, id, arguments, session.terminal);
      if (code == Exit::done) code = failed;
      if (failed == Exit::unreachable) return code;
    }
  return code;
}

}  // namespace

void add_delete(CLI::App& app, Session& session) {
  CLI::App* command = app.add_subcommand("delete", "remove objects");
  auto arguments = std::make_shared<DeleteArguments>();
  add_targets(*command, arguments->words, false);
  add_repeated(*command, "-f,--filename", arguments->files, "FILE", "remove what the file describes");
  command->add_option("--if-match", arguments->if_match, "only if the object still has this ETag")->type_name("ETAG");
  command->add_flag("--ignore-not-found", arguments->ignore_not_found, "what is not there is no error");
  command->add_flag("--wait", arguments->wait, "return once they are gone");
  add_duration(*command, "--timeout", arguments->timeout, "of --wait, for each object");
  add_choice(*command, "-o,--output", arguments->output, "text|name", "how to print what is gone");
  command->callback(
      [arguments, &session] { session.run = [arguments, &session] { return run_delete(*arguments, session); }; });
}

}  // namespace netweave::cli
