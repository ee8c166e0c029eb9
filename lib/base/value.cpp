#include "netweave/value.hpp"

#include <algorithm>

#include "base/json.hpp"

namespace netweave {
namespace {

const Value null_value;
const Value::Array no_items;
const Value::Object no_members;

}  // namespace

bool Value::as_bool(bool fallback) const noexcept {
  const auto* flag = std::get_if<bool>(&data_);
  return flag != nullptr ? *flag : fallback;
}

std::int64_t Value::as_integer(std::int64_t fallback) const noexcept {
  const auto* number = std::get_if<std::int64_t>(&data_);
  return number != nullptr ? *number : fallback;
}

double Value::as_number(double fallback) const noexcept {
  if (const auto* integer = std::get_if<std::int64_t>(&data_)) return static_cast<double>(*integer);
  const auto* number = std::get_if<double>(&data_);
  return number != nullptr ? *number : fallback;
}

std::string_view Value::as_text(std::string_view fallback) const noexcept {
  const auto* text = std::get_if<std::string>(&data_);
  return text != nullptr ? std::string_view(*text) : fallback;
}

const Value::Array& Value::as_array() const noexcept {
  const auto* items = std::get_if<Array>(&data_);
  return items != nullptr ? *items : no_items;
}

const Value::Object& Value::as_object() const noexcept {
  const auto* members = std::get_if<Object>(&data_);
  return members != nullptr ? *members : no_members;
}

const Value* Value::find(std::string_view name) const noexcept {
  for (const Member& member : as_object())
    if (member.first == name) return &member.second;
  return nullptr;
}

const Value& Value::at(std::string_view name) const noexcept {
  const Value* member = find(name);
  return member != nullptr ? *member : null_value;
}

Value& Value::operator[](std::string_view name) {
  if (!is_object()) data_ = Object{};
  auto& members = *std::get_if<Object>(&data_);
  for (Member& member : members)
    if (member.first == name) return member.second;
  return members.emplace_back(std::string(name), Value()).second;
}

Value& Value::add(std::string name, Value value) {
  if (!is_object()) data_ = Object{};
  return std::get_if<Object>(&data_)->emplace_back(std::move(name), std::move(value)).second;
}

Value& Value::push_back(Value item) {
  if (!is_array()) data_ = Array{};
  return std::get_if<Array>(&data_)->emplace_back(std::move(item));
}

bool Value::erase(std::string_view name) {
  auto* members = std::get_if<Object>(&data_);
  if (members == nullptr) return false;
  return std::erase_if(*members, [&](const Member& member) { return member.first == name; }) > 0;
}

bool Value::empty() const noexcept { return size() == 0; }

std::size_t Value::size() const noexcept {
  if (is_array()) return as_array().size();
  if (is_object()) return as_object().size();
  return as_text().size();
}

bool Value::equals(const Value& other) const noexcept {
  if (is_number() && other.is_number()) {
    if (is_integer() && other.is_integer()) return as_integer() == other.as_integer();
    return as_number() == other.as_number();
  }
  if (!is_object() || !other.is_object()) return data_ == other.data_;
  if (size() != other.size()) return false;
  return std::all_of(as_object().begin(), as_object().end(), [&](const Member& member) {
    const Value* twin = other.find(member.first);
    return twin != nullptr && *twin == member.second;
  });
}

void Value::append_json(std::string& out) const {
  switch (data_.index()) {
    case 1:
      out += as_bool() ? "true" : "false";
      return;
    case 2:
      out += std::to_string(as_integer());
      return;
    case 3:
      append_json_number(out, as_number());
      return;
    case 4:
      append_json_text(out, as_text());
      return;
    case 5: {
      out += '[';
      const char* comma = "";
      for (const Value& item : as_array()) {
        out += comma;
        item.append_json(out);
        comma = ",";
      }
      out += ']';
      return;
    }
    case 6: {
      out += '{';
      const char* comma = "";
      for (const Member& member : as_object()) {
        out += comma;
        append_json_text(out, member.first);
        out += ':';
        member.second.append_json(out);
        comma = ",";
      }
      out += '}';
      return;
    }
    default:
      out += "null";
  }
}

std::string Value::to_json() const {
  std::string out;
  append_json(out);
  return out;
}

void merge_patch(Value& target, const Value& patch) {
  if (!patch.is_object()) {
    target = patch;
    return;
  }
  if (!target.is_object()) target = Value::object();
  for (const Value::Member& member : patch.as_object()) {
    if (member.second.is_null())
      target.erase(member.first);
    else
      merge_patch(target[member.first], member.second);
  }
}

}  // namespace netweave
