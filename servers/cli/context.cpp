#include "context.hpp"

#include <algorithm>

#include "config/text.hpp"
#include "exit.hpp"

namespace netweave::cli {
namespace {

constexpr std::string_view default_server = "http://127.0.0.1:8080";

std::string variable(const Environment& environment, const char* name) {
  auto found = environment.find(name);
  return found == environment.end() ? std::string() : found->second;
}

/// The name of the context to take; empty: none.
std::string chosen(const Wanted& wanted, const ContextFile& file) {
  if (!wanted.flags.name.empty()) return wanted.flags.name;
  if (!wanted.flags.server.empty()) return {};
  if (std::string name = variable(wanted.environment, "NETWEAVE_CONTEXT"); !name.empty()) return name;
  if (!variable(wanted.environment, "NETWEAVE_SERVER").empty()) return {};
  return file.current;
}

void lay_over(Context& context, const Context& flags) {
  for (const ContextKey& key : context_keys)
    if (!(flags.*key.member).empty()) context.*key.member = flags.*key.member;
  // a token and its file are one setting: the flag's word replaces both
  if (!flags.token.empty()) context.token_file.clear();
  if (!flags.token_file.empty()) context.token.clear();
}

bool has_control(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) <= ' ' || c == 127; });
}

std::string server_fault(const std::string& server) {
  std::size_t scheme = server.starts_with("https://") ? 8 : server.starts_with("http://") ? 7 : 0;
  if (scheme == 0) return "must begin with http:// or https://, is \"" + config::without_secrets(server) + "\"";
  std::string host = server.substr(scheme, server.find('/', scheme) - scheme);
  if (host.find('@') != std::string::npos) return "must hold no user or password: use a token or a client certificate";
  if (host.empty() || host.front() == ':' || has_control(server)) return "names no host";
  if (server.find_first_of("?#") != std::string::npos) return "must end before ? and #";
  return {};
}

}  // namespace

std::vector<Fault> check_context(const Context& context) {
  std::vector<Fault> faults;
  auto add = [&](const char* field, std::string reason) {
    if (!reason.empty()) faults.push_back({field, std::move(reason)});
  };
  if (!context.server.empty()) add("server", server_fault(context.server));
  if (!context.insecure.empty() && context.insecure != "true" && context.insecure != "false")
    add("insecure-skip-tls-verify", "must be true or false");
  if (has_control(context.token)) add("token", "must be without blanks and line ends");
  if (!context.token.empty() && !context.token_file.empty()) add("token-file", "goes without token: give one of them");
  if (context.certificate.empty() != context.key.empty())
    add(context.key.empty() ? "client-key" : "client-certificate", "is missing: a certificate and its key go together");
  if (const std::string& version = context.api_version;
      !version.empty() && version != "v1" && version != "v2" && version != "v3")
    add("api-version", "must be v1, v2 or v3, is \"" + version + "\"");
  if (!context.timeout.empty() && config::parse_duration(context.timeout).value_or(0) <= 0)
    add("request-timeout", "must be a duration such as 500ms, 30s or 5m, is \"" + context.timeout + "\"");
  return faults;
}

const Context* ContextFile::find(std::string_view name) const noexcept {
  for (const Context& context : contexts)
    if (context.name == name) return &context;
  return nullptr;
}

Context* ContextFile::find(std::string_view name) noexcept {
  return const_cast<Context*>(static_cast<const ContextFile*>(this)->find(name));
}

Result<Context> resolve(const Wanted& wanted, const ContextFile& file) {
  Context context;
  std::string name = chosen(wanted, file);
  if (!name.empty()) {
    const Context* found = file.find(name);
    if (found == nullptr)
      return usage_error("there is no context \"" + name +
                         "\": netweave config get-contexts lists those that there are");
    context = *found;
  }
  Context from_environment;
  from_environment.server = variable(wanted.environment, "NETWEAVE_SERVER");
  from_environment.token = variable(wanted.environment, "NETWEAVE_TOKEN");
  // the environment's word is above the context's, but not above that of a context asked for by flag
  if (wanted.flags.name.empty()) lay_over(context, from_environment);
  lay_over(context, wanted.flags);
  if (context.server.empty()) context.server = default_server;
  if (context.timeout.empty()) context.timeout = "30s";
  Error error = usage_error("the connection can't be made as it is described");
  error.faults = check_context(context);
  if (!error.faults.empty()) return error;
  while (context.server.back() == '/') context.server.pop_back();
  return context;
}

}  // namespace netweave::cli
