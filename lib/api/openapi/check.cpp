#include <algorithm>
#include <cmath>

#include <re2/re2.h>

#include "api/openapi/schema.hpp"
#include "base/json.hpp"
#include "base/pointer.hpp"
#include "base/time.hpp"

namespace netweave::api::openapi {
namespace {

std::uint8_t type_of(const Value& value) {
  if (value.is_null()) return Schema::null;
  if (value.is_bool()) return Schema::boolean;
  if (value.is_integer()) return Schema::integer;
  if (value.is_number()) return std::trunc(value.as_number()) == value.as_number() ? Schema::integer : Schema::number;
  if (value.is_text()) return Schema::text;
  return value.is_array() ? Schema::array : Schema::object;
}

std::string number_text(double number) {
  std::string text;
  append_json_number(text, number);
  return text;
}

/// "must be a whole number from 1 to 1000"
std::string must_be(const Schema& schema) {
  std::string text = "must be ";
  auto add = [&text](std::string_view name) {
    if (!text.ends_with("be ")) text += " or ";
    text += name;
  };
  if ((schema.types & Schema::number) != 0)
    add("a number");
  else if ((schema.types & Schema::integer) != 0)
    add("a whole number");
  if ((schema.types & (Schema::number | Schema::integer)) != 0) {
    if (schema.minimum && schema.maximum)
      text += " from " + number_text(*schema.minimum) + " to " + number_text(*schema.maximum);
    else if (schema.minimum)
      text += " of at least " + number_text(*schema.minimum);
    else if (schema.maximum)
      text += " of at most " + number_text(*schema.maximum);
  }
  if ((schema.types & Schema::boolean) != 0) add("true or false");
  if ((schema.types & Schema::text) != 0) add("a string");
  if ((schema.types & Schema::array) != 0)
    add(schema.items != nullptr && schema.items->types == Schema::text ? "an array of strings" : "an array");
  if ((schema.types & Schema::object) != 0) add("an object");
  if ((schema.types & Schema::null) != 0) add("null");
  return text;
}

std::string one_of(const std::vector<Value>& choices) {
  std::string text = choices.size() == 1 ? "must be " : "must be one of ";
  for (const Value& choice : choices) {
    if (&choice != &choices.front()) text += ", ";
    text += choice.is_text() ? std::string(choice.as_text()) : choice.to_json();
  }
  return text;
}

std::size_t characters(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0U) != 0x80U; }));
}

class Check {
 public:
  Check(const query::Parameters* query, Places places, std::vector<Fault>& faults)
      : query_(query), places_(places), faults_(faults) {}

  void run(const Schema& schema, const Value& value, const std::string& where) {
    std::uint8_t type = type_of(value);
    if ((schema.types & type) == 0) return say(schema, where, must_be(schema));
    if (value.is_null() && schema.nullable) return;
    if (!schema.choices.empty() &&
        std::find(schema.choices.begin(), schema.choices.end(), value) == schema.choices.end())
      return say(schema, where, one_of(schema.choices));
    if (value.is_text()) text(schema, value.as_text(), where);
    if (value.is_number()) number(schema, value.as_number(), where);
    if (value.is_array()) array(schema, value.as_array(), where);
    if (value.is_object()) object(schema, value, where);
    for (const Schema* part : schema.all_of) run(*part, value, where);
    if (!schema.any_of.empty()) any_of(schema, value, where);
    if (!schema.only_with.empty() && query_ != nullptr && query_->find(schema.only_with) == nullptr)
      fault(where, "is not whole, though " + schema.only_with + " was not asked for");
  }

 private:
  void fault(const std::string& where, std::string reason) {
    faults_.push_back({where.empty() ? "body" : where, std::move(reason)});
  }

  std::string item(const std::string& where, std::size_t index) const {
    if (places_ == Places::pointers) return where + "/" + std::to_string(index);
    return where + "[" + std::to_string(index) + "]";
  }

  std::string inside(const std::string& where, const std::string& name) const {
    if (places_ == Places::pointers) return where + "/" + pointer_part(name);
    return where.empty() ? name : where + "." + name;
  }

  /// A fault of the value itself, in the schema's own words where it has some.
  void say(const Schema& schema, const std::string& where, std::string reason) {
    fault(where, schema.reason.empty() ? std::move(reason) : schema.reason);
  }

  void length(const Schema& schema, std::size_t count, std::string_view unit, const std::string& where) {
    if (count > schema.max_length)
      say(schema, where, "at most " + std::to_string(schema.max_length) + " " + std::string(unit));
    else if (count < schema.min_length)
      say(schema, where,
          schema.min_length == 1 ? "must not be empty"
                                 : "at least " + std::to_string(schema.min_length) + " " + std::string(unit));
  }

  void text(const Schema& schema, std::string_view text, const std::string& where) {
    length(schema, characters(text), "characters", where);
    if (schema.pattern != nullptr &&
        !re2::RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), *schema.pattern))
      say(schema, where, "must match " + schema.pattern->pattern());
    if (schema.time && !parse_rfc3339(text))
      say(schema, where, "must be a time, as in 2026-01-02T03:04:05Z (RFC 3339)");
  }

  void number(const Schema& schema, double number, const std::string& where) {
    if ((schema.minimum && number < *schema.minimum) || (schema.maximum && number > *schema.maximum))
      say(schema, where, must_be(schema));
  }

  void array(const Schema& schema, const Value::Array& items, const std::string& where) {
    length(schema, items.size(), "items", where);
    if (schema.items == nullptr) return;
    for (std::size_t i = 0; i < items.size(); ++i) run(*schema.items, items[i], item(where, i));
  }

  void object(const Schema& schema, const Value& value, const std::string& where) {
    length(schema, value.size(), "members", where);
    for (const Value::Member& member : value.as_object()) {
      if (const Schema* known = schema.find(member.first))
        run(*known, member.second, inside(where, member.first));
      else if (schema.closed)
        fault(inside(where, member.first), "no such member");
      else if (schema.others != nullptr)
        run(*schema.others, member.second, inside(where, member.first));
    }
    for (const std::string& name : schema.required)
      if (value.find(name) == nullptr) fault(inside(where, name), "is required");
  }

  /// Where none holds, the faults of the only one whose type fits say more than that none does.
  void any_of(const Schema& schema, const Value& value, const std::string& where) {
    std::vector<std::vector<Fault>> told;
    std::string types;
    std::uint8_t type = type_of(value);
    for (const Schema* part : schema.any_of) {
      std::vector<Fault> faults;
      Check(query_, places_, faults).run(*part, value, where);
      if (faults.empty()) return;
      if ((part->types & type) != 0) told.push_back(std::move(faults));
      types += types.empty() ? must_be(*part) : " or " + must_be(*part).substr(8);
    }
    if (told.empty()) return fault(where, types);
    std::move(told.front().begin(), told.front().end(), std::back_inserter(faults_));
  }

  const query::Parameters* query_;
  Places places_;
  std::vector<Fault>& faults_;
};

}  // namespace

void check(const Schema& schema, const Value& value, const std::string& where, const query::Parameters* query,
           std::vector<Fault>& faults, Places places) {
  Check(query, places, faults).run(schema, value, where);
}

}  // namespace netweave::api::openapi
