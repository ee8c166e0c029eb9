#pragma once

#include "netweave/gateway.hpp"
#include "netweave/http/configured.hpp"

namespace netweave::http {

/// How an engine serves that gateway: as its configuration says, with its log. The gateway must outlive the engine.
inline NativeOptions options_for(Gateway& gateway) {
  NativeOptions options = native_options(gateway.config());
  options.log = [&gateway](std::string_view level, std::string_view message) { gateway.log(level, message); };
  return options;
}

}  // namespace netweave::http
