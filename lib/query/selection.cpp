#include "query/selection.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/json.hpp"
#include "model/fields.hpp"

namespace netweave::query {
namespace {

using Path = std::vector<std::string>;

Path split(std::string_view text, char separator) {
  Path parts;
  while (true) {
    std::size_t end = text.find(separator);
    parts.emplace_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

/// How a v1 parameter reaches what it filters by, for each kind that it applies to.
struct Simple {
  std::string_view name;
  Kind kind;
  Subject subject;
  std::string_view field;
  Test test = Test::equal_any;
};

constexpr std::array simple_filters = {
    Simple{"resourcePoolId", Kind::resource, Subject::self, "resourcePoolId"},
    Simple{"resourcePoolId", Kind::resource_pool, Subject::self, "resourcePoolId"},
    Simple{"resourceTypeId", Kind::resource, Subject::self, "resourceTypeId"},
    Simple{"resourceTypeId", Kind::resource_type, Subject::self, "resourceTypeId"},
    Simple{"resourceId", Kind::resource, Subject::self, "resourceId"},
    Simple{"location", Kind::resource, Subject::pool, "location", Test::prefix},
    Simple{"location", Kind::resource_pool, Subject::self, "location", Test::prefix},
    Simple{"location", Kind::deployment_manager, Subject::self, "supportedLocations", Test::prefix},
    Simple{"oCloudId", Kind::resource, Subject::pool, "oCloudId"},
    Simple{"oCloudId", Kind::resource_pool, Subject::self, "oCloudId"},
    Simple{"oCloudId", Kind::deployment_manager, Subject::self, "oCloudId"},
    Simple{"resourceClass", Kind::resource, Subject::type, "resourceClass"},
    Simple{"resourceClass", Kind::resource_type, Subject::self, "resourceClass"},
    Simple{"resourceKind", Kind::resource, Subject::type, "resourceKind"},
    Simple{"resourceKind", Kind::resource_type, Subject::self, "resourceKind"},
    Simple{"vendor", Kind::resource, Subject::type, "vendor"},
    Simple{"vendor", Kind::resource_type, Subject::self, "vendor"},
    Simple{"model", Kind::resource, Subject::type, "model"},
    Simple{"model", Kind::resource_type, Subject::self, "model"},
};

const Simple* simple_for(std::string_view name, Kind kind) {
  for (const Simple& simple : simple_filters)
    if (simple.name == name && simple.kind == kind) return &simple;
  return nullptr;
}

void read_number(const Parameters& parameters, std::string_view name, std::size_t least, std::size_t most,
                 std::size_t& into, std::vector<Fault>& faults) {
  const std::string* text = parameters.find(name);
  if (text == nullptr) return;
  std::size_t number = 0;
  auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), number);
  if (error != std::errc() || end != text->data() + text->size() || number < least || number > most)
    faults.push_back(
        {std::string(name), "must be a whole number from " + std::to_string(least) + " to " + std::to_string(most)});
  else
    into = number;
}

/// The first segment must be a member of the kind; what is below an object is free.
bool check_path(const model::Table& table, const Path& path, std::string_view parameter, std::vector<Fault>& faults) {
  const model::Field* field = path.front().empty() ? nullptr : table.find(path.front());
  bool deep = field != nullptr && (field->type == model::FieldType::object || field->type == model::FieldType::nested);
  if (field != nullptr && (path.size() == 1 || deep)) return true;
  std::string text;
  for (const std::string& segment : path) text += (text.empty() ? "" : ".") + segment;
  faults.push_back({std::string(parameter), "a " + std::string(table.name) + " has no field " + text});
  return false;
}

void read_labels(const std::string& text, Selection& selection, std::vector<Fault>& faults) {
  for (const std::string& pair : split(text, ',')) {
    std::size_t colon = pair.find(':');
    if (colon == std::string::npos || colon == 0) {
      faults.push_back({"labels", "must read key:value,key2:value2"});
      return;
    }
    Condition condition;
    condition.path = {"extensions", "labels", pair.substr(0, colon)};
    condition.values = {pair.substr(colon + 1)};
    selection.conditions.push_back(std::move(condition));
  }
}

void read_filter(const Simple& simple, const std::string& value, Selection& selection) {
  Path path = {std::string(simple.field)};
  for (Condition& condition : selection.conditions)
    if (condition.subject == simple.subject && condition.path == path) {
      condition.values.push_back(value);
      return;
    }
  selection.conditions.push_back({simple.subject, std::move(path), simple.test, {value}});
}

void read_sort(const model::Table& table, const Parameters& parameters, Selection& selection,
               std::vector<Fault>& faults) {
  const std::string* by = parameters.find("sortBy");
  const std::string* order = parameters.find("sortOrder");
  if (order != nullptr && *order != "asc" && *order != "desc") faults.push_back({"sortOrder", "must be asc or desc"});
  if (by == nullptr && (order == nullptr || *order == "asc")) return;
  SortKey key;
  key.path = split(by != nullptr ? *by : table.id, '.');
  key.descending = order != nullptr && *order == "desc";
  if (check_path(table, key.path, "sortBy", faults)) selection.sort.push_back(std::move(key));
}

bool text_matches(const Condition& condition, std::string_view text) {
  return std::any_of(condition.values.begin(), condition.values.end(), [&](const std::string& value) {
    return condition.test == Test::prefix ? text.starts_with(value) : text == value;
  });
}

bool value_matches(const Condition& condition, const Value& value) {
  if (value.is_array())
    return std::any_of(value.as_array().begin(), value.as_array().end(),
                       [&](const Value& item) { return value_matches(condition, item); });
  if (value.is_text()) return text_matches(condition, value.as_text());
  if (value.is_number() || value.is_bool()) return text_matches(condition, value.to_json());
  return false;
}

bool holds(const Value& value, const Path& path, std::size_t at) {
  const Value* member = &value;
  for (; member != nullptr && at < path.size(); ++at) member = member->find(path[at]);
  return member != nullptr;
}

void copy_path(const Value& from, const Path& path, std::size_t at, Value& to) {
  const Value* member = from.find(path[at]);
  if (member == nullptr || !holds(*member, path, at + 1)) return;
  if (at + 1 == path.size()) {
    to[path[at]] = *member;
  } else {
    copy_path(*member, path, at + 1, to[path[at]]);
  }
}

}  // namespace

Selection parse_simple(Kind kind, const Parameters& parameters, const Limits& limits, std::vector<Fault>& faults) {
  constexpr std::array<std::string_view, 6> general = {"limit", "offset", "sortBy", "sortOrder", "fields", "cursor"};
  const model::Table& table = model::table_of(kind);
  Selection selection;
  selection.limit = limits.default_limit;
  read_number(parameters, "limit", 1, limits.max_limit, selection.limit, faults);
  read_number(parameters, "offset", 0, SIZE_MAX / 2, selection.offset, faults);
  read_sort(table, parameters, selection, faults);
  if (const std::string* cursor = parameters.find("cursor")) {
    selection.cursor = *cursor;
    if (parameters.find("offset") != nullptr)
      faults.push_back({"offset", "goes with the first page; a cursor has its own place"});
  }
  if (const std::string* fields = parameters.find("fields"))
    for (const std::string& field : split(*fields, ',')) {
      Path path = split(field, '.');
      if (check_path(table, path, "fields", faults)) selection.fields.push_back(std::move(path));
    }
  for (const auto& [name, value] : parameters.items()) {
    if (std::find(general.begin(), general.end(), name) != general.end()) continue;
    if (name == "labels" && (kind == Kind::resource || kind == Kind::resource_pool))
      read_labels(value, selection, faults);
    else if (const Simple* simple = simple_for(name, kind))
      read_filter(*simple, value, selection);
    else
      faults.push_back({name, "no such parameter of this list"});
  }
  return selection;
}

bool meets(const Condition& condition, const Value& object) {
  bool met = false;
  at_path(object, condition.path, 0, [&](const Value& value) { met = met || value_matches(condition, value); });
  return met;
}

SortValue SortValue::of(const Value& object, const Path& path) {
  SortValue sort;
  at_path(object, path, 0, [&](const Value& value) {
    if (sort.type == Class::absent) sort = from_value(value);
  });
  return sort;
}

SortValue SortValue::from_value(const Value& value) {
  if (value.is_number()) return {Class::number, value.as_number(), {}};
  if (value.is_text()) return {Class::text, 0, std::string(value.as_text())};
  if (value.is_bool()) return {Class::boolean, value.as_bool() ? 1.0 : 0.0, {}};
  return {};
}

Value SortValue::to_value() const {
  switch (type) {
    case Class::number:
      return number;
    case Class::text:
      return text;
    case Class::boolean:
      return number != 0;
    default:
      return nullptr;
  }
}

int compare(const SortValue& a, const SortValue& b, bool descending) noexcept {
  bool last_a = a.type == SortValue::Class::absent;
  bool last_b = b.type == SortValue::Class::absent;
  if (last_a || last_b) return static_cast<int>(last_a) - static_cast<int>(last_b);
  int side = 0;
  if (a.type != b.type)
    side = a.type < b.type ? -1 : 1;
  else if (a.type == SortValue::Class::text)
    side = a.text.compare(b.text);
  else
    side = a.number < b.number ? -1 : a.number > b.number ? 1 : 0;
  return descending ? -side : side;
}

Value project(const Value& object, const std::vector<Path>& fields, std::string_view id) {
  Value out = Value::object();
  if (const Value* member = object.find(id)) out[id] = *member;
  for (const Path& path : fields) copy_path(object, path, 0, out);
  return out;
}

}  // namespace netweave::query
