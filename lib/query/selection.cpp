#include "query/selection.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <set>

#include "query/filters.hpp"
#include "query/path.hpp"

namespace netweave::query {
namespace {

/// The parameters that every list has, whatever its kind.
constexpr std::array<std::string_view, 6> general = {"limit", "offset", "sortBy", "sortOrder", "fields", "cursor"};
constexpr std::array<std::string_view, 2> general_since_v2 = {"sort", "explain"};

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

/// A list of paths with commas between them, each perhaps behind a minus.
void read_paths(Dialect dialect, const model::Table& table, std::string_view text, std::string_view parameter,
                bool signs, std::vector<Fault>& faults, const std::function<void(Path, bool)>& each) {
  while (true) {
    bool minus = signs && text.starts_with('-');
    if (minus) text.remove_prefix(1);
    std::string_view whole = text;
    auto path = read_path(text);
    if (!path || (!text.empty() && text.front() != ',')) {
      faults.push_back({std::string(parameter), "is not a list of fields with commas between them, from " +
                                                    std::string(whole.substr(0, 40)) + " on"});
      return;
    }
    if (check_path(dialect, table, *path, parameter, faults)) each(std::move(*path), minus);
    if (text.empty()) return;
    text.remove_prefix(1);
  }
}

void read_sort_by(Dialect dialect, const model::Table& table, const Parameters& parameters, Selection& selection,
                  std::vector<Fault>& faults) {
  const std::string* by = parameters.find("sortBy");
  const std::string* order = parameters.find("sortOrder");
  if (order != nullptr && *order != "asc" && *order != "desc") faults.push_back({"sortOrder", "must be asc or desc"});
  if (by == nullptr && (order == nullptr || *order == "asc")) return;
  bool descending = order != nullptr && *order == "desc";
  read_paths(dialect, table, by != nullptr ? std::string_view(*by) : table.id, "sortBy", false, faults,
             [&](Path path, bool) {
               selection.sort.push_back({std::move(path), descending});
             });
}

void read_sort(Dialect dialect, const model::Table& table, const Parameters& parameters, Selection& selection,
               std::vector<Fault>& faults) {
  const std::string* sort = parameters.find("sort");
  if (sort == nullptr) return;
  if (parameters.find("sortBy") != nullptr || parameters.find("sortOrder") != nullptr)
    faults.push_back({"sort", "goes without sortBy and sortOrder"});
  read_paths(dialect, table, *sort, "sort", true, faults, [&](Path path, bool minus) {
    selection.sort.push_back({std::move(path), minus});
  });
}

void read_explain(const Parameters& parameters, Selection& selection, std::vector<Fault>& faults) {
  const std::string* explain = parameters.find("explain");
  if (explain == nullptr) return;
  if (*explain != "true" && *explain != "false") faults.push_back({"explain", "must be true or false"});
  selection.explain = *explain == "true";
}

template <class Names>
bool is_one_of(const Names& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

/// Names that may stand there once.
void check_repeats(const Parameters& parameters, std::vector<Fault>& faults) {
  std::set<std::string_view> seen;
  for (const auto& [name, value] : parameters.items()) {
    bool once = is_one_of(general, name) || is_one_of(general_since_v2, name);
    if (once && !seen.insert(name).second) faults.push_back({name, "may be given once"});
  }
}

}  // namespace

bool check_path(Dialect dialect, const model::Table& table, const Path& path, std::string_view parameter,
                std::vector<Fault>& faults) {
  const model::Field* field = path.front().empty() ? nullptr : table.find(path.front());
  bool deep = field != nullptr && (field->type == model::FieldType::object || field->type == model::FieldType::nested);
  if (field != nullptr && (path.size() == 1 || deep)) return true;
  if (dialect.tenants && path.size() == 1 && path[0] == "tenantId" && model::has_tenant(table)) return true;
  faults.push_back({std::string(parameter), "a " + std::string(table.name) + " has no field " + to_string(path)});
  return false;
}

std::vector<Path> parse_fields(Dialect dialect, Kind kind, std::string_view text, std::vector<Fault>& faults) {
  std::vector<Path> fields;
  read_paths(dialect, model::table_of(kind), text, "fields", false, faults,
             [&](Path path, bool) { fields.push_back(std::move(path)); });
  return fields;
}

Selection parse(Dialect dialect, Kind kind, const Parameters& parameters, const Limits& limits,
                std::vector<Fault>& faults) {
  const model::Table& table = model::table_of(kind);
  Selection selection;
  selection.limit = limits.default_limit;
  read_number(parameters, "limit", 1, limits.max_limit, selection.limit, faults);
  read_number(parameters, "offset", 0, SIZE_MAX / 2, selection.offset, faults);
  read_sort_by(dialect, table, parameters, selection, faults);
  if (dialect.operators) read_sort(dialect, table, parameters, selection, faults);
  if (dialect.operators) read_explain(parameters, selection, faults);
  if (const std::string* cursor = parameters.find("cursor")) {
    selection.cursor = *cursor;
    if (parameters.find("offset") != nullptr)
      faults.push_back({"offset", "goes with the first page; a cursor has its own place"});
  }
  if (const std::string* fields = parameters.find("fields"))
    selection.fields = parse_fields(dialect, kind, *fields, faults);
  check_repeats(parameters, faults);
  for (const auto& [name, value] : parameters.items()) {
    if (name.size() + value.size() > limits.max_expression_bytes)
      faults.push_back({name, "is longer than " + std::to_string(limits.max_expression_bytes) + " bytes"});
    else if (is_one_of(general, name) || (dialect.operators && is_one_of(general_since_v2, name)))
      continue;
    else if (!read_simple(kind, name, value, selection, faults) &&
             !(dialect.operators && read_operator(dialect, kind, name, value, selection, faults)))
      faults.push_back({name, "no such parameter of this list"});
  }
  return selection;
}

}  // namespace netweave::query
