#include "output/yaml.hpp"

#include <algorithm>
#include <array>

#include "base/json.hpp"
#include "config/text.hpp"

namespace netweave::cli {
namespace {

/// What YAML 1.1 or 1.2 readers take for something that is no text.
bool reads_otherwise(std::string_view text) {
  constexpr std::array<std::string_view, 9> words = {"true", "false", "null", "yes", "no", "on", "off", "y", "n"};
  std::string word = config::lower(text);
  return std::find(words.begin(), words.end(), word) != words.end();
}

bool is_plain(std::string_view text) {
  auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  auto plain = [&](char c) {
    return letter(c) || (c >= '0' && c <= '9') || std::string_view("_-./+@%").find(c) != std::string_view::npos;
  };
  if (text.empty() || !(letter(text[0]) || text[0] == '/' || text[0] == '_') || reads_otherwise(text)) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    bool colon = text[i] == ':' && i + 1 < text.size() && text[i + 1] != ' ';
    bool blank = text[i] == ' ' && i + 1 < text.size();
    if (!plain(text[i]) && !colon && !blank) return false;
  }
  return true;
}

std::string text_scalar(std::string_view text) {
  if (is_plain(text)) return std::string(text);
  std::string out;
  append_json_text(out, text);  // JSON's quotes are YAML's double quotes
  return out;
}

bool is_block(const Value& value) { return (value.is_object() || value.is_array()) && !value.empty(); }

void append_block(std::string& out, const Value& value, std::size_t indent);

void append_item(std::string& out, const Value& item, std::size_t indent) {
  std::string lines;
  if (is_block(item))
    append_block(lines, item, indent + 2);
  else
    lines = std::string(indent + 2, ' ') + yaml_scalar(item) + "\n";
  lines[indent] = '-';  // the item's mark stands in its first line's indent
  out += lines;
}

void append_block(std::string& out, const Value& value, std::size_t indent) {
  if (!is_block(value)) {
    out.append(indent, ' ').append(yaml_scalar(value)).append("\n");
    return;
  }
  for (const Value& item : value.as_array()) append_item(out, item, indent);
  for (const auto& [name, member] : value.as_object()) {
    out.append(indent, ' ').append(text_scalar(name)).append(":");
    if (is_block(member)) {
      out += "\n";
      append_block(out, member, member.is_array() ? indent : indent + 2);
    } else {
      out.append(" ").append(yaml_scalar(member)).append("\n");
    }
  }
}

void append_pretty(std::string& out, const Value& value, std::size_t indent) {
  if (!is_block(value)) return value.append_json(out);
  std::string line = "\n" + std::string(indent + 4, ' ');
  const char* comma = "";
  out += value.is_array() ? '[' : '{';
  for (const Value& item : value.as_array()) {
    out.append(comma).append(line);
    append_pretty(out, item, indent + 4);
    comma = ",";
  }
  for (const auto& [name, member] : value.as_object()) {
    out.append(comma).append(line);
    append_json_text(out, name);
    out += ": ";
    append_pretty(out, member, indent + 4);
    comma = ",";
  }
  out.append("\n").append(indent, ' ');
  out += value.is_array() ? ']' : '}';
}

}  // namespace

std::string yaml_scalar(const Value& value) { return value.is_text() ? text_scalar(value.as_text()) : value.to_json(); }

std::string to_yaml(const Value& value, std::size_t indent) {
  std::string out;
  append_block(out, value, indent);
  return out;
}

std::string to_pretty_json(const Value& value, std::size_t indent) {
  std::string out;
  append_pretty(out, value, indent);
  return out;
}

}  // namespace netweave::cli
