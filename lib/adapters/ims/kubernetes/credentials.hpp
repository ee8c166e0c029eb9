#pragma once

#include <chrono>
#include <functional>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>

#include "netweave/result.hpp"

#include "adapters/ims/kubernetes/exec_plugin.hpp"
#include "adapters/ims/kubernetes/kubeconfig.hpp"
#include "base/time.hpp"

namespace netweave::ims::kubernetes {

/// What goes along with one request. Empty: the endpoint's own client certificate stands alone.
struct Credential {
  std::string token;
  std::string certificate_pem;
  std::string key_pem;
};

/// Knows the endpoint's present credential: reads a token's file again every 10 s, runs an exec plugin again when what
/// it gave expires. Any thread; while one runs the plugin the others wait.
class Credentials {
 public:
  explicit Credentials(
      const Endpoint& endpoint, Clock clock = [] { return std::chrono::system_clock::now(); });

  /// Errors: `unauthenticated` where the file or the plugin gives none, `cancelled`.
  Result<Credential> current(const std::stop_token& stop);
  /// The server refused this one: the next `current` asks the file or the plugin again. False where that can't help,
  /// because the credential never changes.
  bool refused(const Credential& used);

 private:
  Result<Credential> from_file(Millis now);
  Result<Credential> from_plugin(Millis now, const std::stop_token& stop);

  const Endpoint& endpoint_;
  Clock clock_;
  std::mutex mutex_;
  std::optional<Credential> known_;
  Millis fresh_until_ = 0;
};

}  // namespace netweave::ims::kubernetes
