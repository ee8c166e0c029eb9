#include "commands/watch.hpp"

#include <cstdio>
#include <thread>

#include "config/text.hpp"
#include "follower.hpp"
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

namespace {

/// A watch of one kind or object: what there is, then what changes, told by the gateway where it can, else looked for.
class Watching {
 public:
  Watching(const ListArguments& arguments, const Target& target, Client& client, const Place& place,
           const std::string& unordered, const Session& session)
      : arguments_(arguments),
        kind_(*target.kind),
        id_(target.ids.empty() ? std::string() : target.ids.front()),
        told_(!kind_.single()),
        lookout_(client, kind_, id_.empty() ? place.path : place.path + "/" + path_segment(id_), place.query, id_),
        // one object is watched as the list that it makes, from the first page of that on
        list_(client, kind_, place.path, of_one(unordered), ""),
        follower_(client, place.path, of_one(unordered)),
        printer_(make_printer(arguments.layout, session.terminal.colour, &Session::write)) {}

  int run() {
    for (bool first = true;; first = false) {
      Lookout& lookout = told_ && !id_.empty() ? list_ : lookout_;
      auto changes = lookout.look();
      if (!changes && first && !id_.empty() && told_ && !passes(changes.error())) {
        stop_following(changes.error().message);
        changes = lookout_.look();
      }
      if (!changes && (first || !passes(changes.error()))) return report(changes.error());
      if (!changes) warn(changes.error());
      lost_ = !changes;
      if (changes && !(first && arguments_.changes_only)) show(*changes);
      if (finish_round()) return Exit::done;
      if (changes && told_ && !follow(lookout)) return Exit::done;
      std::this_thread::sleep_for(arguments_.interval);
    }
  }

 private:
  [[nodiscard]] std::string of_one(const std::string& query) const {
    if (id_.empty()) return query;
    return query + (query.empty() ? "" : "&") + path_segment(std::string(kind_.id) + "[eq]") + "=" + path_segment(id_);
  }

  void warn(const Error& error) {
    if (!lost_) std::fprintf(stderr, "warning: %s; trying again\n", error.message.c_str());
  }

  /// As many as are wanted.
  void show(const std::vector<Change>& changes) {
    for (const Change& change : changes) {
      printer_->event(change.event, kind_, change.object);
      if (++shown_ == arguments_.events) return;
    }
  }

  /// True: nobody wants more.
  bool finish_round() {
    printer_->flush();
    std::fflush(stdout);
    return Session::broken() || (arguments_.events > 0 && shown_ >= arguments_.events);
  }

  /// Has the gateway tell what changes, over lost connections. True: it must be looked again; false: no more is wanted.
  bool follow(Lookout& lookout) {
    std::string revision = lookout.revision();
    if (revision.empty()) return stop_following("it has no watches");
    while (true) {
      bool ended = false;
      auto followed = follower_.follow(revision, [&](std::string_view type, const Value& object) {
        lost_ = false;
        if (auto change = lookout.take(type, object)) show({*change});
        ended = finish_round();
        return !ended;
      });
      if (ended) return false;
      if (!followed) {
        const Error& error = followed.error();
        if (error.code == "Gone") return true;
        if (error.from_backend && !passes(error)) return stop_following(error.message);
        warn(error);
        lost_ = true;
      }
      std::this_thread::sleep_for(arguments_.interval);
    }
  }

  bool stop_following(const std::string& why) {
    std::fprintf(stderr, "warning: this watch can't be told by the gateway (%s): looking for changes each %s\n",
                 why.c_str(), config::format_duration(arguments_.interval.count()).c_str());
    told_ = false;
    return true;
  }

  const ListArguments& arguments_;
  const Kind& kind_;
  const std::string id_;
  bool told_;
  Lookout lookout_;
  Lookout list_;
  Follower follower_;
  std::unique_ptr<Printer> printer_;
  std::size_t shown_ = 0;
  bool lost_ = false;
};

}  // namespace

int run_watch(const ListArguments& arguments, const std::vector<Target>& targets, Session& session) {
  auto client = session.connect();
  if (!client) return report(client.error());
  const Target& target = targets.front();
  auto place = list_of(*client, *target.kind, arguments.selection);
  if (!place) return report(place.error());
  Selection unordered = arguments.selection;  // changes come in the order that they are made in
  unordered.sort_by.clear();
  auto same = list_of(*client, *target.kind, unordered);
  if (!same) return report(same.error());
  return Watching(arguments, target, *client, *place, same->query, session).run();
}

}  // namespace netweave::cli
