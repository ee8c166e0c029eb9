#include "adapters/ims/kubernetes/kubeconfig.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <yaml-cpp/yaml.h>

#include "base/crypto.hpp"

namespace netweave::ims::kubernetes {
namespace {

/// Thrown and caught in this file alone, like yaml-cpp's own.
struct Wrong {
  std::string what;
};

std::string text(const YAML::Node& map, const char* key) {
  YAML::Node value = map[key];
  if (!value || value.IsNull()) return {};
  if (!value.IsScalar()) throw Wrong{std::string(key) + " must be text"};
  return value.Scalar();
}

bool flag(const YAML::Node& map, const char* key) {
  std::string value = text(map, key);
  if (value == "true") return true;
  if (value.empty() || value == "false") return false;
  throw Wrong{std::string(key) + " must be true or false"};
}

/// The entry of that name in `clusters`, `users` or `contexts`; its own map is under `member`.
YAML::Node named(const YAML::Node& root, const char* list, const char* member, const std::string& name) {
  YAML::Node entries = root[list];
  for (const auto& entry : entries)
    if (entry.IsMap() && text(entry, "name") == name) {
      YAML::Node found = entry[member];
      if (found && found.IsMap()) return found;
      throw Wrong{std::string(list) + " has \"" + name + "\", but without a map under " + member};
    }
  throw Wrong{std::string("there is no \"") + name + "\" among its " + list};
}

class Reader {
 public:
  Reader(const YAML::Node& root, std::string folder) : root_(root), folder_(std::move(folder)) {}

  Endpoint read(std::string context) {
    if (!root_ || !root_.IsMap()) throw Wrong{"it is no kubeconfig: a map with clusters, users and contexts"};
    if (context.empty()) context = text(root_, "current-context");
    if (context.empty()) throw Wrong{"it has no current-context, and the key context names none"};
    YAML::Node chosen = named(root_, "contexts", "context", context);
    std::string cluster = text(chosen, "cluster");
    std::string user = text(chosen, "user");
    if (cluster.empty()) throw Wrong{"context \"" + context + "\" names no cluster"};
    if (user.empty()) throw Wrong{"context \"" + context + "\" names no user"};
    out_.cluster = cluster;
    read_cluster(named(root_, "clusters", "cluster", cluster), cluster);
    read_user(named(root_, "users", "user", user), user);
    return std::move(out_);
  }

 private:
  void read_cluster(const YAML::Node& cluster, const std::string& name) {
    out_.server = text(cluster, "server");
    if (!out_.server.starts_with("https://") && !out_.server.starts_with("http://"))
      throw Wrong{"cluster \"" + name + "\" needs a server that begins with https:// or http://"};
    while (out_.server.back() == '/') out_.server.pop_back();
    read_pem(cluster, "certificate-authority", out_.tls.ca_pem, out_.tls.ca_file);
    out_.tls.verify = !flag(cluster, "insecure-skip-tls-verify");
    out_.tls_server_name = text(cluster, "tls-server-name");
    out_.proxy = text(cluster, "proxy-url");
  }

  void read_user(const YAML::Node& user, const std::string& name) {
    for (const char* refused : {"auth-provider", "username", "password"})
      if (user[refused])
        throw Wrong{"user \"" + name + "\" has " + refused + ", which Kubernetes has removed: use a token, a client " +
                    "certificate or exec"};
    // Passing over it would call with more rights than was meant.
    for (const char* refused : {"as", "as-uid", "as-groups", "as-user-extra"})
      if (user[refused]) throw Wrong{"user \"" + name + "\" impersonates (" + refused + "), which is not supported"};
    read_pem(user, "client-certificate", out_.tls.certificate_pem, out_.tls.certificate_file);
    read_pem(user, "client-key", out_.tls.key_pem, out_.tls.key_file);
    bool certificate = !out_.tls.certificate_pem.empty() || !out_.tls.certificate_file.empty();
    bool key = !out_.tls.key_pem.empty() || !out_.tls.key_file.empty();
    if (certificate != key)
      throw Wrong{"user \"" + name + "\" has a client " +
                  (certificate ? "certificate without a key" : "key without a certificate")};
    out_.identity.token = text(user, "token");
    if (std::string file = text(user, "tokenFile"); !file.empty()) out_.identity.token_file = absolute(file);
    if (user["exec"]) read_exec(user["exec"], name);
    bool token = !out_.identity.token.empty() || !out_.identity.token_file.empty();
    if (!certificate && !token && !out_.identity.exec)
      throw Wrong{"user \"" + name + "\" has no token, no client certificate and no exec"};
  }

