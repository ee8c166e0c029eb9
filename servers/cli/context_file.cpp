#include "context_file.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/text.hpp"
#include "config/tree.hpp"
#include "exit.hpp"
#include "output/yaml.hpp"

namespace netweave::cli {
namespace {

using config::Node;
namespace fs = std::filesystem;

/// Keys at the top of a gateway's configuration and of no client's.
constexpr std::array<std::string_view, 5> gateways_keys = {"server", "store", "adapters", "o_cloud", "observability"};

/// A file descriptor that is closed.
class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  [[nodiscard]] int number() const { return number_; }

 private:
  int number_;
};

Error failed(const std::string& path, const char* what) {
  return usage_error(path + " " + what + ": " + std::strerror(errno));
}

std::string from_environment(const Environment& environment, const char* name) {
  auto found = environment.find(name);
  return found == environment.end() ? std::string() : found->second;
}

std::string contents(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

bool is_gateways(const std::string& path) {
  std::vector<config::Located> faults;
  Node root = config::read_yaml(contents(path), faults);
  if (root.find("contexts") != nullptr || root.find("current-context") != nullptr) return false;
  return std::any_of(gateways_keys.begin(), gateways_keys.end(),
                     [&](std::string_view key) { return root.find(key) != nullptr; });
}

class Reader {
 public:
  explicit Reader(std::string path) : path_(std::move(path)) {}

  Result<ContextFile> read(const std::string& text) {
    std::vector<config::Located> located;
    Node root = config::read_yaml(text, located);
    for (const auto& [origin, fault] : located) add(origin.line, fault.field, fault.reason);
    if (root.kind == Node::Kind::map)
      top(root);
    else if (root.kind != Node::Kind::null)
      add(1, "", "must be a map with current-context and contexts");
    if (faults_.empty()) return std::move(file_);
    Error error = usage_error("the contexts in " + path_ + " can't be used");
    error.faults = std::move(faults_);
    return error;
  }

 private:
  void add(int line, const std::string& field, const std::string& reason) {
    std::string where = path_ + (line > 0 ? ":" + std::to_string(line) : "");
    faults_.push_back({field.empty() ? where : where + ": " + field, reason});
  }

  void top(const Node& root) {
    for (const auto& [name, node] : root.members) {
      if (name == "current-context")
        file_.current = text(node, name);
      else if (name == "contexts" && node.kind == Node::Kind::list)
        for (const Node& item : node.items) context(item, "contexts[" + std::to_string(file_.contexts.size()) + "]");
      else if (name != "contexts")
        add(node.origin.line, name, "unknown key; known here: current-context, contexts");
      else if (node.kind != Node::Kind::null)
        add(node.origin.line, name, "must be a list");
    }
  }

  void context(const Node& item, const std::string& path) {
    Context context;
    if (item.kind != Node::Kind::map) return add(item.origin.line, path, "must be a map with name and server");
    for (const auto& [name, node] : item.members) member(context, name, node, path + "." + name);
    if (context.name.empty()) add(item.origin.line, path + ".name", "is missing");
    if (file_.find(context.name) != nullptr) add(item.origin.line, path + ".name", "there are two of that name");
    for (const Fault& fault : check_context(context)) add(item.origin.line, path + "." + fault.field, fault.reason);
    file_.contexts.push_back(std::move(context));
  }

  void member(Context& context, const std::string& name, const Node& node, const std::string& path) {
    if (name == "name") {
      context.name = text(node, path);
      return;
    }
    std::vector<std::string_view> names = {"name"};
    for (const ContextKey& key : context_keys) {
      names.push_back(key.name);
      if (key.name != name) continue;
      std::string value = text(node, path);
      if (key.file && !value.empty()) value = (fs::path(path_).parent_path() / value).string();
      context.*key.member = std::move(value);
      return;
    }
    std::string_view near = config::nearest(name, names);
    add(node.origin.line, path,
        near.empty() ? "unknown key" : "unknown key; did you mean \"" + std::string(near) + "\"?");
  }

  std::string text(const Node& node, const std::string& path) {
    if (node.kind == Node::Kind::scalar) return node.text;
    if (node.kind != Node::Kind::null) add(node.origin.line, path, "must be text");
    return {};
  }

  std::string path_;
  ContextFile file_;
  std::vector<Fault> faults_;
};

bool holds_token(const ContextFile& file) {
  return std::any_of(file.contexts.begin(), file.contexts.end(),
                     [](const Context& context) { return !context.token.empty(); });
}

/// The folder of the file, made where it is not there, held under a lock while this lives.
Result<std::unique_ptr<Descriptor>> lock_folder(const std::string& path) {
  std::string folder = fs::path(path).parent_path().string();
  if (folder.empty()) folder = ".";
  std::error_code fault;
  bool made = fs::create_directories(folder, fault);
  if (fault) return usage_error(folder + " can't be made: " + fault.message());
  if (made) fs::permissions(folder, fs::perms::owner_all, fault);
  auto lock = std::make_unique<Descriptor>(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (lock->number() < 0 || ::flock(lock->number(), LOCK_EX) != 0) return failed(folder, "can't be locked");
  return lock;
}

Result<void> write_file(const std::string& path, const std::string& text) {
  std::string draft = path + ".new";
  ::unlink(draft.c_str());
  Descriptor file(::open(draft.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR));
  if (file.number() < 0) return failed(draft, "can't be written");
  std::string_view rest = text;
  while (!rest.empty()) {
    ssize_t written = ::write(file.number(), rest.data(), rest.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return failed(draft, "can't be written");
    rest.remove_prefix(static_cast<std::size_t>(written));
  }
  if (::fsync(file.number()) != 0) return failed(draft, "can't be written");
  if (::rename(draft.c_str(), path.c_str()) != 0) return failed(path, "can't be replaced");
  return {};
}

}  // namespace

std::string contexts_path(const Environment& environment) {
  std::string named = from_environment(environment, "NETWEAVE_CONFIG");
  if (!named.empty() && !is_gateways(named)) return named;
  std::string folder = from_environment(environment, "XDG_CONFIG_HOME");
  if (folder.empty()) folder = from_environment(environment, "HOME") + "/.config";
  return folder + "/netweave/config.yaml";
}

Result<ContextFile> read_contexts(const std::string& path, std::string& warning) {
  struct stat about {};
  if (::stat(path.c_str(), &about) != 0) {
    if (errno == ENOENT || errno == ENOTDIR) return ContextFile{};
    return failed(path, "can't be read");
  }
  if (::access(path.c_str(), R_OK) != 0) return failed(path, "can't be read");
  auto file = Reader(path).read(contents(path));
  if (file && holds_token(*file) && (about.st_mode & 077U) != 0)
    warning = "others may read the tokens in " + path + ": chmod 600 it";
  return file;
}

Result<void> change_contexts(const std::string& path, const std::function<Result<void>(ContextFile&)>& change) {
  std::error_code fault;
  std::string real = fs::weakly_canonical(path, fault).string();  // a link stays one
  if (fault) real = path;
  auto lock = lock_folder(real);
  if (!lock) return std::move(lock).error();
  std::string warning;
  auto file = read_contexts(real, warning);
  if (!file) return std::move(file).error();
  if (auto changed = change(*file); !changed) return changed;
  return write_file(real, print_contexts(*file, false));
}

std::string print_contexts(const ContextFile& file, bool redacted) {
  Value root = Value::object();
  root["current-context"] = file.current;
  Value& contexts = root["contexts"] = Value::array();
  for (const Context& context : file.contexts) {
    Value item = Value::object();
    item["name"] = context.name;
    for (const ContextKey& key : context_keys) {
      const std::string& value = context.*key.member;
      if (value.empty()) continue;
      item[key.name] = key.secret && redacted ? "REDACTED" : redacted ? config::without_secrets(value) : value;
    }
    contexts.push_back(std::move(item));
  }
  return to_yaml(root);
}

}  // namespace netweave::cli
