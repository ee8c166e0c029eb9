#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "netweave/config.hpp"

/// A configuration before it is understood: what was written, and where. YAML and environment variables both become
/// this tree, so one reader turns either into settings and every fault can say where it stands.
namespace netweave::config {

/// Where a piece was written: a line of the file (from 1; 0: nowhere), or an environment variable.
struct Origin {
  int line = 0;
  std::string variable;
};

struct Node {
  enum class Kind { null, scalar, list, map };
  struct Member;

  // in tree.cpp, where Member is whole: clang 14 wants it so
  Node();
  Node(const Node&);
  Node(Node&&) noexcept;
  Node& operator=(const Node&);
  Node& operator=(Node&&) noexcept;
  ~Node();

  Kind kind = Kind::null;
  Origin origin;
  std::string text;             ///< of a scalar
  bool quoted = false;          ///< the author said that it is text, whatever it looks like
  bool expanded = false;        ///< `${NAME}` stood in it, so that quotes no longer tell its type
  std::vector<Node> items;      ///< of a list
  std::vector<Member> members;  ///< of a map, in order; names are unique
  std::size_t depth = 1;        ///< levels, this one included
  std::size_t size = 1;         ///< nodes, this one included

  [[nodiscard]] const Node* find(std::string_view name) const noexcept;
  [[nodiscard]] Node* find(std::string_view name) noexcept;
  /// The member, made as null where there is none; a null node becomes a map. Nullptr: this is a scalar or a list.
  Node* child(std::string_view name);
  bool erase(std::string_view name);
};

struct Node::Member {
  std::string name;
  Node node;
};

/// A fault with its place, before it becomes text.
struct Located {
  Origin origin;
  Fault fault;
};

/// Reads one YAML document; an empty text is a null node. On a fault the tree is null, since nothing after a syntax
/// error can be trusted. Nothing else meets yaml-cpp.
Node read_yaml(std::string_view text, std::vector<Located>& faults);
/// The same for a text of any number of documents; none on a fault.
std::vector<Node> read_yaml_documents(std::string_view text, std::vector<Located>& faults);

}  // namespace netweave::config
