#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "netweave/result.hpp"

#include "transport/http_client.hpp"

/// Where an API server is and who calls it, from a kubeconfig file or from within a pod.
namespace netweave::ims::kubernetes {

/// `users[].user.exec`: a program that prints an ExecCredential.
struct ExecPlugin {
  std::string api_version;  ///< client.authentication.k8s.io/v1 or v1beta1
  std::string command;      ///< with a slash: relative to the kubeconfig's folder, made absolute; else found on PATH
  std::vector<std::string> arguments;
  std::vector<std::pair<std::string, std::string>> environment;  ///< beside the process' own
  bool provide_cluster_info = false;
  std::string install_hint;
};

/// At most one of token, token_file and exec; a client certificate stands in `Endpoint::tls`.
struct Identity {
  std::string token;
  std::string token_file;  ///< read again before each use once it is 10 s old: kubelets rotate it
  std::optional<ExecPlugin> exec;
};

struct Endpoint {
  std::string server;   ///< "https://host:port", without a slash at the end
  std::string cluster;  ///< the cluster's name in the kubeconfig; empty in a pod
  transport::TlsOptions tls;
  std::string tls_server_name;  ///< what the certificate must say; empty: the server's host
  std::string proxy;
  Identity identity;
};

/// Where a pod finds its service account.
inline constexpr const char* service_account_folder = "/var/run/secrets/kubernetes.io/serviceaccount";

/// Reads one context of a kubeconfig file; an empty `context` is its current-context. Blocks on the disk. Errors:
/// `invalid`, and the message names the file, and what in it is wrong or missing.
Result<Endpoint> read_kubeconfig(const std::string& path, const std::string& context);
/// The same from text; `name` stands in the messages, relative paths begin at `folder`.
Result<Endpoint> parse_kubeconfig(std::string_view yaml, const std::string& name, const std::string& folder,
                                  const std::string& context);

/// From within a pod: `token` and `ca.crt` of `folder`; an empty `server` is the one that KUBERNETES_SERVICE_HOST and
/// KUBERNETES_SERVICE_PORT name. Errors: `invalid`.
Result<Endpoint> in_cluster(const std::string& folder, const std::string& server);

}  // namespace netweave::ims::kubernetes
