#pragma once

#include <algorithm>
#include <map>
#include <random>
#include <regex>
#include <string>
#include <vector>

#include "netweave/value.hpp"

#include "base/time.hpp"

/// A list as the contract words it, evaluated plainly and slowly, with nothing of the library's but JSON and times.
namespace netweave::twin {

using Path = std::vector<std::string>;
using Rows = std::map<std::string, Value>;  ///< by id

struct Asked {
  std::string of = "self";  ///< or the resource's pool, or its type
  Path path;
  std::string op;  ///< eq ne gt gte lt lte contains ncontains regex in nin prefix
  std::vector<std::string> operands;
};

struct Sorted {
  Path path;
  bool descending = false;
};

struct Query {
  std::vector<Asked> asked;
  std::vector<Sorted> sorted;
};

struct World {
  Rows resources;
  Rows pools;
  Rows types;
  Rows alarms;        ///< alarm dictionaries
  Rows measurements;  ///< performance dictionaries
};

inline void collect(const Value& value, const Path& path, std::size_t at, std::vector<Value>& found) {
  if (value.is_array()) {
    for (const Value& item : value.as_array()) collect(item, path, at, found);
  } else if (at == path.size()) {
    if (!value.is_null() && !value.is_object()) found.push_back(value);
  } else if (const Value* member = value.find(path[at])) {
    collect(*member, path, at + 1, found);
  }
}

inline std::vector<Value> values_at(const Value& object, const Path& path) {
  std::vector<Value> found;
  collect(object, path, 0, found);
  return found;
}

/// -1, 0, 1; 2 where the two are of different types.
inline int stands(const Value& value, const std::string& operand) {
  auto side = [](auto a, auto b) { return a < b ? -1 : a > b ? 1 : 0; };
  if (value.is_number()) {
    std::size_t used = 0;
    try {
      bool digit = !operand.empty() && (std::isdigit(static_cast<unsigned char>(operand[0])) != 0 || operand[0] == '-');
      double number = std::stod(operand, &used);
      if (digit && used == operand.size()) return side(value.as_number(), number);
    } catch (const std::exception&) {
    }
    return 2;
  }
  if (value.is_bool()) {
    if (operand != "true" && operand != "false") return 2;
    return side(value.as_bool() ? 1 : 0, operand == "true" ? 1 : 0);
  }
  std::string text(value.as_text());
  auto a = parse_rfc3339(text);
  auto b = parse_rfc3339(operand);
  return a && b ? side(*a, *b) : side(text.compare(operand), 0);
}

inline bool positive(const std::string& op, const Value& value, const std::string& operand) {
  if (op == "contains" || op == "prefix" || op == "regex") {
    if (!value.is_text()) return false;
    std::string text(value.as_text());
    if (op == "regex") return std::regex_search(text, std::regex(operand));
    std::size_t at = text.find(operand);
    return op == "prefix" ? at == 0 : at != std::string::npos;
  }
  int side = stands(value, operand);
  if (side == 2) return false;
  if (op == "gt") return side > 0;
  if (op == "gte") return side >= 0;
  if (op == "lt") return side < 0;
  if (op == "lte") return side <= 0;
  return side == 0;
}

inline bool holds(const Asked& asked, const Value& object) {
  static const std::map<std::string, std::string> denied = {{"ne", "eq"}, {"nin", "in"}, {"ncontains", "contains"}};
  auto negative = denied.find(asked.op);
  std::string op = negative == denied.end() ? asked.op : negative->second;
  bool any = false;
  for (const Value& value : values_at(object, asked.path))
    for (const std::string& operand : asked.operands) any = any || positive(op, value, operand);
  return any == (negative == denied.end());
}

inline bool matches(const World& world, const Query& query, const Value& object) {
  return std::all_of(query.asked.begin(), query.asked.end(), [&](const Asked& asked) {
    if (asked.of == "self") return holds(asked, object);
    const Rows& rows = asked.of == "pool" ? world.pools : world.types;
    auto other = rows.find(std::string(object.at(asked.of == "pool" ? "resourcePoolId" : "resourceTypeId").as_text()));
    return other != rows.end() && holds(asked, other->second);
  });
}

inline int rank(const Value& value) { return value.is_number() ? 0 : value.is_text() ? 1 : 2; }

inline int compare(const Value& a, const Value& b) {
  if (rank(a) != rank(b)) return rank(a) - rank(b);
  if (a.is_text()) return std::string(a.as_text()).compare(std::string(b.as_text()));
  double left = a.is_bool() ? a.as_bool() : a.as_number();
  double right = b.is_bool() ? b.as_bool() : b.as_number();
  return left < right ? -1 : left > right ? 1 : 0;
}

/// The ids of everything that matches, in order.
inline std::vector<std::string> evaluate(const World& world, const Rows& rows, const Query& query) {
  std::vector<std::string> ids;
  for (const auto& [id, object] : rows)
    if (matches(world, query, object)) ids.push_back(id);
  std::stable_sort(ids.begin(), ids.end(), [&](const std::string& a, const std::string& b) {
    for (const Sorted& key : query.sorted) {
      auto left = values_at(rows.at(a), key.path);
      auto right = values_at(rows.at(b), key.path);
      if (left.empty() || right.empty()) {
        if (left.empty() != right.empty()) return right.empty();
        continue;
      }
      if (int side = compare(left[0], right[0]); side != 0) return key.descending ? side > 0 : side < 0;
    }
    return false;
  });
  return ids;
}

}  // namespace netweave::twin
