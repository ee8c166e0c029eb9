#include <algorithm>
#include <array>

#include "query/filters.hpp"
#include "query/path.hpp"

namespace netweave::query {
namespace {

struct Operator {
  std::string_view name;
  Test test;
  bool several = false;  ///< operands are separated by commas, and a repeated parameter adds to them
};

constexpr std::array operators = {
    Operator{"eq", Test::any_of},         Operator{"ne", Test::none_of},  Operator{"gt", Test::greater},
    Operator{"gte", Test::greater_equal}, Operator{"lt", Test::less},     Operator{"lte", Test::less_equal},
    Operator{"contains", Test::contains}, Operator{"regex", Test::regex}, Operator{"in", Test::any_of, true},
    Operator{"nin", Test::none_of, true},
};

const Operator* find_operator(std::string_view name) {
  const auto* found = std::find_if(operators.begin(), operators.end(),
                                   [&](const Operator& candidate) { return candidate.name == name; });
  return found == operators.end() ? nullptr : found;
}

std::vector<Operand> operands_of(const Operator& op, std::string_view value) {
  std::vector<Operand> operands;
  while (op.several) {
    std::string_view one = value.substr(0, value.find(','));
    operands.emplace_back(one);
    if (one.size() == value.size()) return operands;
    value.remove_prefix(one.size() + 1);
  }
  operands.emplace_back(value);
  return operands;
}

/// A number's field, however deep: `capacity.totalCpu`.
bool is_numeric(const model::Table& table, const Path& path) {
  const model::Table* within = &table;
  const model::Field* field = nullptr;
  for (const std::string& segment : path) {
    field = within == nullptr ? nullptr : within->find(segment);
    if (field == nullptr) return false;
    within = field->nested;
  }
  return field != nullptr && field->type == model::FieldType::number;
}

bool check_operands(const model::Table& table, const Condition& condition, const std::string& name,
                    std::vector<Fault>& faults) {
  bool text_test = condition.test == Test::contains || condition.test == Test::regex;
  if (text_test || !is_numeric(table, condition.path)) return true;
  for (const Operand& operand : condition.operands)
    if (!operand.number) {
      faults.push_back({name, "must be a number, not " + operand.text});
      return false;
    }
  return true;
}

/// A repeated `in` (or `nin`) is one list.
bool joined(std::vector<Condition>& conditions, const Operator& op, Condition& condition) {
  if (!op.several) return false;
  for (Condition& other : conditions)
    if (other.parameter == condition.parameter) {
      std::move(condition.operands.begin(), condition.operands.end(), std::back_inserter(other.operands));
      return true;
    }
  return false;
}

}  // namespace

bool read_operator(Dialect dialect, Kind kind, const std::string& name, const std::string& value, Selection& selection,
                   std::vector<Fault>& faults) {
  if (!name.ends_with(']')) return false;
  std::string_view rest = name;
  Condition condition;
  auto path = read_path(rest);
  if (!path || !rest.starts_with('[')) {
    faults.push_back({name, "must read field[op]=value"});
    return true;
  }
  const model::Table& table = model::table_of(kind);
  const Operator* op = find_operator(rest.substr(1, rest.size() - 2));
  if (op == nullptr) {
    faults.push_back({name, "has no such operator: there are eq, ne, gt, gte, lt, lte, contains, regex, in, nin"});
    return true;
  }
  condition.parameter = name;
  condition.path = std::move(*path);
  condition.test = op->test;
  condition.operands = operands_of(*op, value);
  if (!check_path(dialect, table, condition.path, name, faults) || !check_operands(table, condition, name, faults))
    return true;
  if (op->test == Test::regex) {
    auto regex = Regex::make(value);
    if (!regex) {
      faults.push_back({name, "is no regular expression of RE2: " + regex.error().message});
      return true;
    }
    condition.regex = std::move(*regex);
  }
  if (!joined(selection.conditions, *op, condition)) selection.conditions.push_back(std::move(condition));
  return true;
}

}  // namespace netweave::query
