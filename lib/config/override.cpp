#include <algorithm>
#include <array>

#include "config/environment.hpp"
#include "config/keys.hpp"
#include "config/text.hpp"

namespace netweave::config {
namespace {

constexpr std::string_view prefix = "NETWEAVE_";
/// Read elsewhere: which file, which environment, the tests' detectors, and what the command line client goes by.
constexpr std::array<std::string_view, 6> not_keys = {"NETWEAVE_CONFIG",  "NETWEAVE_ENV",    "NETWEAVE_CHECK",
                                                      "NETWEAVE_CONTEXT", "NETWEAVE_SERVER", "NETWEAVE_TOKEN"};

/// A variable `NETWEAVE_ADAPTERS_<index>_<rest>`, of whatever list.
struct Indexed {
  const List* list;
  std::size_t index;
  std::string variable;
  std::string rest;
};

/// What Kubernetes injects for a Service of that name: NETWEAVE_SERVER_PORT=tcp://10.0.0.1:80.
bool is_service_address(std::string_view value) {
  return value.starts_with("tcp://") || value.starts_with("udp://") || value.starts_with("sctp://");
}

Node scalar_of(const std::string& variable, std::string text) {
  Node node;
  node.kind = Node::Kind::scalar;
  node.origin.variable = variable;
  node.text = std::move(text);
  return node;
}

Node node_of(Type type, const std::string& variable, const std::string& value) {
  if (type != Type::list) return scalar_of(variable, value);
  Node list;
  list.kind = Node::Kind::list;
  list.origin.variable = variable;
  for (std::string& item : split_list(value)) list.items.push_back(scalar_of(variable, std::move(item)));
  return list;
}

/// The node at a path of keys, made where there is none. Nullptr: the path meets something that is no section, which
/// is left to the reader to refuse.
Node* reach(Node& root, std::string_view path) {
  Node* at = &root;
  for (std::size_t dot = path.find('.'); dot != std::string_view::npos && at; dot = path.find('.')) {
    at = at->child(path.substr(0, dot));
    path.remove_prefix(dot + 1);
  }
  return at ? at->child(path) : nullptr;
}

void set_at(Node& root, std::string_view path, Node value) {
  if (Node* place = reach(root, path)) *place = std::move(value);
}

/// The key that `name` overrides; `file` when it is the twin that names a file.
const Key* key_of(std::span<const Key> keys, std::string_view name, bool& file) {
  for (const Key& key : keys) {
    std::string upper = upper_name(key.path);
    file = key.secret && name == upper + "_FILE";
    if (name == upper || file) return &key;
  }
  return nullptr;
}

class Overrider {
 public:
  Overrider(Node& root, std::vector<Located>& faults, std::vector<std::string>& warnings)
      : root_(root), faults_(faults), warnings_(warnings) {}

  void plain(const std::string& variable, const std::string& value) {
    bool file = false;
    std::string_view name = std::string_view(variable).substr(prefix.size());
    const Key* key = key_of(config_keys(), name, file);
    if (const Key* open = key ? nullptr : free_key(config_keys(), name)) {
      if (Node* section = reach(root_, open->path))
        free_form(*section, std::string(name.substr(open->path.size() + 1)), variable, value);
      return;
    }
    if (!key) return unknown(variable, value);
    if (passed_over(*key, variable, value)) return;
    std::string path(key->path);
    if (!key->secret) return set_at(root_, path, node_of(key->type, variable, value));
    // a secret and its file are one setting: the variable's word replaces both
    std::size_t dot = path.rfind('.');
    Node* section = root_.child(path.substr(0, dot));
    if (!section) return;
    section->erase(path.substr(dot + 1));
    section->erase(path.substr(dot + 1) + "_file");
    set_at(root_, file ? path + "_file" : path, scalar_of(variable, value));
  }

  void item(const Indexed& indexed, const std::string& value) {
    const List& list = *indexed.list;
    bool file = false;
    if (!free_key(list.keys, indexed.rest) && !key_of(list.keys, indexed.rest, file))
      return unknown(indexed.variable, value);
    Node* node = reach(root_, list.path);
    if (!node) return;
    if (node->kind == Node::Kind::null || (node->kind == Node::Kind::map && node->members.empty()))
      node->kind = Node::Kind::list;
    if (node->kind != Node::Kind::list) return;
    std::size_t size = node->items.size();
    if (indexed.index > size)
      return fault(indexed.variable, std::string(list.path),
                   "has " + std::to_string(size) + " items: the next index is " + std::to_string(size));
    if (indexed.index == size) {
      node->items.emplace_back();
      node->items.back().origin.variable = indexed.variable;
    }
    item_key(node->items[indexed.index], indexed, value);
  }

