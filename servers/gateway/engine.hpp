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
  /// "http://127.0.0.1:8080"
  [[nodiscard]] virtual std::string url() const = 0;
  /// Accepts no more, and lets what is in flight finish within `grace`. Blocks.
  virtual void stop(std::chrono::milliseconds grace) = 0;
};

/// Starts the engine that `server.engine` names, which must not outlive the gateway. Errors: `invalid` (not in this
/// build; no such host), `unavailable` (the address is taken).
Result<std::unique_ptr<Engine>> start_engine(Gateway& gateway);

/// The names of the engines in this build, "native, pistache".
std::string engines();

}  // namespace netweave::gateway
