#include "selection.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "exit.hpp"
#include "query/parameters.hpp"

namespace netweave::cli {
namespace {

constexpr std::array<std::string_view, 10> operations = {"eq",  "ne",       "gt",    "gte", "lt",
                                                         "lte", "contains", "regex", "in",  "nin"};
constexpr std::string_view label_field = "extensions.labels[\"";

std::string_view trim(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

/// Splits at commas, but for those within parentheses.
std::vector<std::string_view> split_outside(std::string_view text) {
  std::vector<std::string_view> parts;
  int depth = 0;
  std::size_t begin = 0;
  for (std::size_t i = 0; i <= text.size(); ++i) {
    if (i < text.size() && text[i] == '(') ++depth;
    if (i < text.size() && text[i] == ')') --depth;
    if (i < text.size() && (text[i] != ',' || depth > 0)) continue;
    if (std::string_view part = trim(text.substr(begin, i - begin)); !part.empty()) parts.push_back(part);
    begin = i + 1;
  }
  return parts;
}

/// The place of the = that ends the field: one in quotes belongs to a label's name.
std::size_t equals_sign(std::string_view text) {
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '"') quoted = !quoted;
    if (text[i] == '=' && !quoted) return i;
  }
  return std::string_view::npos;
}

Result<Condition> read_filter(const std::string& written) {
  std::size_t sign = equals_sign(written);
  if (sign == std::string::npos || sign == 0)
    return usage_error("--filter must read field[op]=value, such as 'extensions.cpu.cores[gte]=32', is \"" + written +
                       "\"");
  Condition condition{written.substr(0, sign), "", written.substr(sign + 1), written};
  if (condition.field.ends_with("\"]")) {  // the bracket is a segment of the path
    condition.operation = "eq";
    return condition;
  }
  std::size_t bracket = condition.field.rfind('[');
  if (condition.field.back() != ']' || bracket == std::string::npos) return condition;
  std::string operation = condition.field.substr(bracket + 1, condition.field.size() - bracket - 2);
  if (std::find(operations.begin(), operations.end(), operation) == operations.end()) {
    std::string known;
    for (std::string_view one : operations) known.append(known.empty() ? "" : ", ").append(one);
    return usage_error("there is no operator [" + operation + "]; there are " + known);
  }
  condition.field.erase(bracket);
  condition.operation = std::move(operation);
  return condition;
}

/// "a=b", "a==b", "a!=b"; nullopt: none of these.
std::optional<Condition> read_equality(std::string_view text) {
  std::size_t sign = text.find('=');
  if (sign == std::string_view::npos || sign == 0) return std::nullopt;
  bool differs = text[sign - 1] == '!';
  std::string_view field = trim(text.substr(0, differs ? sign - 1 : sign));
  std::string_view value = text.substr(sign + 1);
  if (!differs && value.starts_with('=')) value.remove_prefix(1);
  if (field.empty()) return std::nullopt;
  return Condition{std::string(field), differs ? "ne" : "eq", std::string(trim(value)), std::string(text)};
}

Result<Condition> read_field_selector(std::string_view text) {
  auto condition = read_equality(text);
  if (condition) return *condition;
  return usage_error("--field-selector must read field=value or field!=value, is \"" + std::string(text) + "\"");
}

/// "key in (a,b)", "key notin (a,b)"; nullopt: neither.
std::optional<Condition> read_set(std::string_view text) {
  std::size_t open = text.find('(');
  if (open == std::string_view::npos || text.back() != ')') return std::nullopt;
  std::string_view head = trim(text.substr(0, open));
  std::size_t blank = head.find(' ');
  if (blank == std::string_view::npos) return std::nullopt;
  std::string_view word = trim(head.substr(blank));
  if (word != "in" && word != "notin") return std::nullopt;
  std::string values;
  for (std::string_view value : split_outside(text.substr(open + 1, text.size() - open - 2)))
    values.append(values.empty() ? "" : ",").append(value);
  return Condition{std::string(head.substr(0, blank)), word == "in" ? "in" : "nin", values, std::string(text)};
}

Result<Condition> read_label(std::string_view text) {
  auto condition = read_set(text);
  if (!condition) condition = read_equality(text);
  if (!condition && text.find_first_of("!()= ") == std::string_view::npos)  // the key alone: whatever its value
    condition = Condition{std::string(text), "regex", ".*", std::string(text)};
  if (!condition)
    return usage_error("-l must read key=value, key!=value, key, 'key in (a,b)' or 'key notin (a,b)', is \"" +
                       std::string(text) + "\"");
  if (condition->field.find('"') != std::string::npos) return usage_error("a label's key holds no quotes");
  return *condition;
}

std::string pair_of(std::string_view name, std::string_view value) {
  return query::percent_encode(name) + "=" + query::percent_encode(value);
}

Error needs_v2(const Condition& condition, const std::string& instead) {
  return usage_error("\"" + condition.written + "\" needs /o2ims/v2, and this gateway has v1 alone" + instead);
}

/// Version 1's labels are one parameter: k:v,k2:v2.
Result<std::string> simple_labels(const std::vector<Condition>& conditions) {
  std::string all;
  for (const Condition& condition : conditions) {
    bool fits = condition.operation == "eq" && condition.field.find_first_of(":,") == std::string::npos &&
                condition.value.find(',') == std::string::npos;
    if (!fits) return needs_v2(condition, ": there -l takes key=value, without commas in it");
    all.append(all.empty() ? "" : ",").append(condition.field).append(":").append(condition.value);
  }
  return pair_of("labels", all);
}

Result<std::vector<std::string>> simple_condition(const Condition& condition, const Kind& kind) {
  std::vector<std::string> pairs;
  if (condition.operation.empty()) {
    pairs.push_back(pair_of(condition.field, condition.value));
    return pairs;
  }
  auto exact = words_of(kind.exact);
  bool known = std::find(exact.begin(), exact.end(), condition.field) != exact.end();
  if (!known || (condition.operation != "eq" && condition.operation != "in")) {
    std::string instead;
    for (std::string_view field : exact) instead.append(instead.empty() ? "" : ", ").append(field);
    return needs_v2(condition, instead.empty() ? "" : ": there [eq] and [in] work on " + instead);
  }
  if (condition.operation == "eq") {
    pairs.push_back(pair_of(condition.field, condition.value));
    return pairs;
  }
  for (std::string_view value : split_outside(condition.value)) pairs.push_back(pair_of(condition.field, value));
  return pairs;
}

/// "{.name}", ".name" and "name" are the same key, as kubectl's users write them.
std::string sort_key(std::string_view text, bool& descending) {
  descending = text.starts_with('-');
  if (descending) text.remove_prefix(1);
  if (text.starts_with('{') && text.ends_with('}')) text = text.substr(1, text.size() - 2);
  if (text.starts_with('.')) text.remove_prefix(1);
  return std::string(text);
}

Result<std::vector<std::string>> sort_pairs(const Selection& selection, int version) {
  std::vector<std::string> pairs;
  std::string keys;
  std::size_t count = 0;
  bool descending = false;
  std::string key;
  for (const std::string& list : selection.sort_by)
    for (std::string_view text : split_outside(list)) {
      key = sort_key(text, descending);
      if (key.empty()) return usage_error("--sort-by must name a field, is \"" + std::string(text) + "\"");
      keys.append(keys.empty() ? "" : ",").append(descending ? "-" : "").append(key);
      ++count;
    }
  if (count == 0) return pairs;
  if (version >= 2) {
    pairs.push_back(pair_of("sort", keys));
    return pairs;
  }
  if (count > 1)
    return usage_error("--sort-by with several keys needs /o2ims/v2, and this gateway has v1 alone: give one key");
  pairs.push_back(pair_of("sortBy", key));
  if (descending) pairs.push_back(pair_of("sortOrder", "desc"));
  return pairs;
}

Result<std::vector<Condition>> label_conditions(const Selection& selection) {
  std::vector<Condition> conditions;
  for (const std::string& list : selection.labels)
    for (std::string_view text : split_outside(list)) {
      auto condition = read_label(text);
      if (!condition) return std::move(condition).error();
      conditions.push_back(std::move(*condition));
    }
  return conditions;
}

}  // namespace

