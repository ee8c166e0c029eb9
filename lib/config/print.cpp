#include <algorithm>
#include <string>

#include "base/json.hpp"
#include "config/keys.hpp"
#include "config/text.hpp"

namespace netweave {
namespace {

constexpr std::string_view mask = "***";

/// A scalar that YAML reads back as the same text; JSON's quotes are YAML's double quotes.
std::string in_quotes(std::string_view text) {
  auto plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
           c == '.' || c == '/';
  };
  bool letter_first =
      !text.empty() && ((text[0] >= 'a' && text[0] <= 'z') || (text[0] >= 'A' && text[0] <= 'Z') || text[0] == '/');
  std::string word = config::lower(text);
  bool read_otherwise = word == "true" || word == "false" || word == "null" || word == "yes" || word == "no" ||
                        word == "on" || word == "off";
  if (letter_first && !read_otherwise && std::all_of(text.begin(), text.end(), plain)) return std::string(text);
  std::string out;
  append_json_text(out, text);
  return out;
}

/// A literal "${" would be read as a reference.
std::string for_printing(std::string text) {
  for (std::size_t at = text.find("${"); at != std::string::npos; at = text.find("${", at + 3)) text.insert(at, 1, '$');
  return text;
}

std::string text_scalar(std::string_view text) { return in_quotes(for_printing(config::without_secrets(text))); }

/// A value in flow style; what is below a secret's name is masked as a whole.
void append_flow(std::string& out, const Value& value) {
  if (value.is_text()) {
    out += text_scalar(value.as_text());
  } else if (value.is_array()) {
    std::string items;
    for (const Value& item : value.as_array()) {
      if (!items.empty()) items += ", ";
      append_flow(items, item);
    }
    out += "[" + items + "]";
  } else {
    value.append_json(out);
  }
}

void append_section(std::string& out, const Value& section, const std::string& indent);

void append_member(std::string& out, std::string_view name, const Value& value, const std::string& indent) {
  bool secret = config::names_secret(name) && !value.is_null() && value != Value("");
  bool section = value.is_object() && !value.empty() && !secret;
  bool sections = value.is_array() && std::any_of(value.as_array().begin(), value.as_array().end(),
                                                  [](const Value& item) { return item.is_object(); });
  out += indent + in_quotes(name) + ":";
  if (section) {
    out += "\n";
    append_section(out, value, indent + "  ");
  } else if (sections && !secret) {
    out += "\n";
    for (const Value& item : value.as_array()) {
      std::string lines;
      if (item.is_object() && !item.empty())
        append_section(lines, item, indent + "    ");
      else
        append_flow(lines.append(indent.size() + 4, ' '), item), lines += "\n";
      lines[indent.size() + 2] = '-';  // the item's mark stands in its first line's indent
      out += lines;
    }
  } else {
    out += " ";
    secret ? void(out += in_quotes(mask)) : append_flow(out, value);
    out += "\n";
  }
}

void append_section(std::string& out, const Value& section, const std::string& indent) {
  for (const auto& [name, value] : section.as_object()) append_member(out, name, value, indent);
}

Value& member_at(Value& root, std::string_view path) {
  Value* at = &root;
  for (std::size_t dot = path.find('.'); dot != std::string_view::npos; dot = path.find('.')) {
    at = &(*at)[path.substr(0, dot)];
    path.remove_prefix(dot + 1);
  }
  return (*at)[path];
}

/// Puts a setting where its path says, as it would be written.
void place(Value& root, const config::Key& key, const void* record) {
  Value value = config::value_of(key, record);
  if (key.type == config::Type::duration) value = config::text_of(key, value);
  member_at(root, key.path) = std::move(value);
}

}  // namespace

std::string print_config(const Config& config) {
  Value root = Value::object();
  for (const config::Key& key : config::config_keys()) place(root, key, &config);
  for (const config::List& list : config::config_lists()) {
    Value items = Value::array();
    for (std::size_t i = 0; i < list.size(config); ++i) {
      Value item = Value::object();
      for (const config::Key& key : list.keys) place(item, key, list.item(config, i));
      items.push_back(std::move(item));
    }
    member_at(root, list.path) = std::move(items);
  }
  std::string out;
  append_section(out, root, {});
  return out;
}

}  // namespace netweave
