#include "config/read.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "config/keys.hpp"
#include "config/text.hpp"

namespace netweave::config {
namespace {

constexpr std::uintmax_t max_secret_bytes = 65536;
constexpr std::string_view twin = "_file";

std::string_view kind_name(const Node& node) {
  switch (node.kind) {
    case Node::Kind::list:
      return "a list";
    case Node::Kind::map:
      return "a section";
    default:
      return "empty";
  }
}

/// The names that stand directly below a section, and what a suggestion is looked for in.
std::vector<std::string_view> names_in(std::string_view section) {
  std::vector<std::string_view> names;
  auto add = [&](std::string_view path) {
    if (!path.starts_with(section)) return;
    std::string_view rest = path.substr(section.size());
    std::string_view name = rest.substr(0, rest.find('.'));
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  };
  const List* list = list_above(section);
  for (const Key& key : list ? list->keys : config_keys()) add(key.path);
  if (list) return names;
  for (const List& one : config_lists()) add(one.path);
  return names;
}

std::string unknown_key(const std::string& section, const std::string& name) {
  for (const OlderName& older : older_names())
    if (older.old == section + name) return "unknown key; it is called \"" + std::string(older.now) + "\" here";
  auto names = names_in(section);
  if (std::string_view near = nearest(name, names); !near.empty())
    return "unknown key; did you mean \"" + std::string(near) + "\"?";
  for (const Key& key : config_keys())
    if (key.path.ends_with("." + name)) return "unknown key; did you mean \"" + std::string(key.path) + "\"?";
  std::string known;
  for (std::string_view one : names) known += (known.empty() ? "" : ", ") + std::string(one);
  return "unknown key; known here: " + known;
}

Value free_value(const Node& node, bool secret) {
  switch (node.kind) {
    case Node::Kind::null:
      return nullptr;
    case Node::Kind::scalar:  // a password of digits is still text
      return node.quoted || (secret && (node.expanded || !node.origin.variable.empty())) ? Value(node.text)
                                                                                         : plain_value(node.text);
    case Node::Kind::list: {
      Value items = Value::array();
      for (const Node& item : node.items) items.push_back(free_value(item, secret));
      return items;
    }
    case Node::Kind::map:
      break;
  }
  Value section = Value::object();
  for (const auto& [name, member] : node.members) section.add(name, free_value(member, names_secret(name)));
  return section;
}

class Reader {
 public:
  Reader(Config& config, Origins& origins, std::vector<Located>& faults)
      : config_(config), origins_(origins), faults_(faults) {}

  void section(const Node& node, const std::string& prefix) {
    if (node.kind == Node::Kind::null) return;  // a section whose keys are all commented out
    if (node.kind != Node::Kind::map)
      return fault(node.origin, prefix.substr(0, prefix.size() - 1),
                   "must be a section of keys, not a value or a list");
    for (const auto& [name, member] : node.members) config_member(node, name, member, prefix);
  }

 private:
  void config_member(const Node& parent, const std::string& name, const Node& node, const std::string& prefix) {
    std::string path = prefix + name;
    if (name.find('.') != std::string::npos)
      return fault(node.origin, path, "unknown key; a dot is a level: indent the rest below it");
    if (const List* list = find_list(path)) return items(*list, node);
    if (const Key* key = find_key(config_keys(), path)) return value(*key, node, path, &config_);
    if (const Key* key = secret_of(path)) return secret_file(*key, parent, node, path);
    if (is_section(config_keys(), path)) {
      origins_[path] = node.origin;
      return section(node, path + ".");
    }
    fault(node.origin, path, is_later(path) ? later(node) : unknown_key(prefix, name));
  }

  static std::string later(const Node& node) {
    std::string what = node.kind == Node::Kind::map ? "section" : "key";
    return "this version does not have this " + what + " yet: remove it";
  }

  static const Key* secret_of(std::string_view path) {
    if (!path.ends_with(twin)) return nullptr;
    const Key* key = find_key(config_keys(), path.substr(0, path.size() - twin.size()));
    return key && key->secret ? key : nullptr;
  }

  void items(const List& list, const Node& node) {
    std::string path(list.path);
    origins_[path] = node.origin;
    if (node.kind == Node::Kind::null) return;
    if (node.kind != Node::Kind::list) return fault(node.origin, path, "must be a list of " + std::string(list.noun));
    for (std::size_t i = 0; i < node.items.size(); ++i)
      item({list, list.add(config_)}, node.items[i], path + "[" + std::to_string(i) + "]", {});
  }

  struct Item {
    const List& list;
    void* record;
  };

