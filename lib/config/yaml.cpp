#include <algorithm>
#include <map>
#include <set>
#include <sstream>

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include "config/tree.hpp"

namespace netweave::config {
namespace {

constexpr std::size_t max_copies = 100000;  // an alias copies, and a few hundred bytes of them can name billions
constexpr std::size_t max_depth = 64;       // as Value has it

/// Ends the parse from inside a callback of yaml-cpp, which knows no other way.
struct Refused {
  int line;
  std::string reason;
};

/// Builds the tree from yaml-cpp's events rather than from its nodes, which lose repeated keys and whether a scalar
/// was quoted.
class Builder : public YAML::EventHandler {
 public:
  explicit Builder(std::vector<Located>& faults) : faults_(faults) {}

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override { place(made(Node::Kind::null, mark), anchor); }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    Node node = made(Node::Kind::scalar, mark);
    node.text = value;
    node.quoted = tag != "?";  // yaml-cpp's tag of a plain scalar
    place(std::move(node), anchor);
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    auto known = anchors_.find(anchor);
    if (known == anchors_.end()) throw Refused{mark.line + 1, "an alias inside the value that it names"};
    copies_ += known->second.size;
    if (copies_ > max_copies) throw Refused{mark.line + 1, "aliases stand for more than 100000 values"};
    Node copy = known->second;
    copy.origin.line = mark.line + 1;
    place(std::move(copy), 0);
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(made(Node::Kind::list, mark), anchor);
  }
  void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(made(Node::Kind::map, mark), anchor);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapEnd() override { close(); }

  Node take() { return std::move(root_); }

 private:
  /// A list or a map whose end is not read yet.
  struct Open {
    Node node;
    YAML::anchor_t anchor = 0;
    std::string key;  ///< read, its value not yet
    int key_line = 0;
    bool has_key = false;
    std::set<std::string> names;
  };

  static Node made(Node::Kind kind, const YAML::Mark& mark) {
    Node node;
    node.kind = kind;
    node.origin.line = mark.line + 1;
    return node;
  }

  void open(Node node, YAML::anchor_t anchor) {
    if (open_.size() == max_depth) throw Refused{node.origin.line, "more than 64 levels deep"};
    open_.emplace_back();
    open_.back().node = std::move(node);
    open_.back().anchor = anchor;
  }

  void close() {
    Open done = std::move(open_.back());
    open_.pop_back();
    place(std::move(done.node), done.anchor);
  }

  void place(Node node, YAML::anchor_t anchor) {
    if (anchor != 0) anchors_[anchor] = node;
    if (open_.empty()) {
      root_ = std::move(node);
      return;
    }
    Open& parent = open_.back();
    if (parent.node.kind == Node::Kind::map && !parent.has_key) {
      if (node.kind != Node::Kind::scalar) throw Refused{node.origin.line, "a key must be text"};
      parent.key = std::move(node.text);
      parent.key_line = node.origin.line;
      parent.has_key = true;
      return;
    }
    grow(parent.node, node);
    if (parent.node.kind == Node::Kind::list)
      parent.node.items.push_back(std::move(node));
    else
      add_member(parent, std::move(node));
  }

  void add_member(Open& parent, Node node) {
    parent.has_key = false;
    node.origin.line = parent.key_line;
    if (parent.names.insert(parent.key).second)
      parent.node.members.push_back({parent.key, std::move(node)});
    else
      faults_.push_back({node.origin, {path() + parent.key, "is written twice"}});
  }

  /// The path of the innermost open map, with a dot at its end.
  [[nodiscard]] std::string path() const {
    std::string path;
    for (std::size_t i = 0; i + 1 < open_.size(); ++i) {
      const Open& above = open_[i];
      if (above.node.kind == Node::Kind::map)
        path += path.empty() ? above.key : "." + above.key;
      else
        path += "[" + std::to_string(above.node.items.size()) + "]";
    }
    return path.empty() ? path : path + ".";
  }

  static void grow(Node& parent, const Node& child) {
    parent.size += child.size;
    parent.depth = std::max(parent.depth, child.depth + 1);
    if (parent.depth > max_depth) throw Refused{child.origin.line, "more than 64 levels deep"};
  }

  std::vector<Located>& faults_;
  Node root_;
  std::vector<Open> open_;
  std::map<YAML::anchor_t, Node> anchors_;
  std::size_t copies_ = 0;  ///< nodes that aliases made
};

}  // namespace

Node read_yaml(std::string_view text, std::vector<Located>& faults) {
  std::vector<Node> documents = read_yaml_documents(text, faults);
  if (documents.size() > 1) {
    faults.push_back({{}, {{}, "holds a second document: one file is one configuration"}});
    return {};
  }
  return documents.empty() ? Node{} : std::move(documents.front());
}

std::vector<Node> read_yaml_documents(std::string_view text, std::vector<Located>& faults) {
  auto refuse = [&](int line, const std::string& reason) {
    faults.push_back({{line, {}}, {{}, reason}});
    return std::vector<Node>{};
  };
  std::vector<Node> documents;
  try {
    std::istringstream stream{std::string(text)};
    YAML::Parser parser(stream);
    while (true) {
      Builder builder(faults);
      if (!parser.HandleNextDocument(builder)) return documents;
      documents.push_back(builder.take());
    }
  } catch (const Refused& refused) {
    return refuse(refused.line, refused.reason);
  } catch (const YAML::Exception& failure) {
    return refuse(failure.mark.line + 1, "is not YAML: " + failure.msg);
  } catch (const std::exception& failure) {  // yaml-cpp reads numbers in escapes with what throws others
    return refuse(0, std::string("is not YAML: ") + failure.what());
  }
}

}  // namespace netweave::config
