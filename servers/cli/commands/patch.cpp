#include <memory>

#include "commands/commands.hpp"
#include "manifest.hpp"
#include "output/printer.hpp"
#include "output/text.hpp"
#include "targets.hpp"

namespace netweave::cli {
namespace {

constexpr int tries = 3;  // of read, merge and put, where another writes meanwhile

struct PatchArguments {
  std::vector<std::string> words;
  std::string patch;
  std::string file;
  std::string if_match;
  std::string output = "text";
  std::string type = "merge";
};

Result<Value> read_patch(const PatchArguments& arguments) {
  if (arguments.patch.empty() == arguments.file.empty())
    return usage_error("give the patch with -p '{...}' or --patch-file FILE");
  std::string name = arguments.patch.empty() ? arguments.file : "the patch";
  auto text = arguments.patch.empty() ? read_file(arguments.file) : Result<std::string>(arguments.patch);
  if (!text) return std::move(text).error();
  auto values = read_values(*text, name);
  if (!values) return std::move(values).error();
  if (values->size() != 1 || !values->front().is_object())
    return usage_error(name + " must be one object, such as {\"description\": \"edge\"}");
  return std::move(values->front());
}

Result<Value> answer_of(Client& client, const Call& call) {
  auto response = client.send(call);
  if (!response) return std::move(response).error();
  return json_of(*response, call);
}

Result<Value> send_patch(Client& client, const Kind& kind, const std::string& id, const Value& patch,
                         const std::string& if_match) {
  auto path = object_path(client, kind, id);
  if (!path) return std::move(path).error();
  Call call;
  call.method = "PATCH";
  call.path = *path;
  call.body = patch.to_json();
  call.headers = {{"Content-Type", "application/merge-patch+json"}};
  if (!if_match.empty()) call.headers.emplace_back("If-Match", entity_tag(if_match));
  return answer_of(client, call);
}

/// A kind without PATCH is read, merged here and put, on condition that nobody wrote in between.
Result<Value> put_merged(Client& client, const Kind& kind, const std::string& id, const Value& patch,
                         const std::string& if_match) {
  for (int attempt = 1;; ++attempt) {
    auto now = fetch(client, kind, id);
    if (!now) return std::move(now).error();
    for (std::string_view member : words_of(kind.read_only)) now->object.erase(member);
    merge_patch(now->object, patch);
    auto path = object_path(client, kind, id);
    if (!path) return std::move(path).error();
    Call call;
    call.method = "PUT";
    call.path = *path;
    call.body = now->object.to_json();
    call.headers = {{"Content-Type", "application/json"}};
    std::string tag = if_match.empty() ? now->etag : entity_tag(if_match);
    if (!tag.empty()) call.headers.emplace_back("If-Match", tag);
    auto answer = answer_of(client, call);
    bool again = !answer && answer.error().kind == ErrorKind::precondition && if_match.empty() && attempt < tries;
    if (!again) return answer;
  }
}

int run_patch(const PatchArguments& arguments, Session& session) {
  auto targets = read_named(arguments.words);
  if (!targets) return report(targets.error());
  const Target& target = targets->front();
  if (targets->size() > 1 || target.ids.size() > 1) return report(usage_error("patch changes one object"));
  auto patch = read_patch(arguments);
  if (!patch) return report(patch.error());
  auto client = session.connect();
  if (!client) return report(client.error());
  auto change = target.kind->put ? put_merged : send_patch;
  auto changed = change(*client, *target.kind, target.ids[0], *patch, arguments.if_match);
  if (!changed) return report(changed.error());
  if (arguments.output == "text") {
    Session::write(printable(target.kind->reference_to(target.ids[0])) + " patched\n");
    return Exit::done;
  }
  Layout layout;
  layout.list = false;
  layout.format = find_format(arguments.output).value_or(Format::name);
  auto printer = make_printer(layout, false, &Session::write);
  printer->object(*target.kind, *changed);
  printer->end();
  return Exit::done;
}

}  // namespace

void add_patch(CLI::App& app, Session& session) {
  CLI::App* command = app.add_subcommand("patch", "change members of an object (JSON merge patch, RFC 7396)");
  auto arguments = std::make_shared<PatchArguments>();
  add_targets(*command, arguments->words, true);
  command->add_option("-p,--patch", arguments->patch, "the patch, JSON or YAML; null removes a member")
      ->type_name("PATCH");
  command->add_option("--patch-file", arguments->file, "the same in a file; - is standard input")->type_name("FILE");
  add_choice(*command, "--type", arguments->type, "merge", "of patch");
  command->add_option("--if-match", arguments->if_match, "only if the object still has this ETag (describe shows it)")
      ->type_name("ETAG");
  add_choice(*command, "-o,--output", arguments->output, "text|json|yaml|name", "how to print what became of it");
  command->callback(
      [arguments, &session] { session.run = [arguments, &session] { return run_patch(*arguments, session); }; });
}

}  // namespace netweave::cli