  /// Reads an item, or a section inside one: `below` is what stands before its keys in the table ("conditions.").
  void item(const Item& item, const Node& node, const std::string& path, const std::string& below) {
    origins_[path] = node.origin;
    if (node.kind == Node::Kind::null && !below.empty()) return;
    if (node.kind != Node::Kind::map)
      return fault(node.origin, path, "must be a section of keys: " + some(item, below));
    for (const auto& [name, member] : node.members) {
      std::string own = below + name;
      std::string member_path = path + "." + name;
      if (const Key* key = find_key(item.list.keys, own))
        value(*key, member, member_path, item.record);
      else if (is_section(item.list.keys, own))
        this->item(item, member, member_path, own + ".");
      else
        fault(member.origin, member_path, unknown_in(item, below, name, member));
    }
  }

  static std::string unknown_in(const Item& item, const std::string& below, const std::string& name, const Node& node) {
    std::string section = std::string(item.list.path) + "[]." + below;
    return is_later(section + name) ? later(node) : unknown_key(section, name);
  }

  static std::string some(const Item& item, const std::string& below) {
    auto names = names_in(std::string(item.list.path) + "[]." + below);
    return std::string(names[0]) + (names.size() > 1 ? ", " + std::string(names[1]) : "") +
           (names.size() > 2 ? ", ..." : "");
  }

  void value(const Key& key, const Node& node, const std::string& path, void* record) {
    origins_[path] = node.origin;
    if (auto read = read_value(key, node)) return key.access.write(record, *read);
    std::string reason = "must be " + allowed(key) + ", ";
    if (node.kind != Node::Kind::scalar)
      reason += "is " + std::string(kind_name(node));
    else if (key.secret || names_secret(key.path))
      reason += "is something else";
    else
      reason += "is \"" + node.text + "\"" + (plain_only(key) && node.quoted && !node.expanded ? " in quotes" : "");
    fault(node.origin, path, reason);
  }

  /// Quotes make text of these, unless what stood in them came from outside.
  static bool plain_only(const Key& key) { return key.type == Type::flag || key.type == Type::integer; }

  static std::optional<Value> read_value(const Key& key, const Node& node) {
    if (key.type == Type::free) {
      if (node.kind == Node::Kind::null) return Value::object();
      return node.kind == Node::Kind::map ? std::optional(free_value(node, false)) : std::nullopt;
    }
    if (key.type == Type::list) return list(node);
    if (key.type == Type::texts) return texts(node);
    if (node.kind != Node::Kind::scalar) return std::nullopt;
    if (plain_only(key) && node.quoted && !node.expanded) return std::nullopt;
    return from_text(key, node.text);
  }

  static std::optional<Value> list(const Node& node) {
    if (node.kind != Node::Kind::list) return std::nullopt;
    Value items = Value::array();
    for (const Node& item : node.items) {
      if (item.kind != Node::Kind::scalar) return std::nullopt;
      items.push_back(item.text);
    }
    return items;
  }

  static std::optional<Value> texts(const Node& node) {
    if (node.kind != Node::Kind::map && node.kind != Node::Kind::null) return std::nullopt;
    Value section = Value::object();
    for (const auto& [name, member] : node.members) {
      if (member.kind != Node::Kind::scalar) return std::nullopt;
      section.add(name, member.text);
    }
    return section;
  }

  void secret_file(const Key& key, const Node& parent, const Node& node, const std::string& path) {
    origins_[std::string(key.path)] = node.origin;
    std::string name(key.path.substr(key.path.rfind('.') + 1));
    if (parent.find(name)) return fault(node.origin, path, "stands beside \"" + name + "\": give one of the two");
    if (node.kind != Node::Kind::scalar || node.text.empty()) return fault(node.origin, path, "must be a file's path");
    std::error_code failure;
    if (!std::filesystem::is_regular_file(node.text, failure))
      return fault(node.origin, path, "\"" + node.text + "\" is not a file that can be read");
    if (std::filesystem::file_size(node.text, failure) > max_secret_bytes)
      return fault(node.origin, path, "\"" + node.text + "\" is larger than a secret can be (64 KiB)");
    std::ifstream file(node.text, std::ios::binary);
    std::string secret{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    if (!file.is_open()) return fault(node.origin, path, "\"" + node.text + "\" is not a file that can be read");
    while (!secret.empty() && (secret.back() == '\n' || secret.back() == '\r')) secret.pop_back();
    key.access.write(&config_, secret);
  }

  void fault(const Origin& origin, std::string path, std::string reason) {
    faults_.push_back({origin, {std::move(path), std::move(reason)}});
  }

  Config& config_;
  Origins& origins_;
  std::vector<Located>& faults_;
};

}  // namespace

void read_tree(const Node& root, Config& config, Origins& origins, std::vector<Located>& faults) {
  if (root.kind != Node::Kind::map && root.kind != Node::Kind::null) {
    faults.push_back({root.origin, {{}, "must be a section of keys"}});
    return;
  }
  Reader(config, origins, faults).section(root, {});
}

}  // namespace netweave::config
