#pragma once

#include <chrono>
#include <optional>
#include <stop_token>
#include <string>

#include "netweave/result.hpp"

#include "adapters/ims/kubernetes/kubeconfig.hpp"
#include "base/time.hpp"

namespace netweave::ims::kubernetes {

/// What a plugin gave. Empty members were not given.
struct ExecCredential {
  std::string token;
  std::string certificate_pem;
  std::string key_pem;
  std::optional<Millis> expires;
};

/// Runs the plugin and reads what it prints, by the protocol of client.authentication.k8s.io. Blocks until it ends, for
/// at most a minute; a plugin that takes longer, or a stop, ends it by its process id. Errors: `unauthenticated`, code
/// UNAUTHENTICATED: it can't be run, fails, or prints no credential; the message has the end of what it wrote to
/// stderr.
Result<ExecCredential> run_exec_plugin(const ExecPlugin& plugin, const Endpoint& endpoint, const std::stop_token& stop);

/// The ExecCredential in a plugin's output; for tests.
Result<ExecCredential> parse_exec_credential(std::string output, const ExecPlugin& plugin);

}  // namespace netweave::ims::kubernetes
