#include "api/openapi/schema.hpp"

#include <algorithm>
#include <array>

#include <re2/re2.h>

namespace netweave::api::openapi {
namespace {

/// Keywords that say nothing about what is valid.
constexpr std::array<std::string_view, 6> remarks = {"title",   "description", "default",
                                                     "example", "deprecated",  "externalDocs"};

Error unknown(std::string_view what, std::string_view name) {
  return make_error(ErrorKind::internal, "the OpenAPI document has the " + std::string(what) + " " + std::string(name) +
                                             ", which the validator does not know");
}

std::shared_ptr<const re2::RE2> make_pattern(std::string_view text) {
  re2::RE2::Options options;
  options.set_log_errors(false);
  return std::make_shared<const re2::RE2>(re2::StringPiece(text.data(), text.size()), options);
}

/// Keywords that hold one plain value. False where it is none of them.
bool fill_plain(Schema& into, std::string_view keyword, const Value& value) {
  auto count = [&] { return static_cast<std::size_t>(value.as_integer()); };
  if (keyword == "minimum")
    into.minimum = value.as_number();
  else if (keyword == "maximum")
    into.maximum = value.as_number();
  else if (keyword == "minLength" || keyword == "minItems" || keyword == "minProperties")
    into.min_length = count();
  else if (keyword == "maxLength" || keyword == "maxItems" || keyword == "maxProperties")
    into.max_length = count();
  else if (keyword == "enum")
    into.choices = value.as_array();
  else if (keyword == "x-netweave-only-with")
    into.only_with = value.as_text();
  else if (keyword == "x-netweave-reason")
    into.reason = value.as_text();
  else
    return keyword == "nullable" || std::find(remarks.begin(), remarks.end(), keyword) != remarks.end();
  return true;
}

}  // namespace

const Value* look_up(const Value& document, std::string_view reference) {
  if (!reference.starts_with("#/")) return nullptr;
  reference.remove_prefix(2);
  const Value* at = &document;
  while (at != nullptr) {
    std::size_t slash = reference.find('/');
    at = at->find(reference.substr(0, slash));
    if (slash == std::string_view::npos) return at;
    reference.remove_prefix(slash + 1);
  }
  return nullptr;
}

const Schema* Schema::find(std::string_view property) const noexcept {
  for (const Property& known : properties)
    if (known.name == property) return known.schema;
  return nullptr;
}

bool Schema::any_text() const noexcept {
  return (types & text) != 0 && min_length <= 1 && max_length == std::numeric_limits<std::size_t>::max() &&
         pattern == nullptr && !time && choices.empty() && all_of.empty() && any_of.empty();
}

Result<const Schema*> Schemas::compile(const Value& schema) {
  if (const Value* reference = schema.find("$ref")) return compile_reference(std::string(reference->as_text()));
  Schema& made = schemas_.emplace_back();
  if (auto filled = fill(made, schema); !filled) return std::move(filled).error();
  return &made;
}

Result<const Schema*> Schemas::compile_reference(const std::string& reference) {
  if (auto known = by_reference_.find(reference); known != by_reference_.end()) return known->second;
  const Value* from = look_up(document_, reference);
  if (from == nullptr) return unknown("reference", reference);
  if (from->find("$ref") != nullptr) return compile(*from);
  Schema& made = schemas_.emplace_back();
  by_reference_.emplace(reference, &made);  // before it is filled: it may refer to itself
  if (auto filled = fill(made, *from); !filled) return std::move(filled).error();
  return &made;
}

Result<void> Schemas::fill(Schema& into, const Value& from) {
  for (const Value::Member& member : from.as_object())
    if (auto filled = fill_keyword(into, member.first, member.second); !filled) return filled;
  into.nullable = from.at("nullable").as_bool();
  if (into.nullable) into.types |= Schema::null;
  return {};
}

Result<void> Schemas::fill_keyword(Schema& into, const std::string& keyword, const Value& value) {
  if (fill_plain(into, keyword, value)) return {};
  if (keyword == "type") return fill_type(into, value.as_text());
  if (keyword == "properties") return fill_properties(into, value);
  if (keyword == "allOf") return fill_parts(into.all_of, value);
  if (keyword == "anyOf") return fill_parts(into.any_of, value);
  if (keyword == "required") {
    for (const Value& name : value.as_array()) into.required.emplace_back(name.as_text());
    return {};
  }
  if (keyword == "items" || (keyword == "additionalProperties" && value.is_object())) {
    auto made = compile(value);
    if (!made) return std::move(made).error();
    (keyword == "items" ? into.items : into.others) = *made;
    return {};
  }
  if (keyword == "additionalProperties" && value.is_bool()) {
    into.closed = !value.as_bool();
    return {};
  }
  if (keyword == "pattern") {
    // one for each text: compiled anew for every answer's headers they were nine tenths of a gateway's start
    std::shared_ptr<const re2::RE2>& made = patterns_[std::string(value.as_text())];
    if (!made) made = make_pattern(value.as_text());
    into.pattern = made;
    return into.pattern->ok() ? Result<void>() : unknown("pattern", value.as_text());
  }
  if (keyword == "format") {
    std::string_view format = value.as_text();
    into.time = format == "date-time";
    return into.time || format == "binary" ? Result<void>() : unknown("format", format);
  }
  return unknown("keyword", keyword);
}

Result<void> Schemas::fill_type(Schema& into, std::string_view type) {
  constexpr std::array<std::pair<std::string_view, std::uint8_t>, 6> types = {
      {{"boolean", Schema::boolean},
       {"integer", Schema::integer},
       {"number", Schema::number | Schema::integer},
       {"string", Schema::text},
       {"array", Schema::array},
       {"object", Schema::object}}};
  auto place = std::find_if(types.begin(), types.end(), [&](const auto& known) { return known.first == type; });
  if (place == types.end()) return unknown("type", type);
  into.types = place->second;
  return {};
}

Result<void> Schemas::fill_parts(std::vector<const Schema*>& into, const Value& value) {
  for (const Value& part : value.as_array()) {
    auto made = compile(part);
    if (!made) return std::move(made).error();
    into.push_back(*made);
  }
  return {};
}

Result<void> Schemas::fill_properties(Schema& into, const Value& value) {
  for (const Value::Member& member : value.as_object()) {
    auto made = compile(member.second);
    if (!made) return std::move(made).error();
    into.properties.push_back({member.first, *made});
  }
  return {};
}

}  // namespace netweave::api::openapi