  /// A variable of the closed list that this version does not act on must not be passed over in silence.
  void unknown(const std::string& variable, const std::string& value) {
    for (std::string_view later : later_keys())
      if (variable == std::string(prefix) + upper_name(later) && !is_service_address(value))
        return fault(variable, std::string(later), "this version does not have this key yet: unset the variable");
    std::vector<std::string> names;
    for (const Key& key : config_keys()) names.push_back(std::string(prefix) + upper_name(key.path));
    std::vector<std::string_view> views(names.begin(), names.end());
    std::string_view near = nearest(variable, views);
    // the prefix makes all names alike: near is what differs in a letter or two of the rest
    bool is_near =
        !near.empty() && !nearest(variable.substr(prefix.size()), std::array{near.substr(prefix.size())}).empty();
    warnings_.push_back(variable + " names no key" + (is_near ? "; did you mean " + std::string(near) + "?" : ""));
  }

 private:
  bool passed_over(const Key& key, const std::string& variable, const std::string& value) {
    if (key.type != Type::integer || !is_service_address(value)) return false;
    warnings_.push_back(variable + "=" + value + " is passed over: Kubernetes sets it for a Service of that name");
    return true;
  }

  /// The section whose names are not known here, and in which the variable names one.
  static const Key* free_key(std::span<const Key> keys, std::string_view rest) {
    for (const Key& key : keys) {
      std::string section = upper_name(key.path) + "_";
      bool open = key.type == Type::free || key.type == Type::texts;
      if (open && rest.starts_with(section) && rest.size() > section.size()) return &key;
    }
    return nullptr;
  }

  void item_key(Node& item, const Indexed& indexed, const std::string& value) {
    if (item.kind != Node::Kind::map && item.kind != Node::Kind::null) return;
    if (const Key* key = free_key(indexed.list->keys, indexed.rest)) {
      if (Node* section = reach(item, key->path))
        free_form(*section, indexed.rest.substr(key->path.size() + 1), indexed.variable, value);
      return;
    }
    bool file = false;
    const Key& key = *key_of(indexed.list->keys, indexed.rest, file);
    if (!passed_over(key, indexed.variable, value)) set_at(item, key.path, node_of(key.type, indexed.variable, value));
  }

  /// Nothing is known of the names in a type's own section: a member that is there wins, the longest first; else two
  /// underscores go a level down, and what is left is one name.
  void free_form(Node& at, const std::string& rest, const std::string& variable, const std::string& value) {
    if (at.kind != Node::Kind::map && at.kind != Node::Kind::null) return;
    Node::Member* best = nullptr;
    for (Node::Member& member : at.members) {
      std::string upper = upper_name(member.name);
      bool fits = rest == upper || (rest.starts_with(upper + "_") && member.node.kind == Node::Kind::map);
      if (fits && (!best || member.name.size() > best->name.size())) best = &member;
    }
    if (best && rest.size() == best->name.size()) {
      best->node = node_of(best->node.kind == Node::Kind::list ? Type::list : Type::text, variable, value);
    } else if (best) {
      std::string below = rest.substr(best->name.size() + 1);
      free_form(best->node, below.starts_with('_') ? below.substr(1) : below, variable, value);
    } else if (std::size_t level = rest.find("__"); level != std::string::npos && level > 0) {
      if (Node* section = at.child(lower(rest.substr(0, level))))
        free_form(*section, rest.substr(level + 2), variable, value);
    } else if (Node* place = at.child(lower(rest))) {
      *place = scalar_of(variable, value);
    }
  }

  void fault(const std::string& variable, std::string field, std::string reason) {
    faults_.push_back({{0, variable}, {std::move(field), std::move(reason)}});
  }

  Node& root_;
  std::vector<Located>& faults_;
  std::vector<std::string>& warnings_;
};

std::optional<Indexed> indexed(const std::string& variable) {
  for (const List& list : config_lists()) {
    std::string own = std::string(prefix) + upper_name(list.path) + "_";
    if (!variable.starts_with(own)) continue;
    std::string_view rest = std::string_view(variable).substr(own.size());
    std::size_t end = rest.find('_');
    if (end == std::string_view::npos) return std::nullopt;
    auto index = parse_integer(rest.substr(0, end));
    if (!index || *index < 0) return std::nullopt;
    return Indexed{&list, static_cast<std::size_t>(*index), variable, std::string(rest.substr(end + 1))};
  }
  return std::nullopt;
}

}  // namespace

void override_with(const Variables& variables, Node& root, std::vector<Located>& faults,
                   std::vector<std::string>& warnings) {
  Overrider overrider(root, faults, warnings);
  std::vector<Indexed> items;
  for (auto place = variables.lower_bound(std::string(prefix)); place != variables.end(); ++place) {
    const auto& [variable, value] = *place;
    if (!variable.starts_with(prefix)) break;
    if (std::find(not_keys.begin(), not_keys.end(), variable) != not_keys.end()) continue;
    if (auto one = indexed(variable))
      items.push_back(std::move(*one));
    else
      overrider.plain(variable, value);
  }
  // "10" sorts before "2" as text, and an item must be there before the next one can be
  std::stable_sort(items.begin(), items.end(), [](const Indexed& a, const Indexed& b) { return a.index < b.index; });
  for (const Indexed& one : items) overrider.item(one, variables.at(one.variable));
}

}  // namespace netweave::config
