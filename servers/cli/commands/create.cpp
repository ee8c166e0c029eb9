#include <memory>

#include "base/ids.hpp"
#include "commands/commands.hpp"
#include "manifest.hpp"
#include "output/printer.hpp"
#include "output/text.hpp"
#include "targets.hpp"

namespace netweave::cli {
namespace {

struct CreateArguments {
  std::string kind;
  std::vector<std::string> files;
  std::string output = "text";
  std::string dry_run = "none";
  std::string key;
  std::string adapter;
};

/// A subscription's secret is told once, by this answer.
void tell_secret(const Document& document, const Value& made) {
  const Value& secret = made.at("security").at("secret");
  if (document.body.find("security") != nullptr || !secret.is_text()) return;
  std::fprintf(stderr, "the secret that signs its notifications, told this once: %s\n",
               printable(secret.as_text()).c_str());
}

/// The print of what was made, as -o says.
class Outcome {
 public:
  Outcome(const std::string& output, bool list) : text_(output == "text") {
    Layout layout;
    layout.list = list;
    layout.format = find_format(text_ ? "name" : output).value_or(Format::name);
    printer_ = make_printer(layout, false, &Session::write);
  }
  void made(const Document& document, const Value& object, const char* how) {
    ++count_;
    if (!text_) return printer_->object(*document.kind, object);
    Session::write(printable(document.kind->reference(object)) + " " + how + "\n");
  }
  void end() {
    if (count_ > 0) printer_->end();
  }

 private:
  bool text_;
  std::size_t count_ = 0;
  std::unique_ptr<Printer> printer_;
};

Result<Value> post(Client& client, const Document& document, const std::string& key, const std::string& adapter) {
  auto path = object_path(client, *document.kind);
  if (!path) return std::move(path).error();
  Call call;
  call.method = "POST";
  call.path = *path;
  call.body = document.body.to_json();
  call.headers = {{"Content-Type", "application/json"}, {"Idempotency-Key", key}};
  if (!adapter.empty()) call.headers.emplace_back("X-Netweave-Adapter", adapter);
  auto response = client.send(call);
  if (response) return json_of(*response, call);
  Error error = std::move(response).error();
  if (error.kind == ErrorKind::timeout && !error.from_backend)
    error.message += "; the same command with --idempotency-key " + key + " makes nothing twice";
  return error;
}

int run_create(const CreateArguments& arguments, Session& session) {
  const Kind* given = nullptr;
  if (!arguments.kind.empty()) {
    auto kind = find_kind(arguments.kind);
    if (!kind) return report(kind.error());
    given = *kind;
  }
  auto documents = read_manifests(arguments.files, given);
  if (!documents) return report(documents.error());
  if (!arguments.key.empty() && documents->size() > 1)
    return report(
        usage_error("--idempotency-key is for one object, and there are " + std::to_string(documents->size())));
  Outcome outcome(arguments.output, documents->size() > 1);
  if (arguments.dry_run == "client") {
    for (const Document& document : *documents) outcome.made(document, document.body, "created (dry run)");
    outcome.end();
    return Exit::done;
  }
  auto client = session.connect();
  if (!client) return report(client.error());
  int code = Exit::done;
  for (const Document& document : *documents) {
    auto made = post(*client, document, arguments.key.empty() ? make_uuid() : arguments.key, arguments.adapter);
    if (made) {
      outcome.made(document, *made, "created");
      tell_secret(document, *made);
      continue;
    }
    int failed = report(made.error(), document.where);
    if (code == Exit::done) code = failed;
    if (failed == Exit::unreachable) break;
  }
  outcome.end();
  return code;
}

}  // namespace

void add_create(CLI::App& app, Session& session) {
  CLI::App* command = app.add_subcommand("create", "make the objects that a file describes");
  auto arguments = std::make_shared<CreateArguments>();
  command->add_option("KIND", arguments->kind, "of objects without a member kind")->type_name("KIND");
  add_repeated(*command, "-f,--filename", arguments->files, "FILE",
               "JSON or YAML, several objects perhaps; - is standard input")
      ->required();
  add_choice(*command, "-o,--output", arguments->output, "text|json|yaml|name", "how to print what was made");
  add_choice(*command, "--dry-run", arguments->dry_run, "none|client", "client: read and print, send nothing");
  command->add_option("--idempotency-key", arguments->key, "the request's own name: sent twice, it makes one object")
      ->type_name("KEY");
  command->add_option("--adapter", arguments->adapter, "the adapter that a new pool goes to")->type_name("NAME");
  command->callback(
      [arguments, &session] { session.run = [arguments, &session] { return run_create(*arguments, session); }; });
}

}  // namespace netweave::cli
