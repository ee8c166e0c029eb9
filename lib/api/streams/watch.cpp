#include "api/streams/watch.hpp"

#include <array>

#include "api/collection.hpp"
#include "api/streams/kind_filter.hpp"
#include "api/streams/stream.hpp"
#include "api/validation.hpp"

namespace netweave::api::streams {
namespace {

using Form = events::Telling::Form;

constexpr std::array<std::string_view, 3> watch_parameters = {"watch", "revision", "timeoutSeconds"};

enum class Change : unsigned char { added, modified, deleted };

std::string line(std::string_view type, std::string_view object, std::string_view position) {
  std::string out = "{\"type\":\"";
  return out.append(type)
      .append("\",\"object\":")
      .append(object)
      .append(",\"revision\":\"")
      .append(position)
      .append("\"}\n");
}

std::string_view name_of(Change change) {
  return change == Change::added ? "ADDED" : change == Change::modified ? "MODIFIED" : "DELETED";
}

Form form_of(Change change, bool tenants) {
  switch (change) {
    case Change::added:
      return tenants ? Form::added_v3 : Form::added;
    case Change::modified:
      return tenants ? Form::modified_v3 : Form::modified;
    case Change::deleted:
      break;
  }
  return tenants ? Form::deleted_v3 : Form::deleted;
}

class WatchTopic final : public events::Topic {
 public:
  WatchTopic(KindFilter filter, std::vector<query::Path> fields, query::Dialect dialect)
      : filter_(std::move(filter)), fields_(std::move(fields)), dialect_(dialect) {}

  [[nodiscard]] events::Text tell(const events::Telling& telling) const override {
    const store::Entry& entry = telling.entry();
    if (entry.subject().kind() != filter_.kind()) return nullptr;
    bool before = filter_.meets(entry.prior);
    bool after = filter_.meets(entry.object);
    if (!before && !after) return nullptr;
    Change change = !before ? Change::added : after ? Change::modified : Change::deleted;
    // what left is shown as it was in the list
    const model::Object& object = after ? *entry.object : *entry.prior;
    auto write = [&] { return line(name_of(change), shown(object), telling.position()); };
    if (!fields_.empty()) return std::make_shared<const std::string>(write());
    return telling.text(form_of(change, dialect_.tenants), write);
  }
  [[nodiscard]] std::string begin(std::string_view position) const override { return bookmark(position); }
  [[nodiscard]] std::string bookmark(std::string_view position) const override {
    return line("BOOKMARK", "{}", position);
  }
  [[nodiscard]] std::string end(events::Ending why, std::string_view position, std::string_view oldest) const override {
    if (why == events::Ending::time) return bookmark(position);
    return line("ERROR", to_json(problem_of(why, oldest), {}, {}), position);
  }

 private:
  [[nodiscard]] std::string shown(const model::Object& object) const {
    if (fields_.empty()) return one_line(whole_json(dialect_, object));
    Value whole = Value::parse(whole_json(dialect_, object)).value_or(Value());
    return query::project(whole, fields_, model::table_of(filter_.kind()).id).to_json();
  }
  static Problem problem_of(events::Ending why, std::string_view oldest) {
    if (why == events::Ending::gone)
      return gone("the log no longer holds the revision; the oldest one is " + std::string(oldest) + ": list again",
                  std::string(oldest));
    if (why == events::Ending::denied)
      return to_problem(make_error(ErrorKind::denied, "what you may see has changed: ask again"));
    std::string_view what = why == events::Ending::slow       ? "this reader is slower than what is told"
                            : why == events::Ending::stopping ? "the gateway stops"
                                                              : "the store can't be read";
    Error error = make_error(ErrorKind::unavailable, std::string(what) + ": watch again from the revision");
    return to_problem(error);
  }

  KindFilter filter_;
  std::vector<query::Path> fields_;
  query::Dialect dialect_;
};

std::string watch_key_of(const Call& call) {
  std::string key = "watch " + call.path;
  query::Parameters asked = without_own(call.parameters);
  for (const auto& [name, value] : asked.items()) key.append("\n").append(name).append("\n").append(value);
  return key;
}

}  // namespace

bool is_watch(const Call& call) {
  const std::string* watch = call.parameters.find("watch");
  return watch != nullptr && *watch == "true" && dialect_of(call).operators;
}

query::Parameters without_own(const query::Parameters& parameters) { return parameters.without(watch_parameters); }

void refuse_watching(const Call& call, std::vector<Fault>& faults) {
  const std::string* watch = call.parameters.find("watch");
  if (watch != nullptr && *watch != "false") faults.push_back({"watch", "must be true or false"});
  for (std::string_view name : {"revision", "timeoutSeconds"})
    if (call.parameters.find(name) != nullptr) faults.push_back({std::string(name), "goes with watch=true"});
}

void answer_watch(const CallRef& call, Kind kind, std::vector<query::Condition> within) {
  std::vector<Fault> faults;
  const QueryConfig& config = call->services.config.query;
  query::Limits limits{config.default_limit, config.max_limit, config.max_expression_bytes};
  query::Parameters parameters = without_own(call->parameters);
  refuse_paging(parameters, "goes without watch: a watch has no pages", faults);
  query::Selection selection = query::parse(dialect_of(*call), kind, parameters, limits, faults);
  refuse_reaching(selection, faults);
  Opening opening;
  opening.timeout = read_timeout(call->parameters, faults);
  if (refuse(*call, std::move(faults))) return;
  std::move(within.begin(), within.end(), std::back_inserter(selection.conditions));
  opening.topic = std::make_shared<WatchTopic>(KindFilter(kind, std::move(selection.conditions)),
                                               std::move(selection.fields), dialect_of(*call));
  opening.key = watch_key_of(*call);
  opening.content_type = "application/x-ndjson";
  if (const std::string* revision = call->parameters.find("revision")) opening.after = *revision;
  answer_stream(call, std::move(opening));
}

}  // namespace netweave::api::streams
