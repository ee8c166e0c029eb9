#include "query/selectors.hpp"

#include <algorithm>
#include <optional>

#include "query/selection.hpp"

namespace netweave::query {
namespace {

const Selectable* find(std::span<const Selectable> attributes, std::string_view name) {
  auto found = std::find_if(attributes.begin(), attributes.end(),
                            [&](const Selectable& attribute) { return attribute.name == name; });
  return found == attributes.end() ? nullptr : &*found;
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

Path split_path(std::string_view text) {
  Path path;
  while (true) {
    path.emplace_back(text.substr(0, text.find('/')));
    if (path.back().size() == text.size()) return path;
    text.remove_prefix(path.back().size() + 1);
  }
}

void read_list(std::string_view parameter, std::string_view text, std::span<const Selectable> attributes,
               std::vector<Path>& into, std::vector<Fault>& faults) {
  if (text.find_first_of("()") != std::string_view::npos) {
    faults.push_back({std::string(parameter), "is a list of attributes with commas between them, without parentheses"});
    return;
  }
  while (true) {
    std::string_view one = text.substr(0, text.find(','));
    Path path = split_path(trimmed(one));
    const Selectable* attribute = find(attributes, path.front());
    bool whole = std::none_of(path.begin(), path.end(), [](const std::string& segment) { return segment.empty(); });
    if (attribute == nullptr || !whole || (path.size() > 1 && !attribute->open))
      faults.push_back({std::string(parameter), "there is no attribute \"" + std::string(trimmed(one)) + "\""});
    else
      into.push_back(std::move(path));
    if (one.size() == text.size()) return;
    text.remove_prefix(one.size() + 1);
  }
}

/// A flag is set by its name alone; some clients write a value.
bool is_set(const Parameters& parameters, std::string_view name) {
  const std::string* value = parameters.find(name);
  return value != nullptr && *value != "false";
}

bool names(const std::vector<Path>& paths, std::string_view attribute) {
  return std::any_of(paths.begin(), paths.end(),
                     [&](const Path& path) { return path.size() == 1 && path.front() == attribute; });
}

std::vector<Path> below(const std::vector<Path>& paths, std::string_view attribute) {
  std::vector<Path> found;
  for (const Path& path : paths)
    if (path.size() > 1 && path.front() == attribute) found.push_back(path);
  return found;
}

Value without(const Value& value, const Path& path, std::size_t at) {
  if (value.is_array()) {
    Value items = Value::array();
    for (const Value& item : value.as_array()) items.push_back(without(item, path, at));
    return items;
  }
  if (!value.is_object()) return value;
  Value members = Value::object();
  for (const Value::Member& member : value.as_object()) {
    bool named = member.first == path[at];
    if (named && at + 1 == path.size()) continue;
    members.add(member.first, named ? without(member.second, path, at + 1) : member.second);
  }
  return members;
}

/// What of a complex attribute is shown before exclusions: all, nothing, or a part.
std::optional<Value> included(const Value& object, const Selectors& selectors, const Selectable& attribute,
                              const Value& value) {
  if (selectors.all || !attribute.spare) return value;
  if (selectors.fields.empty()) return selectors.without_default ? std::nullopt : std::optional(value);
  if (names(selectors.fields, attribute.name)) return value;
  const Value projected = project(object, below(selectors.fields, attribute.name), {});
  const Value* part = projected.find(attribute.name);
  return part == nullptr ? std::nullopt : std::optional(*part);
}

}  // namespace

Selectors parse_selectors(const Parameters& parameters, std::span<const Selectable> attributes,
                          std::vector<Fault>& faults) {
  Selectors selectors;
  selectors.all = is_set(parameters, "all_fields");
  selectors.without_default = is_set(parameters, "exclude_default");
  for (const auto& [name, value] : parameters.items()) {
    if (name == "fields") read_list(name, value, attributes, selectors.fields, faults);
    if (name == "exclude_fields") read_list(name, value, attributes, selectors.excluded, faults);
  }
  return selectors;
}

Value select(const Value& object, const Selectors& selectors, std::span<const Selectable> attributes) {
  Value shown = Value::object();
  for (const Value::Member& member : object.as_object()) {
    const Selectable* attribute = find(attributes, member.first);
    bool spare = attribute != nullptr && attribute->spare;
    if (spare && names(selectors.excluded, member.first)) continue;
    bool complex = attribute != nullptr && attribute->complex;
    std::optional<Value> value =
        complex ? included(object, selectors, *attribute, member.second) : std::optional(member.second);
    if (!value) continue;
    for (const Path& path : below(selectors.excluded, member.first)) value = without(*value, path, 1);
    shown.add(member.first, std::move(*value));
  }
  return shown;
}

}  // namespace netweave::query
