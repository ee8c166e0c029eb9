#include <algorithm>
#include <memory>

#include "base/time.hpp"
#include "commands/commands.hpp"
#include "output/text.hpp"
#include "output/yaml.hpp"
#include "pages.hpp"
#include "selection.hpp"
#include "targets.hpp"

namespace netweave::cli {
namespace {

struct Line {
  std::string title;
  Value value;
};

bool is_short(const Value& value) {
  if (value.is_object()) return value.empty();
  return std::none_of(value.as_array().begin(), value.as_array().end(),
                      [](const Value& item) { return item.is_object() || item.is_array(); });
}

std::string scalar_text(const Value& value) {
  if (!value.is_text()) return value.empty() && value.is_object() ? "<none>" : value.to_json();
  std::string text = printable(value.as_text());
  auto time = parse_rfc3339(value.as_text());
  if (!time) return text;
  auto now = to_millis(std::chrono::system_clock::now());
  auto age = std::chrono::duration_cast<std::chrono::seconds>(std::chrono::milliseconds(now - *time));
  return text + " (" + format_age(age) + " ago)";
}

/// Lines with their values in one column; what is deep stands below its title.
std::string render(const std::vector<Line>& lines) {
  std::size_t width = 0;
  for (const Line& line : lines)
    if (is_short(line.value)) width = std::max(width, line.title.size());
  std::string out;
  for (const Line& line : lines) {
    if (!is_short(line.value)) {
      out += line.title + ":\n" + printable(to_yaml(line.value, 2), true);
      continue;
    }
    std::string lead = line.title + ":" + std::string(width - line.title.size() + 2, ' ');
    if (!line.value.is_array()) {
      out += lead + scalar_text(line.value) + "\n";
      continue;
    }
    if (line.value.empty()) out += lead + "<none>\n";
    for (const Value& item : line.value.as_array()) {
      out += lead + scalar_text(item) + "\n";
      lead.assign(lead.size(), ' ');
    }
  }
  return out;
}

/// How many resources stand in a pool.
void add_count(Client& client, const std::string& pool, std::vector<Line>& lines) {
  auto path = client.path_of("resourcePools/" + path_segment(pool) + "/resources");
  if (!path) return;
  auto page = client.get(*path + "?limit=1");
  if (page) lines.push_back({"Resources", page->at("total")});
}

std::string description(Client& client, const Kind& kind, const Value& object, const std::string& etag) {
  std::vector<Line> lines = {{"Kind", Value(kind.name)}};
  for (const auto& [name, member] : object.as_object()) lines.push_back({title_of(name), member});
  if (kind.name == "ResourcePool") add_count(client, std::string(object.at(kind.id).as_text()), lines);
  if (!etag.empty()) lines.push_back({"ETag", Value(etag)});
  return render(lines);
}

class Describer {
 public:
  explicit Describer(Client& client) : client_(client) {}

  void one(const Kind& kind, const std::string& id) {
    auto found = fetch(client_, kind, id);
    if (!found) return fail(found.error());
    Session::write((any_ ? "\n" : "") + description(client_, kind, found->object, found->etag));
    any_ = true;
  }

  void all(const Kind& kind, const Selection& selection) {
    auto version = client_.version(kind.since);
    if (!version) return fail(version.error());
    auto query = query_of(selection, kind, *version);
    if (!query) return fail(query.error());
    auto path = object_path(client_, kind);
    if (!path) return fail(path.error());
    Pages pages(client_, *path, *query, {});
    while (!Session::broken()) {
      auto page = pages.next();
      if (!page) return fail(page.error());
      if (!*page) return;
      for (const Value& object : (*page)->items) one(kind, std::string(object.at(kind.id).as_text()));
    }
  }

  int finish() const {
    if (!any_ && code_ == Exit::done) std::fputs("No resources found.\n", stderr);
    return code_;
  }

 private:
  void fail(const Error& error) {
    int failed = report(error);
    if (code_ == Exit::done) code_ = failed;
  }

  Client& client_;
  bool any_ = false;
  int code_ = Exit::done;
};

struct DescribeArguments {
  std::vector<std::string> words;
  Selection selection;
};

int run_describe(const DescribeArguments& arguments, Session& session) {
  auto targets = read_targets(arguments.words);
  if (!targets) return report(targets.error());
  auto client = session.connect();
  if (!client) return report(client.error());
  Describer describer(*client);
  for (const Target& target : *targets) {
    if (target.kind->single()) describer.one(*target.kind, "");
    if (target.ids.empty() && !target.kind->single()) describer.all(*target.kind, arguments.selection);
    for (const std::string& id : target.ids) describer.one(*target.kind, id);
  }
  return describer.finish();
}

}  // namespace

void add_describe(CLI::App& app, Session& session) {
  CLI::App* command = app.add_subcommand("describe", "all that is known of objects, for a person");
  auto arguments = std::make_shared<DescribeArguments>();
  add_targets(*command, arguments->words, true);
  add_repeated(*command, "-l,--selector", arguments->selection.labels, "LABELS", "labels: k=v,k2!=v2");
  add_repeated(*command, "--filter", arguments->selection.filters, "CONDITION", "'field[op]=value'");
  command->callback(
      [arguments, &session] { session.run = [arguments, &session] { return run_describe(*arguments, session); }; });
}

}  // namespace netweave::cli
