#include <memory>

#include "commands/commands.hpp"
#include "commands/watch.hpp"
#include "output/printer.hpp"
#include "pages.hpp"
#include "targets.hpp"

namespace netweave::cli {
namespace {

/// Objects on their way to standard output.
struct Sink {
  Printer& printer;
  std::size_t shown = 0;
  int code = Exit::done;

  void fail(const Error& error, const std::string& about = {}) {
    int failed = report(error, about);
    if (code == Exit::done) code = failed;
  }
};

void get_named(Client& client, const Target& target, const ListArguments& arguments, Sink& sink) {
  std::vector<std::string> ids = target.ids;
  if (target.kind->single()) ids = {""};
  for (const std::string& id : ids) {
    auto found = fetch(client, *target.kind, id);
    if (!found && found.error().kind == ErrorKind::not_found && arguments.ignore_not_found) continue;
    if (!found) {
      sink.fail(found.error());
      if (exit_of(found.error()) == Exit::unreachable) return;
      continue;
    }
    sink.printer.object(*target.kind, found->object);
    ++sink.shown;
  }
}

void get_list(Client& client, const Target& target, const ListArguments& arguments, const Terminal& terminal,
              Sink& sink) {
  auto place = list_of(client, *target.kind, arguments.selection);
  if (!place) return sink.fail(place.error());
  Pages pages(client, place->path, place->query, arguments.paging);
  // a bar would stand among the lines of what prints as it comes
  bool held = sink.code == Exit::done && arguments.layout.format <= Format::wide;
  Progress progress(held || !terminal.output ? terminal : Terminal{}, std::string(target.kind->path));
  std::size_t seen = 0;
  while (!Session::broken()) {
    auto page = pages.next();
    if (!page) {
      progress.clear();
      return sink.fail(page.error());
    }
    if (!*page) return;
    for (const Value& object : (*page)->items) sink.printer.object(*target.kind, object);
    seen += (*page)->items.size();
    sink.shown += (*page)->items.size();
    progress.show(seen, (*page)->total);
  }
}

int run_get(const ListArguments& given, Session& session) {
  ListArguments arguments = given;
  auto targets = read_list_arguments(arguments);
  if (!targets) return report(targets.error());
  if (arguments.watch) return run_watch(arguments, *targets, session);
  auto client = session.connect();
  if (!client) return report(client.error());
  auto printer = make_printer(arguments.layout, session.terminal.colour, &Session::write);
  Sink sink{*printer};
  for (const Target& target : *targets) {
    if (target.ids.empty() && !target.kind->single())
      get_list(*client, target, arguments, session.terminal, sink);
    else
      get_named(*client, target, arguments, sink);
    if (sink.code == Exit::unreachable) return sink.code;
  }
  bool nothing = sink.shown == 0 && sink.code == Exit::done;
  if (arguments.layout.list || sink.shown > 0) printer->end();
  if (nothing && arguments.layout.format != Format::json && arguments.layout.format != Format::yaml)
    std::fputs("No resources found.\n", stderr);
  return sink.code;
}

}  // namespace

void add_get(CLI::App& app, Session& session) {
  CLI::App* get = app.add_subcommand("get", "list objects, or show some of them");
  auto arguments = std::make_shared<ListArguments>();
  add_list_options(*get, *arguments);
  get->add_flag("-w,--watch", arguments->watch, "go on with changes as they come");
  add_watch_options(*get, *arguments);
  get->callback(
      [arguments, &session] { session.run = [arguments, &session] { return run_get(*arguments, session); }; });

  CLI::App* watch = app.add_subcommand("watch", "show what there is, and changes as they come");
  auto watched = std::make_shared<ListArguments>();
  watched->watch = true;
  add_list_options(*watch, *watched);
  add_watch_options(*watch, *watched);
  watch->callback([watched, &session] { session.run = [watched, &session] { return run_get(*watched, session); }; });
}

}  // namespace netweave::cli
