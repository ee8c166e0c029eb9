#include "config/tree.hpp"

#include <algorithm>

namespace netweave::config {

const Node* Node::find(std::string_view name) const noexcept {
  for (const Member& member : members)
    if (member.first == name) return &member.second;
  return nullptr;
}

Node* Node::find(std::string_view name) noexcept {
  return const_cast<Node*>(static_cast<const Node*>(this)->find(name));
}

Node* Node::child(std::string_view name) {
  if (kind == Kind::null) kind = Kind::map;
  if (kind != Kind::map) return nullptr;
  if (Node* found = find(name)) return found;
  return &members.emplace_back(std::string(name), Node{}).second;
}

bool Node::erase(std::string_view name) {
  return std::erase_if(members, [&](const Member& member) { return member.first == name; }) > 0;
}

}  // namespace netweave::config
