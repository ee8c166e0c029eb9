#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "netweave/gateway.hpp"

namespace netweave::gateway {

/// An HTTP engine that listens, whichever it is.
class Engine {
 public:
  virtual ~Engine() = default;
  /// "http://127.0.0.1:8080", https with TLS
  [[nodiscard]] virtual std::string url() const = 0;
  /// Takes over what a running engine can: TLS' files and their settings. Errors: `invalid`, and what was in force
  /// stays.
  virtual Result<void> reload(const Config& config) = 0;
  /// Accepts no more, and lets what is in flight finish within `grace`. Blocks.
  virtual void stop(std::chrono::milliseconds grace) = 0;
};

/// Whether an engine can be had with these settings, as far as it shows without a port: TLS' files. Errors: `invalid`.
Result<void> check_engine(const Config& config);

/// Starts the engine that `server.engine` names, which must not outlive the gateway. Errors: `invalid` (not in this
/// build; no such host; TLS' files), `unavailable` (the address is taken).
Result<std::unique_ptr<Engine>> start_engine(Gateway& gateway);

/// The listener of `operations`, by the same engine; nullptr where there is none. As above.
Result<std::unique_ptr<Engine>> start_operations(Gateway& gateway);

/// The names of the engines in this build, "native, pistache".
std::string engines();

}  // namespace netweave::gateway
