#include "config/tree.hpp"

#include <algorithm>

namespace netweave::config {

Node::Node() = default;
Node::Node(const Node&) = default;
Node::Node(Node&&) noexcept = default;
Node& Node::operator=(const Node&) = default;
Node& Node::operator=(Node&&) noexcept = default;
Node::~Node() = default;

const Node* Node::find(std::string_view name) const noexcept {
  for (const Member& member : members)
    if (member.name == name) return &member.node;
  return nullptr;
}

Node* Node::find(std::string_view name) noexcept {
  return const_cast<Node*>(static_cast<const Node*>(this)->find(name));
}

Node* Node::child(std::string_view name) {
  if (kind == Kind::null) kind = Kind::map;
  if (kind != Kind::map) return nullptr;
  if (Node* found = find(name)) return found;
  members.push_back({std::string(name), Node{}});
  return &members.back().node;
}

bool Node::erase(std::string_view name) {
  return std::erase_if(members, [&](const Member& member) { return member.name == name; }) > 0;
}

}  // namespace netweave::config
