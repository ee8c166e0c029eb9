#include <algorithm>

#include "config/keys.hpp"
#include "config/text.hpp"

namespace netweave::config {
namespace {

std::string listed(std::string_view choices) {
  std::string text;
  for (std::string_view word : split_choices(choices)) text += (text.empty() ? "" : ", ") + std::string(word);
  return text;
}

/// The place of `word` among the choices; nullopt where it is none of them.
std::optional<std::int64_t> choice(std::string_view choices, std::string_view word) {
  auto words = split_choices(choices);
  auto found = std::find(words.begin(), words.end(), word);
  if (found == words.end()) return std::nullopt;
  return found - words.begin();
}

bool within(const Key& key, double number) {
  return number >= static_cast<double>(key.least) && number <= static_cast<double>(key.most);
}

std::optional<Value> in_range(const Key& key, std::optional<std::int64_t> number) {
  if (!number || *number < key.least || *number > key.most) return std::nullopt;
  return Value(*number);
}

}  // namespace

std::string allowed(const Key& key) {
  switch (key.type) {
    case Type::text:
      return key.choices.empty() ? "text" : "one of " + listed(key.choices);
    case Type::flag:
      return "true or false";
    case Type::integer:
      return "an integer from " + std::to_string(key.least) + " to " + std::to_string(key.most);
    case Type::duration:
      return "a duration from " + format_duration(key.least) + " to " + format_duration(key.most) +
             ", such as 500ms or 10s";
    case Type::number:
      return "a number from " + std::to_string(key.least) + " to " + std::to_string(key.most);
    case Type::choice:
      return "one of " + listed(key.choices);
    case Type::list:
      return "a list of texts";
    case Type::texts:
      return "a section of names and texts";
    case Type::free:
      break;
  }
  return "a section";
}

std::optional<Value> from_text(const Key& key, std::string_view text) {
  switch (key.type) {
    case Type::text:
      if (!key.choices.empty() && !choice(key.choices, text)) return std::nullopt;
      return Value(text);
    case Type::flag:
      if (text == "true" || text == "false") return Value(text == "true");
      return std::nullopt;
    case Type::integer:
      return in_range(key, parse_integer(text));
    case Type::duration:
      return in_range(key, parse_duration(text));
    case Type::number: {
      Value number = plain_value(text);
      return number.is_number() && within(key, number.as_number()) ? std::optional(Value(number.as_number()))
                                                                   : std::nullopt;
    }
    case Type::choice:
      if (auto place = choice(key.choices, text)) return Value(*place);
      return std::nullopt;
    case Type::list: {
      Value items = Value::array();
      for (std::string& item : split_list(text)) items.push_back(std::move(item));
      return items;
    }
    case Type::texts:
    case Type::free:
      break;
  }
  return std::nullopt;
}

Value value_of(const Key& key, const void* record) {
  Value value = key.access.read(record);
  if (key.type != Type::choice) return value;
  auto words = split_choices(key.choices);
  auto place = static_cast<std::size_t>(value.as_integer());
  return place < words.size() ? Value(words[place]) : Value();
}

std::string text_of(const Key& key, const Value& value) {
  switch (key.type) {
    case Type::flag:
      return value.as_bool() ? "true" : "false";
    case Type::integer:
      return std::to_string(value.as_integer());
    case Type::duration:
      return format_duration(value.as_integer());
    case Type::number:
      return value.to_json();
    case Type::list: {
      std::string text;
      for (const Value& item : value.as_array()) text += (text.empty() ? "" : ", ") + std::string(item.as_text());
      return text;
    }
    case Type::texts:
    case Type::free:
      return value.to_json();
    case Type::text:
    case Type::choice:
      break;
  }
  return std::string(value.as_text());
}

std::string range_fault(const Key& key, const void* record) {
  Value value = value_of(key, record);
  bool whole = key.type == Type::integer || key.type == Type::duration;
  bool good = key.type == Type::choice   ? value.is_text()
              : key.type == Type::number ? within(key, value.as_number())
              : whole                    ? value.as_integer() >= key.least && value.as_integer() <= key.most
              : key.choices.empty()      ? true
                                         : choice(key.choices, value.as_text()).has_value();
  if (good) return {};
  return "must be " + allowed(key) + ", is " +
         (value.is_text() ? "\"" + text_of(key, value) + "\"" : text_of(key, value));
}

}  // namespace netweave::config
