#include "commands/watch.hpp"

#include <cstdio>
#include <thread>

#include "config/text.hpp"
#include "lookout.hpp"

namespace netweave::cli {
namespace {

Result<std::optional<std::size_t>> read_count(const std::string& text, const char* flag) {
  if (text.empty()) return std::optional<std::size_t>();
  auto number = config::parse_integer(text);
  if (!number || *number < 1)
    return usage_error(std::string(flag) + " must be a whole number from 1, is \"" + text + "\"");
  return std::optional<std::size_t>(static_cast<std::size_t>(*number));
}

Result<void> check_watch(const ListArguments& arguments, const std::vector<Target>& targets) {
  if (!arguments.watch) return {};
  if (targets.size() > 1 || targets[0].ids.size() > 1) return usage_error("watch takes one kind, or one object");
  if (arguments.paging.limit) return usage_error("--limit goes without watching: changes have no end");
  return {};
}

/// What passes by itself: the gateway is asked again.
bool passes(const Error& error) {
  if (error.kind == ErrorKind::unavailable || error.kind == ErrorKind::timeout) return true;
  return error.from_backend && (error.kind == ErrorKind::internal || error.code == "RateLimited");
}

}  // namespace

void add_list_options(CLI::App& command, ListArguments& arguments) {
  add_targets(command, arguments.words, true);
  add_choice(command, "-o,--output", arguments.output, formats, "how to print");
  add_repeated(command, "-l,--selector", arguments.selection.labels, "LABELS", "labels: k=v,k2!=v2,k3 in (a,b)");
  add_repeated(command, "--filter", arguments.selection.filters, "CONDITION",
               "'field[op]=value' with op eq, ne, gt, gte, lt, lte, contains, regex, in, nin");
  add_repeated(command, "--field-selector", arguments.selection.field_selectors, "FIELDS", "field=value,field!=value");
  add_repeated(command, "--sort-by", arguments.selection.sort_by, "FIELD",
               "field to sort by; -field: the largest first");
  command.add_option("--limit", arguments.limit, "so many objects at most")->type_name("N");
  command.add_option("--chunk-size", arguments.chunk, "objects a request")->type_name("N");
  command.add_flag("--no-headers", arguments.no_headers, "no line with the names of the columns");
  command.add_flag("--show-labels", arguments.layout.labels, "a column with all labels");
  add_repeated(command, "-L,--label-columns", arguments.layout.label_columns, "LABEL", "a column for that label");
  command.add_flag("--ignore-not-found", arguments.ignore_not_found, "what is not there is no error");
}

void add_watch_options(CLI::App& command, ListArguments& arguments) {
  add_duration(command, "--interval", arguments.interval, "between two looks for changes");
  command.add_flag("--watch-only", arguments.changes_only, "leave out what is there at the beginning");
  command.add_option("--events", arguments.events, "end after so many events")->type_name("N");
}

Result<std::vector<Target>> read_list_arguments(ListArguments& arguments) {
  auto targets = read_targets(arguments.words);
  if (!targets) return targets;
  auto format = find_format(arguments.output);
  if (!format) return std::move(format).error();
  auto limit = read_count(arguments.limit, "--limit");
  if (!limit) return std::move(limit).error();
  auto chunk = read_count(arguments.chunk, "--chunk-size");
  if (!chunk) return std::move(chunk).error();
  const Selection& selection = arguments.selection;
  bool selects = !selection.filters.empty() || !selection.field_selectors.empty() || !selection.labels.empty();
  for (const Target& target : *targets)
    if (selects && (!target.ids.empty() || target.kind->single()))
      return usage_error("filters choose from a list: leave out the ids, or the filters");
  const Target& first = targets->front();
  arguments.layout.format = *format;
  arguments.layout.header = !arguments.no_headers;
  arguments.layout.list = targets->size() > 1 || (first.ids.size() != 1 && !first.kind->single());
  arguments.layout.prefixed = targets->size() > 1;
  arguments.paging.limit = *limit;
  arguments.paging.chunk = *chunk;
  if (auto good = check_watch(arguments, *targets); !good) return std::move(good).error();
  return targets;
}

Result<Place> list_of(Client& client, const Kind& kind, const Selection& selection) {
  auto version = client.version(kind.since);
  if (!version) return std::move(version).error();
  auto query = query_of(selection, kind, *version);
  if (!query) return std::move(query).error();
  auto path = object_path(client, kind);
  if (!path) return std::move(path).error();
  return Place{*path, *query};
}

int run_watch(const ListArguments& arguments, const std::vector<Target>& targets, Session& session) {
  auto client = session.connect();
  if (!client) return report(client.error());
  const Target& target = targets.front();
  std::string id = target.ids.empty() ? "" : target.ids.front();
  auto place = list_of(*client, *target.kind, arguments.selection);
  if (!place) return report(place.error());
  if (!id.empty()) place->path += "/" + path_segment(id);
  Lookout lookout(*client, *target.kind, place->path, place->query, id);
  auto printer = make_printer(arguments.layout, session.terminal.colour, &Session::write);
  std::size_t shown = 0;
  bool first = true, lost = false;
  while (true) {
    auto changes = lookout.look();
    if (!changes && (first || !passes(changes.error()))) return report(changes.error());
    if (!changes && !lost) std::fprintf(stderr, "warning: %s; trying again\n", changes.error().message.c_str());
    lost = !changes;
    if (changes && !(first && arguments.changes_only))
      for (const Change& change : *changes) {
        printer->event(change.event, *target.kind, change.object);
        if (++shown == arguments.events) break;
      }
    printer->flush();
    std::fflush(stdout);
    first = false;
    if (Session::broken() || (arguments.events > 0 && shown >= arguments.events)) return Exit::done;
    std::this_thread::sleep_for(arguments.interval);
  }
}

}  // namespace netweave::cli