Result<std::vector<Condition>> read_conditions(const Selection& selection) {
  std::vector<Condition> conditions;
  for (const std::string& written : selection.filters) {
    auto condition = read_filter(written);
    if (!condition) return std::move(condition).error();
    conditions.push_back(std::move(*condition));
  }
  for (const std::string& list : selection.field_selectors)
    for (std::string_view text : split_outside(list)) {
      auto condition = read_field_selector(text);
      if (!condition) return std::move(condition).error();
      conditions.push_back(std::move(*condition));
    }
  return conditions;
}

Result<std::string> query_of(const Selection& selection, const Kind& kind, int version) {
  auto conditions = read_conditions(selection);
  if (!conditions) return std::move(conditions).error();
  auto labels = label_conditions(selection);
  if (!labels) return std::move(labels).error();
  std::vector<std::string> pairs;
  for (const Condition& condition : *conditions) {
    if (version >= 2) {
      std::string operation = condition.operation.empty() ? "" : "[" + condition.operation + "]";
      pairs.push_back(pair_of(condition.field + operation, condition.value));
      continue;
    }
    auto simple = simple_condition(condition, kind);
    if (!simple) return std::move(simple).error();
    pairs.insert(pairs.end(), simple->begin(), simple->end());
  }
  if (version >= 2) {
    for (const Condition& label : *labels)
      pairs.push_back(pair_of(std::string(label_field) + label.field + "\"][" + label.operation + "]", label.value));
  } else if (!labels->empty()) {
    if (!kind.labels) return needs_v2(labels->front(), "");
    auto simple = simple_labels(*labels);
    if (!simple) return std::move(simple).error();
    pairs.push_back(std::move(*simple));
  }
  auto sort = sort_pairs(selection, version);
  if (!sort) return std::move(sort).error();
  pairs.insert(pairs.end(), sort->begin(), sort->end());
  std::string query;
  for (const std::string& pair : pairs) query.append(query.empty() ? "" : "&").append(pair);
  return query;
}

}  // namespace netweave::cli
