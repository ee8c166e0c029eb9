#pragma once

#include <array>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "netweave/result.hpp"

namespace netweave::cli {

/// How one gateway is reached. Texts as they are written; empty: not given.
struct Context {
  std::string name;
  std::string server;       ///< http:// or https://, a host, perhaps a port and a path
  std::string ca;           ///< file of PEM certificates; empty: the system's
  std::string certificate;  ///< file, PEM
  std::string key;          ///< file, PEM
  std::string insecure;     ///< "true": any certificate is taken
  std::string server_name;  ///< what the server's certificate must be for, in place of the address' host
  std::string token;
  std::string token_file;
  std::string api_version;  ///< "v1", "v2", "v3"; empty: asked for
  std::string timeout;      ///< of one request, as "30s"
  std::string proxy;        ///< a proxy's URL
};

struct ContextKey {
  std::string_view name;  ///< in the file, and as a flag
  std::string Context::*member;
  std::string_view type;   ///< the flag's value, as its help has it; empty: a flag without one
  std::string_view doc;    ///< of the flag
  std::string_view other;  ///< further names of the flag
  bool file = false;       ///< names a file: relative ones are meant from the configuration's folder
  bool secret = false;
};

inline constexpr std::array<ContextKey, 11> context_keys = {{
    {"server", &Context::server, "URL", "the gateway's address (NETWEAVE_SERVER)", "-s"},
    {"certificate-authority", &Context::ca, "FILE", "certificates that the gateway's is checked against", "--ca", true},
    {"client-certificate", &Context::certificate, "FILE", "the client's certificate", "--cert", true},
    {"client-key", &Context::key, "FILE", "the client certificate's key", "--key", true},
    {"insecure-skip-tls-verify", &Context::insecure, "", "take whatever certificate the gateway shows", ""},
    {"tls-server-name", &Context::server_name, "NAME", "whom the gateway's certificate must be for", ""},
    {"token", &Context::token, "TOKEN", "bearer token (NETWEAVE_TOKEN); others see it in the process list", "", false,
     true},
    {"token-file", &Context::token_file, "FILE", "file that holds the bearer token", "", true},
    {"api-version", &Context::api_version, "v1|v2|v3", "the API's version, instead of asking the gateway", ""},
    {"request-timeout", &Context::timeout, "DURATION", "of one request; 30s where nothing is said", ""},
    {"proxy-url", &Context::proxy, "URL", "HTTP proxy on the way to the gateway", ""},
}};

/// A fault for each value that can't be used; `field` is the key's name.
std::vector<Fault> check_context(const Context& context);

/// What the contexts file holds, in order.
struct ContextFile {
  std::string current;
  std::vector<Context> contexts;

  [[nodiscard]] const Context* find(std::string_view name) const noexcept;
  [[nodiscard]] Context* find(std::string_view name) noexcept;
};

using Environment = std::map<std::string, std::string>;

/// What was said of the connection beside the file: flags, and the environment.
struct Wanted {
  Context flags;  ///< `name`: --context
  Environment environment;
};

/// The connection to use: each flag over the environment over the context over the defaults. --server without
/// --context takes nothing from the file, so that one gateway's credentials do not go to another. Errors: `invalid`.
Result<Context> resolve(const Wanted& wanted, const ContextFile& file);

}  // namespace netweave::cli
