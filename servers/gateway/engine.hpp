#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "netweave/config.hpp"
#include "netweave/http/message.hpp"

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

/// Starts the engine that `config.engine` names. Errors: `invalid` (not in this build; no such host), `unavailable`
/// (the address is taken).
Result<std::unique_ptr<Engine>> start_engine(const ServerConfig& config, http::Handler handler,
                                             std::function<void(std::string_view level, std::string_view message)> log);

/// The names of the engines in this build, "native, pistache".
std::string engines();

}  // namespace netweave::gateway
