#include "api/docs/yaml.hpp"

#include <algorithm>
#include <array>

#include "base/json.hpp"

namespace netweave::api::docs {
namespace {

/// Whether a text reads as itself without quotes, in YAML 1.1 as in 1.2.
bool plain(std::string_view text) {
  constexpr std::array<std::string_view, 9> words = {"null", "true", "false", "yes", "no", "on", "off", "y", "n"};
  auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  if (text.empty() || !(letter(text.front()) || text.front() == '/' || text.front() == '$') || text.back() == ' ')
    return false;
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  if (std::find(words.begin(), words.end(), lower) != words.end()) return false;
  return std::all_of(text.begin(), text.end(), [&](char c) {
    return letter(c) || (c >= '0' && c <= '9') || std::string_view(" ./-_{}$+").find(c) != std::string_view::npos;
  });
}

void append_text(std::string& out, std::string_view text) {
  if (plain(text))
    out += text;
  else
    append_json_text(out, text);
}

bool block(const Value& value) { return (value.is_object() || value.is_array()) && !value.empty(); }

void append(std::string& out, const Value& value, std::size_t depth);

/// What stands after "key:" or "-".
void append_member(std::string& out, const Value& value, std::size_t depth, bool of_list) {
  if (!block(value)) {
    out += ' ';
    append(out, value, depth);
    out += '\n';
  } else if (of_list) {
    std::string inner;
    append(inner, value, depth);
    out += ' ';
    out += std::string_view(inner).substr(depth * 2);  // the first line stands after the dash
  } else {
    out += '\n';
    append(out, value, depth);
  }
}

void append(std::string& out, const Value& value, std::size_t depth) {
  std::string before(depth * 2, ' ');
  if (value.is_text()) {
    append_text(out, value.as_text());
  } else if (!block(value)) {
    value.append_json(out);
  } else if (value.is_array()) {
    for (const Value& item : value.as_array()) {
      out += before + "-";
      append_member(out, item, depth + 1, true);
    }
  } else {
    for (const Value::Member& member : value.as_object()) {
      out += before;
      append_text(out, member.first);
      out += ':';
      append_member(out, member.second, depth + 1, false);
    }
  }
}

}  // namespace

std::string to_yaml(const Value& value) {
  std::string out;
  append(out, value, 0);
  if (!block(value)) out += '\n';
  return out;
}

}  // namespace netweave::api::docs
