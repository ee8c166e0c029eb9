#include <algorithm>

#include "config/environment.hpp"

namespace netweave::config {
namespace {

bool valid_name(std::string_view name) {
  auto good = [](char c) {
    return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  };
  return !name.empty() && !(name[0] >= '0' && name[0] <= '9') && std::all_of(name.begin(), name.end(), good);
}

class Expander {
 public:
  Expander(const Variables& variables, std::vector<Located>& faults) : variables_(variables), faults_(faults) {}

  void visit(Node& node, const std::string& path) {
    if (node.kind == Node::Kind::scalar && node.text.find("${") != std::string::npos) scalar(node, path);
    for (std::size_t i = 0; i < node.items.size(); ++i) visit(node.items[i], path + "[" + std::to_string(i) + "]");
    for (auto& [name, member] : node.members) visit(member, path.empty() ? name : path + "." + name);
  }

 private:
  void scalar(Node& node, const std::string& path) {
    std::string result;
    std::string_view rest = node.text;
    for (std::size_t at = rest.find("${"); at != std::string_view::npos; at = rest.find("${")) {
      if (at > 0 && rest[at - 1] == '$') {
        result += std::string(rest.substr(0, at - 1)) + "${";
        rest.remove_prefix(at + 2);
        continue;
      }
      result += rest.substr(0, at);
      std::size_t end = rest.find('}', at);
      if (end == std::string_view::npos)
        return fault(node, path, "\"${\" without its \"}\"; a literal one is written \"$${\"");
      if (!reference(node, path, rest.substr(at + 2, end - at - 2), result)) return;
      rest.remove_prefix(end + 1);
    }
    node.text = result + std::string(rest);
    node.expanded = true;
  }

  /// Adds the value of what stands between the braces; false after a fault.
  bool reference(const Node& node, const std::string& path, std::string_view inside, std::string& result) {
    std::size_t mark = inside.find(":-");
    std::string name(inside.substr(0, mark));
    if (!valid_name(name)) {
      fault(node, path, "\"${" + std::string(inside) + "}\" names no variable");
      return false;
    }
    auto known = variables_.find(name);
    if (known != variables_.end() && !(known->second.empty() && mark != std::string_view::npos)) {
      result += known->second;
    } else if (mark != std::string_view::npos) {
      result += inside.substr(mark + 2);
    } else {
      fault(node, path, "the variable " + name + " is not set; \"${" + name + ":-default}\" gives a default");
      return false;
    }
    return true;
  }

  void fault(const Node& node, const std::string& path, std::string reason) {
    faults_.push_back({node.origin, {path, std::move(reason)}});
  }

  const Variables& variables_;
  std::vector<Located>& faults_;
};

}  // namespace

void expand(Node& root, const Variables& variables, std::vector<Located>& faults) {
  Expander(variables, faults).visit(root, {});
}

}  // namespace netweave::config
