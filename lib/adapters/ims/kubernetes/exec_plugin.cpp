#include "adapters/ims/kubernetes/exec_plugin.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <vector>

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "adapters/ims/kubernetes/json.hpp"
#include "base/crypto.hpp"

extern char** environ;

namespace netweave::ims::kubernetes {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr std::chrono::seconds longest_run{60};
constexpr std::size_t largest_output = 1024UL * 1024;
constexpr std::size_t readable = 500;

Error refused(const ExecPlugin& plugin, const std::string& what) {
  Error error = make_error(ErrorKind::unauthenticated, "the credential plugin " + plugin.command + " " + what);
  if (!plugin.install_hint.empty()) error.message += " (" + plugin.install_hint + ")";
  error.code = "UNAUTHENTICATED";
  error.from_backend = true;
  return error;
}

/// Both ends of a pipe, closed in the child by themselves.
struct Pipe {
  std::array<int, 2> ends{-1, -1};
  Pipe() {
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) ends = {-1, -1};
  }
  ~Pipe() {
    close_end(0);
    close_end(1);
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  void close_end(std::size_t which) {
    if (ends.at(which) >= 0) ::close(ends.at(which));
    ends.at(which) = -1;
  }
};

/// KUBERNETES_EXEC_INFO: what the plugin may know of the caller and, where it asks, of the cluster.
std::string exec_info(const ExecPlugin& plugin, const Endpoint& endpoint) {
  Value info = Value::object();
  info["apiVersion"] = plugin.api_version;
  info["kind"] = "ExecCredential";
  info["spec"]["interactive"] = false;
  if (plugin.provide_cluster_info) {
    Value& cluster = info["spec"]["cluster"];
    cluster["server"] = endpoint.server;
    if (!endpoint.tls.ca_pem.empty()) cluster["certificate-authority-data"] = crypto::to_base64(endpoint.tls.ca_pem);
    if (!endpoint.tls.verify) cluster["insecure-skip-tls-verify"] = true;
    if (!endpoint.tls_server_name.empty()) cluster["tls-server-name"] = endpoint.tls_server_name;
    if (!endpoint.proxy.empty()) cluster["proxy-url"] = endpoint.proxy;
  }
  return info.to_json();
}

std::vector<std::string> environment_of(const ExecPlugin& plugin, const Endpoint& endpoint) {
  std::vector<std::pair<std::string, std::string>> added = plugin.environment;
  added.emplace_back("KUBERNETES_EXEC_INFO", exec_info(plugin, endpoint));
  std::vector<std::string> out;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    std::string_view text = *entry;
    bool replaced = false;
    for (const auto& [name, value] : added) replaced = replaced || text.starts_with(name + "=");
    if (!replaced) out.emplace_back(text);
  }
  for (const auto& [name, value] : added) out.push_back(name + "=" + value);
  return out;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> out;
  for (std::string& text : texts) out.push_back(text.data());
  out.push_back(nullptr);
  return out;
}

/// 0 and the process id, or an errno.
int spawn(const ExecPlugin& plugin, const Endpoint& endpoint, const Pipe& output, const Pipe& errors, pid_t& pid) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, output.ends[1], 1);
  posix_spawn_file_actions_adddup2(&actions, errors.ends[1], 2);
  std::vector<std::string> arguments = {plugin.command};
  arguments.insert(arguments.end(), plugin.arguments.begin(), plugin.arguments.end());
  std::vector<std::string> environment = environment_of(plugin, endpoint);
  int fault = posix_spawnp(&pid, plugin.command.c_str(), &actions, nullptr, pointers(arguments).data(),
                           pointers(environment).data());
  posix_spawn_file_actions_destroy(&actions);
  return fault;
}

/// Reads both pipes to their ends; false when the time is over, a stop came, or it is too much.
bool drain(Pipe& output, Pipe& errors, std::string& out, std::string& err, const std::stop_token& stop) {
  auto end = SteadyClock::now() + longest_run;
  std::array<pollfd, 2> watched{pollfd{output.ends[0], POLLIN, 0}, pollfd{errors.ends[0], POLLIN, 0}};
  std::array<std::string*, 2> into{&out, &err};
  std::size_t open = 2;
  while (open > 0) {
    if (stop.stop_requested() || SteadyClock::now() > end) return false;
    constexpr int slice_ms = 50;  // how soon a stop is seen
    if (::poll(watched.data(), watched.size(), slice_ms) <= 0) continue;
    for (std::size_t i = 0; i < watched.size(); ++i) {
      if (watched.at(i).fd < 0 || watched.at(i).revents == 0) continue;
      std::array<char, 4096> buffer{};
      ssize_t got = ::read(watched.at(i).fd, buffer.data(), buffer.size());
      if (got > 0) {
        into.at(i)->append(buffer.data(), static_cast<std::size_t>(got));
        if (into.at(i)->size() > largest_output) return false;
      } else if (got == 0 || errno != EINTR) {
        watched.at(i).fd = -1;  // poll passes over it from now on
        --open;
      }
    }
  }
  return true;
}

int wait_for(pid_t pid) {
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  return status;
}

std::string last_line(const std::string& errors) {
  std::string end = errors.size() > readable ? errors.substr(errors.size() - readable) : errors;
  while (!end.empty() && (end.back() == '\n' || end.back() == '\r')) end.pop_back();
  return end;
}

}  // namespace

Result<ExecCredential> run_exec_plugin(const ExecPlugin& plugin, const Endpoint& endpoint,
                                       const std::stop_token& stop) {
  Pipe output, errors;
  if (output.ends[0] < 0 || errors.ends[0] < 0) return refused(plugin, "can't be run: no pipe can be had");
  pid_t pid = 0;
  if (int fault = spawn(plugin, endpoint, output, errors, pid); fault != 0)
    return refused(plugin, std::string("can't be run: ") + std::strerror(fault));
  output.close_end(1);
  errors.close_end(1);
  std::string out, err;
  bool whole = drain(output, errors, out, err, stop);
  if (!whole) ::kill(pid, SIGKILL);
  int status = wait_for(pid);
  if (stop.stop_requested()) return make_error(ErrorKind::cancelled, "the credential plugin was cancelled");
  if (!whole) return refused(plugin, "took longer than a minute, or printed more than a megabyte, and was ended");
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
    return refused(plugin, "failed" + (err.empty() ? std::string() : ": " + last_line(err)));
  return parse_exec_credential(std::move(out), plugin);
}

Result<ExecCredential> parse_exec_credential(std::string output, const ExecPlugin& plugin) {
  JsonReader reader;
  const Json* root = reader.read(output);
  if (root == nullptr || text_at(*root, "kind") != "ExecCredential")
    return refused(plugin, "printed no ExecCredential");
  if (text_at(*root, "apiVersion") != plugin.api_version)
    return refused(plugin, "printed an ExecCredential of another version than " + plugin.api_version);
  const Json& status = at(*root, "status");
  ExecCredential found;
  found.token = text_at(status, "token");
  found.certificate_pem = text_at(status, "clientCertificateData");
  found.key_pem = text_at(status, "clientKeyData");
  found.expires = parse_rfc3339(text_at(status, "expirationTimestamp"));
  if (found.token.empty() && (found.certificate_pem.empty() || found.key_pem.empty()))
    return refused(plugin, "printed neither a token nor a client certificate with its key");
  return found;
}

}  // namespace netweave::ims::kubernetes