  void read_exec(const YAML::Node& exec, const std::string& name) {
    ExecPlugin plugin;
    plugin.api_version = text(exec, "apiVersion");
    if (plugin.api_version != "client.authentication.k8s.io/v1" &&
        plugin.api_version != "client.authentication.k8s.io/v1beta1")
      throw Wrong{"exec of user \"" + name + "\" needs apiVersion client.authentication.k8s.io/v1 or v1beta1"};
    plugin.command = text(exec, "command");
    if (plugin.command.empty()) throw Wrong{"exec of user \"" + name + "\" names no command"};
    if (plugin.command.find('/') != std::string::npos) plugin.command = absolute(plugin.command);
    for (const auto& argument : exec["args"]) plugin.arguments.push_back(argument.as<std::string>());
    for (const auto& variable : exec["env"])
      plugin.environment.emplace_back(text(variable, "name"), text(variable, "value"));
    if (text(exec, "interactiveMode") == "Always")
      throw Wrong{"exec of user \"" + name + "\" wants a terminal (interactiveMode: Always), and there is none"};
    plugin.provide_cluster_info = flag(exec, "provideClusterInfo");
    plugin.install_hint = text(exec, "installHint");
    out_.identity.exec = std::move(plugin);
  }

  /// KEY-data in base64, else the file that KEY names.
  void read_pem(const YAML::Node& map, const std::string& key, std::string& pem, std::string& file) {
    std::string data = text(map, (key + "-data").c_str());
    if (!data.empty()) {
      std::erase_if(data, [](char c) { return c == '\n' || c == '\r' || c == ' '; });
      auto bytes = crypto::from_base64(data);
      if (!bytes) throw Wrong{key + "-data is not base64"};
      pem = std::move(*bytes);
      return;
    }
    file = text(map, key.c_str());
    if (file.empty()) return;
    file = absolute(file);
    if (!std::ifstream(file)) throw Wrong{key + " names " + file + ", which can't be read"};
  }

  [[nodiscard]] std::string absolute(const std::string& path) const {
    return std::filesystem::absolute(std::filesystem::path(folder_) / path).lexically_normal().string();
  }

  const YAML::Node& root_;
  std::string folder_;
  Endpoint out_;
};

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

}  // namespace

Result<Endpoint> parse_kubeconfig(std::string_view yaml, const std::string& name, const std::string& folder,
                                  const std::string& context) {
  auto wrong = [&](const std::string& what) { return make_error(ErrorKind::invalid, name + ": " + what); };
  try {
    YAML::Node root = YAML::Load(std::string(yaml));
    return Reader(root, folder).read(context);
  } catch (const Wrong& thrown) {
    return wrong(thrown.what);
  } catch (const YAML::Exception& thrown) {
    return wrong(std::string("it is not valid YAML: ") + thrown.what());
  } catch (const std::filesystem::filesystem_error& thrown) {
    return wrong(thrown.what());
  }
}

Result<Endpoint> read_kubeconfig(const std::string& path, const std::string& context) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream bytes;
  if (!file || !(bytes << file.rdbuf()))
    return make_error(ErrorKind::invalid, path + ": the file is not there, is empty or can't be read");
  return parse_kubeconfig(bytes.str(), path, std::filesystem::path(path).parent_path().string(), context);
}

Result<Endpoint> in_cluster(const std::string& folder, const std::string& server) {
  Endpoint out;
  out.server = server;
  if (server.empty()) {
    std::string host = variable("KUBERNETES_SERVICE_HOST");
    std::string port = variable("KUBERNETES_SERVICE_PORT");
    if (host.empty() || port.empty())
      return make_error(ErrorKind::invalid,
                        "KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not set: this is no pod; name a "
                        "kubeconfig, or the server under api_server");
    if (host.find(':') != std::string::npos) host = "[" + host + "]";
    out.server = "https://" + host + ":" + port;
  }
  while (!out.server.empty() && out.server.back() == '/') out.server.pop_back();
  if (!out.server.starts_with("https://")) return make_error(ErrorKind::invalid, "api_server must begin with https://");
  out.identity.token_file = folder + "/token";
  out.tls.ca_file = folder + "/ca.crt";
  for (const std::string& needed : {out.identity.token_file, out.tls.ca_file})
    if (!std::ifstream(needed))
      return make_error(ErrorKind::invalid, needed + " can't be read: does the pod have a service account?");
  return out;
}

}  // namespace netweave::ims::kubernetes
