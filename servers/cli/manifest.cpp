#include "manifest.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

#include "config/text.hpp"
#include "config/tree.hpp"
#include "exit.hpp"

namespace netweave::cli {
namespace {

using config::Node;

Value value_of(const Node& node) {
  switch (node.kind) {
    case Node::Kind::null:
      return nullptr;
    case Node::Kind::scalar:
      return node.quoted ? Value(node.text) : config::plain_value(node.text);
    case Node::Kind::list: {
      Value items = Value::array();
      for (const Node& item : node.items) items.push_back(value_of(item));
      return items;
    }
    case Node::Kind::map:
      break;
  }
  Value section = Value::object();
  for (const auto& [name, member] : node.members) section.add(name, value_of(member));
  return section;
}

/// Where the JSON value at the head of `text` ends: behind its last bracket.
std::size_t end_of_json(std::string_view text) {
  int depth = 0;
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (quoted) {
      if (c == '\\')
        ++i;
      else if (c == '"')
        quoted = false;
    } else if (c == '"') {
      quoted = true;
    } else if (c == '{' || c == '[') {
      ++depth;
    } else if ((c == '}' || c == ']') && --depth == 0) {
      return i + 1;
    }
  }
  return text.size();
}

std::string_view skip_blanks(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(" \t\r\n"), text.size()));
  return text;
}

Result<std::vector<Value>> read_json_values(std::string_view text, const std::string& name) {
  std::vector<Value> values;
  while (!text.empty()) {
    std::size_t end = end_of_json(text);
    auto value = Value::parse(text.substr(0, end));
    if (!value)
      return usage_error(name + ": value " + std::to_string(values.size() + 1) + ": " + value.error().message);
    values.push_back(std::move(*value));
    text = skip_blanks(text.substr(end));
  }
  return values;
}

Result<std::vector<Value>> read_yaml_values(std::string_view text, const std::string& name) {
  std::vector<config::Located> located;
  std::vector<Node> nodes = config::read_yaml_documents(text, located);
  if (!located.empty()) {
    Error error = usage_error(name + " can't be read");
    for (const auto& [origin, fault] : located)
      error.faults.push_back(
          {name + ":" + std::to_string(origin.line) + (fault.field.empty() ? "" : ": " + fault.field), fault.reason});
    return error;
  }
  std::vector<Value> values;
  for (const Node& node : nodes)
    if (node.kind != Node::Kind::null) values.push_back(value_of(node));
  return values;
}

class Collector {
 public:
  Collector(const Kind* given, std::vector<Document>& documents) : given_(given), documents_(documents) {}

  Result<void> take(Value value, const std::string& where) {
    if (value.is_array()) return take_items(std::move(value), where);
    if (!value.is_object()) return usage_error(where + " is no object");
    const Value* kind = value.find("kind");
    if (value.find("items") != nullptr && (kind == nullptr || kind->as_text() == "List"))
      return take_items(value.at("items"), where);
    Document document;
    document.where = where;
    document.kind = given_;
    if (kind != nullptr) {
      auto found = find_kind(kind->as_text());
      if (!found) return usage_error(where + ": " + found.error().message);
      if (given_ != nullptr && *found != given_)
        return usage_error(where + " is a " + std::string((*found)->name) + ", and a " + std::string(given_->name) +
                           " is asked for");
      document.kind = *found;
    }
    if (document.kind == nullptr)
      return usage_error(where +
                         " has no kind: give it a member kind, such as \"kind\": \"ResourcePool\", or name the "
                         "kind before -f");
    value.erase("kind");
    for (std::string_view member : words_of(document.kind->read_only)) value.erase(member);
    document.body = std::move(value);
    documents_.push_back(std::move(document));
    return {};
  }

 private:
  Result<void> take_items(Value items, const std::string& where) {
    std::size_t number = 0;
    for (const Value& item : items.as_array())
      if (auto taken = take(item, where + ", item " + std::to_string(++number)); !taken) return taken;
    return {};
  }

  const Kind* given_;
  std::vector<Document>& documents_;
};

}  // namespace

Result<std::string> read_file(const std::string& path) {
  using File = std::unique_ptr<std::FILE, int (*)(std::FILE*)>;
  File opened(nullptr, &std::fclose);
  std::FILE* file = stdin;
  if (path != "-") {
    opened.reset(std::fopen(path.c_str(), "rbe"));
    file = opened.get();
  }
  std::string text;
  char bytes[65536];
  while (file != nullptr) {
    std::size_t count = std::fread(bytes, 1, sizeof(bytes), file);
    text.append(bytes, count);
    if (count == 0) break;
  }
  if (file == nullptr || std::ferror(file) != 0) return usage_error(path + " can't be read: " + std::strerror(errno));
  return text;
}

Result<std::vector<Value>> read_values(const std::string& text, const std::string& name) {
  std::string_view rest = skip_blanks(text);
  if (!rest.starts_with('{') && !rest.starts_with('[')) return read_yaml_values(text, name);
  auto json = read_json_values(rest, name);
  if (json) return json;
  auto yaml = read_yaml_values(text, name);  // a flow map: {name: Rack 12}
  return yaml ? std::move(yaml) : std::move(json);
}

Result<std::vector<Document>> read_manifests(const std::vector<std::string>& files, const Kind* given) {
  std::vector<Document> documents;
  Collector collector(given, documents);
  for (const std::string& file : files) {
    std::string name = file == "-" ? "standard input" : file;
    auto text = read_file(file);
    if (!text) return std::move(text).error();
    auto values = read_values(*text, name);
    if (!values) return std::move(values).error();
    std::size_t number = 0;
    for (Value& value : *values) {
      ++number;
      std::string where = values->size() == 1 ? name : name + ", document " + std::to_string(number);
      if (auto taken = collector.take(std::move(value), where); !taken) return std::move(taken).error();
    }
    if (number == 0) return usage_error(name + " holds no object");
  }
  return documents;
}

}  // namespace netweave::cli
