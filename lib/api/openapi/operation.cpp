#include "api/openapi/operation.hpp"

#include <algorithm>
#include <charconv>

namespace netweave::api::openapi {
namespace {

/// A parameter's text as the value that the schema speaks of; text that is no such value stays text, and is refused.
Value to_value(const Schema& schema, const std::string& text) {
  const char* end = text.data() + text.size();
  if ((schema.types & Schema::integer) != 0) {
    std::int64_t number = 0;
    auto [stop, error] = std::from_chars(text.data(), end, number);
    if (error == std::errc() && stop == end) return number;
  }
  if ((schema.types & Schema::boolean) != 0 && (text == "true" || text == "false")) return text == "true";
  return text;
}

const Value& resolve(const Value& document, const Value& value) {
  const Value* at = &value;
  while (at != nullptr && at->find("$ref") != nullptr) at = look_up(document, at->at("$ref").as_text());
  return at != nullptr ? *at : value;
}

}  // namespace

std::string_view media_type(std::string_view header) {
  header = header.substr(0, header.find(';'));
  while (!header.empty() && (header.back() == ' ' || header.back() == '\t')) header.remove_suffix(1);
  return header;
}

bool same_text(std::string_view a, std::string_view b) {
  auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [&](char x, char y) { return lower(x) == lower(y); });
}

Result<Operation> Operation::make(const Value& document, Schemas& schemas, std::string path, std::string method,
                                  const Value& operation) {
  Operation made;
  made.id = operation.at("operationId").as_text();
  made.path = std::move(path);
  made.method = std::move(method);
  made.version = operation.at("x-netweave-version").as_text();
  made.permission = operation.at("x-netweave-permission").as_text();
  made.ignores_unknown_ = operation.find("x-netweave-unknown-parameters") != nullptr;
  for (const Value& parameter : operation.at("parameters").as_array())
    if (auto added = made.add_parameter(document, schemas, resolve(document, parameter)); !added)
      return std::move(added).error();
  const Value& body = resolve(document, operation.at("requestBody"));
  made.needs_body_ = body.at("required").as_bool();
  if (auto added = add_content(schemas, body.at("content"), made.body_); !added) return std::move(added).error();
  for (const Value::Member& answer : operation.at("responses").as_object())
    if (auto added = made.add_answer(document, schemas, answer.first, resolve(document, answer.second)); !added)
      return std::move(added).error();
  return made;
}

Result<void> Operation::add_parameter(const Value& document, Schemas& schemas, const Value& parameter) {
  Parameter made;
  made.name = parameter.at("name").as_text();
  made.required = parameter.at("required").as_bool();
  const Value& schema = resolve(document, parameter.at("schema"));
  made.list = schema.at("type").as_text() == "array";
  auto compiled = schemas.compile(schema);
  if (!compiled) return std::move(compiled).error();
  made.schema = *compiled;
  std::string_view in = parameter.at("in").as_text();
  if (parameter.find("x-netweave-query") != nullptr)
    operators_ = true;
  else if (in == "query")
    query_.push_back(std::move(made));
  else if (in == "path")
    path_.push_back(std::move(made));
  else if (made.required || !made.schema->any_text() || made.schema->min_length > 0)
    headers_.push_back(std::move(made));  // one that may be anything need not be looked for
  return {};
}

Result<void> Operation::add_content(Schemas& schemas, const Value& content, std::vector<Content>& into) {
  for (const Value::Member& type : content.as_object()) {
    auto compiled = schemas.compile(type.second.at("schema"));
    if (!compiled) return std::move(compiled).error();
    into.push_back({type.first, *compiled});
  }
  return {};
}

Result<void> Operation::add_answer(const Value& document, Schemas& schemas, const std::string& status,
                                   const Value& answer) {
  int number = 0;
  std::from_chars(status.data(), status.data() + status.size(), number);
  Answer& made = answers_[number];
  for (const Value::Member& header : answer.at("headers").as_object()) {
    const Value& from = resolve(document, header.second);
    auto compiled = schemas.compile(from.at("schema"));
    if (!compiled) return std::move(compiled).error();
    made.headers.push_back({header.first, from.at("required").as_bool(), false, *compiled});
  }
  return add_content(schemas, answer.at("content"), made.content);
}

