#include "model/fields.hpp"

#include <algorithm>
#include <optional>

#include "base/json.hpp"

namespace netweave::model {
namespace {

template <class T>
T& member(void* object, const Field& field) {
  return *reinterpret_cast<T*>(static_cast<char*>(object) + field.offset);
}
template <class T>
const T& member(const void* object, const Field& field) {
  return *reinterpret_cast<const T*>(static_cast<const char*>(object) + field.offset);
}

const void* inner(const void* object, const Field& field) { return static_cast<const char*>(object) + field.offset; }

/// Calls `each` with every struct of `items` and its place, as a path has it.
template <class Each>
void each_item(const Field& field, const void* object, Each&& each) {
  const void* vector = inner(object, field);
  const auto* item = static_cast<const char*>(field.vector->first(vector));
  for (std::size_t i = 0; i < field.vector->size(vector); ++i, item += field.vector->stride)
    each(static_cast<const void*>(item), "[" + std::to_string(i) + "]");
}

using Texts = std::vector<std::string>;
using Number = std::optional<double>;
using Flag = std::optional<bool>;

std::size_t characters(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0U) != 0x80U; }));
}

std::string_view type_name(FieldType type) {
  switch (type) {
    case FieldType::text:
      return "a string";
    case FieldType::text_list:
      return "an array of strings";
    case FieldType::text_set:
      return "a string or an array of strings";
    case FieldType::number:
      return "a number";
    case FieldType::flag:
      return "true or false";
    case FieldType::array:
      return "an array";
    case FieldType::items:
      return "an array of objects";
    default:
      return "an object";
  }
}

bool read_texts(const Value& json, Texts& into) {
  if (!json.is_array()) return false;
  Texts texts;
  for (const Value& item : json.as_array()) {
    if (!item.is_text()) return false;
    texts.emplace_back(item.as_text());
  }
  into = std::move(texts);
  return true;
}

bool read_items(const Field& field, const Value& json, void* into, std::vector<Fault>& faults,
                const std::string& path) {
  const Value::Array& items = json.as_array();
  if (!json.is_array() || !std::all_of(items.begin(), items.end(), [](const Value& item) { return item.is_object(); }))
    return false;
  auto* item = static_cast<char*>(field.vector->renew(static_cast<char*>(into) + field.offset, items.size()));
  for (std::size_t i = 0; i < items.size(); ++i, item += field.vector->stride)
    read_fields(*field.nested, items[i], item, faults, path + "[" + std::to_string(i) + "].");
  return true;
}

/// False where the JSON is of another type.
bool read_member(const Field& field, const Value& json, void* into, std::vector<Fault>& faults,
                 const std::string& path) {
  switch (field.type) {
    case FieldType::text:
      if (json.is_text()) member<std::string>(into, field) = json.as_text();
      return json.is_text();
    case FieldType::text_set:
      if (json.is_text()) {
        member<Texts>(into, field) = {std::string(json.as_text())};
        return true;
      }
      return read_texts(json, member<Texts>(into, field));
    case FieldType::text_list:
      return read_texts(json, member<Texts>(into, field));
    case FieldType::number:
      if (json.is_number()) member<Number>(into, field) = json.as_number();
      return json.is_number();
    case FieldType::flag:
      if (json.is_bool()) member<Flag>(into, field) = json.as_bool();
      return json.is_bool();
    case FieldType::object:
      if (json.is_object()) member<Value>(into, field) = json;
      return json.is_object();
    case FieldType::array:
      if (json.is_array()) member<Value>(into, field) = json;
      return json.is_array();
    case FieldType::nested:
      if (json.is_object())
        read_fields(*field.nested, json, static_cast<char*>(into) + field.offset, faults, path + ".");
      return json.is_object();
    case FieldType::items:
      return read_items(field, json, into, faults, path);
  }
  return false;
}

void check_length(const Field& field, const void* object, std::vector<Fault>& faults, const std::string& path) {
  if (field.max_length == 0) return;
  bool text = field.type == FieldType::text;
  std::size_t length = text ? characters(member<std::string>(object, field)) : member<Value>(object, field).size();
  if (length > field.max_length)
    faults.push_back({path, "at most " + std::to_string(field.max_length) + (text ? " characters" : " members")});
}

bool absent(const Field& field, const void* object) {
  switch (field.type) {
    case FieldType::text:
      return member<std::string>(object, field).empty();
    case FieldType::text_list:
    case FieldType::text_set:
      return member<Texts>(object, field).empty();
    case FieldType::number:
      return !member<Number>(object, field).has_value();
    case FieldType::flag:
      return !member<Flag>(object, field).has_value();
    case FieldType::object:
    case FieldType::array:
      return member<Value>(object, field).empty();
    case FieldType::nested:
      return std::all_of(field.nested->fields.begin(), field.nested->fields.end(),
                         [&](const Field& f) { return absent(f, inner(object, field)); });
    case FieldType::items:
      return field.vector->size(inner(object, field)) == 0;
  }
  return true;
}

