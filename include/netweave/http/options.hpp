#pragma once

#include <utility>

#include "netweave/gateway.hpp"
#include "netweave/http/configured.hpp"

namespace netweave::http {

/// These options with that gateway's log, which must outlive the engine.
inline NativeOptions logging_to(Gateway& gateway, NativeOptions options) {
  options.log = [&gateway](std::string_view level, std::string_view message) { gateway.log(level, message); };
  return options;
}

/// How an engine serves that gateway: as its configuration says, with its log. The gateway must outlive the engine.
inline NativeOptions options_for(Gateway& gateway) { return logging_to(gateway, native_options(gateway.config())); }

/// The same of its operations listener.
inline NativeOptions operations_options_for(Gateway& gateway) {
  return logging_to(gateway, operations_options(gateway.config()));
}

}  // namespace netweave::http
