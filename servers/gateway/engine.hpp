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

/// Starts the engine that `config.server.engine` names. Errors: `invalid` (not in this build; no such host; TLS'
/// files), `unavailable` (the address is taken).
Result<std::unique_ptr<Engine>> start_engine(const Config& config, http::Handler handler,
                                             std::function<void(std::string_view level, std::string_view message)> log);

/// The names of the engines in this build, "native, pistache".
std::string engines();

}  // namespace netweave::gateway