bool same(const Field& field, const void* a, const void* b) {
  switch (field.type) {
    case FieldType::text:
      return member<std::string>(a, field) == member<std::string>(b, field);
    case FieldType::text_list:
    case FieldType::text_set:
      return member<Texts>(a, field) == member<Texts>(b, field);
    case FieldType::number:
      return member<Number>(a, field) == member<Number>(b, field);
    case FieldType::flag:
      return member<Flag>(a, field) == member<Flag>(b, field);
    case FieldType::object:
    case FieldType::array:
      return member<Value>(a, field) == member<Value>(b, field);
    case FieldType::nested:
    case FieldType::items:
      return false;
  }
  return false;
}

void write_texts(const Texts& texts, std::string& out) {
  out += '[';
  for (std::size_t i = 0; i < texts.size(); ++i) {
    if (i > 0) out += ',';
    append_json_text(out, texts[i]);
  }
  out += ']';
}

void write_member(const Field& field, const void* from, std::string& out) {
  switch (field.type) {
    case FieldType::text:
      append_json_text(out, member<std::string>(from, field));
      return;
    case FieldType::text_list:
    case FieldType::text_set:
      write_texts(member<Texts>(from, field), out);
      return;
    case FieldType::number:
      append_json_number(out, *member<Number>(from, field));
      return;
    case FieldType::flag:
      out += *member<Flag>(from, field) ? "true" : "false";
      return;
    case FieldType::object: {
      const Value& value = member<Value>(from, field);
      if (value.is_object())
        value.append_json(out);
      else
        out += "{}";
      return;
    }
    case FieldType::array:
      member<Value>(from, field).append_json(out);
      return;
    case FieldType::nested:
      write_fields(*field.nested, inner(from, field), out);
      return;
    case FieldType::items:
      out += '[';
      each_item(field, from, [&](const void* item, const std::string&) {
        if (out.back() != '[') out += ',';
        write_fields(*field.nested, item, out);
      });
      out += ']';
      return;
  }
}

}  // namespace

const Field* Table::find(std::string_view field) const noexcept {
  auto place = std::find_if(fields.begin(), fields.end(), [&](const Field& f) { return f.name == field; });
  return place == fields.end() ? nullptr : &*place;
}

void read_fields(const Table& table, const Value& json, void* into, std::vector<Fault>& faults,
                 const std::string& prefix) {
  if (!json.is_object()) {
    faults.push_back({prefix.empty() ? "body" : prefix, "must be a JSON object"});
    return;
  }
  for (const Value::Member& given : json.as_object()) {
    const Field* field = table.find(given.first);
    std::string path = prefix + given.first;
    if (field == nullptr) {
      faults.push_back({path, "no such member of a " + std::string(table.name)});
    } else if (!read_member(*field, given.second, into, faults, path)) {
      faults.push_back({path, "must be " + std::string(type_name(field->type))});
    } else {
      check_length(*field, into, faults, path);
    }
  }
}

void check_required(const Table& table, const void* from, std::span<const std::string_view> given,
                    std::vector<Fault>& faults, const std::string& prefix) {
  for (const Field& field : table.fields) {
    bool excused = field.server || std::find(given.begin(), given.end(), field.name) != given.end();
    std::string path = prefix + std::string(field.name);
    bool there = !absent(field, from);
    if (field.required && !excused && !there) faults.push_back({path, "is required"});
    if (field.type == FieldType::nested && there)
      check_required(*field.nested, inner(from, field), given, faults, path + ".");
    if (field.type == FieldType::items)
      each_item(field, from, [&](const void* item, const std::string& place) {
        check_required(*field.nested, item, given, faults, path + place + ".");
      });
  }
}

void check_immutable(const Table& table, const void* before, const void* after, std::vector<Fault>& faults) {
  for (const Field& field : table.fields)
    if (field.immutable && !absent(field, after) && !same(field, before, after))
      faults.push_back({std::string(field.name), "can't be changed"});
}

void write_fields(const Table& table, const void* from, std::string& out) {
  out += '{';
  bool first = true;
  for (const Field& field : table.fields) {
    if (absent(field, from) && !field.required) continue;
    if (!first) out += ',';
    first = false;
    out += '"';
    out += field.name;
    out += "\":";
    write_member(field, from, out);
  }
  out += '}';
}

}  // namespace netweave::model