const Schema* Operation::body_schema(std::string_view media_type) const noexcept {
  for (const Content& content : body_)
    if (same_text(content.type, media_type)) return content.schema;
  return nullptr;
}

std::string Operation::media_types() const {
  std::string text;
  for (const Content& content : body_) text += (text.empty() ? "" : " or ") + content.type;
  return text;
}

void Operation::check_text(const Parameter& parameter, const std::vector<std::string>& texts,
                           std::vector<Fault>& faults) {
  if (!parameter.list) {
    if (texts.size() > 1) faults.push_back({parameter.name, "is given more than once"});
    check(*parameter.schema, to_value(*parameter.schema, texts.front()), parameter.name, nullptr, faults);
    return;
  }
  for (const std::string& text : texts) {
    std::size_t before = faults.size();
    check(*parameter.schema->items, to_value(*parameter.schema->items, text), parameter.name, nullptr, faults);
    if (faults.size() > before) return;  // one fault of a parameter says enough
  }
}

void Operation::check_path(const std::vector<std::string>& parts, std::vector<Fault>& faults) const {
  for (std::size_t i = 0; i < path_.size() && i < parts.size(); ++i)
    if (!path_[i].schema->any_text()) check_text(path_[i], {parts[i]}, faults);
}

const Operation::Parameter* Operation::find_query(std::string_view name) const noexcept {
  for (const Parameter& parameter : query_)
    if (parameter.name == name) return &parameter;
  return nullptr;
}

void Operation::check_query(const query::Parameters& query, std::vector<Fault>& faults) const {
  if (!ignores_unknown_)
    for (const auto& item : query.items()) {
      bool left = operators_ && item.first.ends_with(']');
      if (!left && find_query(item.first) == nullptr) faults.push_back({item.first, "no such parameter of this path"});
    }
  for (const Parameter& parameter : query_) {
    std::vector<std::string> texts = query.all(parameter.name);
    if (!texts.empty())
      check_text(parameter, texts, faults);
    else if (parameter.required)
      faults.push_back({parameter.name, "is required"});
  }
}

void Operation::check_headers(const http::Headers& headers, std::vector<Fault>& faults) const {
  for (const Parameter& parameter : headers_) {
    if (const std::string* text = http::find_header(headers, parameter.name))
      check_text(parameter, {*text}, faults);
    else if (parameter.required)
      faults.push_back({parameter.name, "is required"});
  }
}

std::vector<Fault> Operation::check_response(const http::Response& response, const query::Parameters& query) const {
  std::vector<Fault> faults;
  auto place = answers_.find(response.status);
  if (place == answers_.end()) return {{"status", std::to_string(response.status) + " is not in the document"}};
  for (const Parameter& header : place->second.headers) {
    if (const std::string* text = http::find_header(response.headers, header.name))
      check_text(header, {*text}, faults);
    else if (header.required)
      faults.push_back({header.name, "is required"});
  }
  const std::string* type = http::find_header(response.headers, "Content-Type");
  if (type == nullptr) {
    if (!place->second.content.empty()) faults.push_back({"Content-Type", "is required"});
    return faults;
  }
  for (const Content& content : place->second.content) {
    if (!same_text(content.type, media_type(*type))) continue;
    if (!content.type.ends_with("json") || response.body.stream() != nullptr) return faults;
    if (http::find_header(response.headers, "Content-Encoding") != nullptr) return faults;
    auto body = Value::parse(response.body.to_string());
    if (!body)
      faults.push_back({"body", body.error().message});
    else
      check(*content.schema, *body, {}, &query, faults);
    return faults;
  }
  faults.push_back({"Content-Type", *type + " is not in the document"});
  return faults;
}

}  // namespace netweave::api::openapi
