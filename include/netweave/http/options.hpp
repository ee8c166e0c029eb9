#pragma once

#include "netweave/gateway.hpp"
#include "netweave/http/native.hpp"

namespace netweave::http {

/// How an engine serves that gateway: address and limits as its `server` section says, its log. The gateway must
/// outlive the engine.
inline NativeOptions options_for(Gateway& gateway) {
  const ServerConfig& config = gateway.config().server;
  NativeOptions options;
  options.host = config.host;
  options.port = config.port;
  options.threads = config.threads;
  options.header_timeout = config.header_timeout;
  options.read_timeout = config.read_timeout;
  options.write_timeout = config.write_timeout;
  options.idle_timeout = config.idle_timeout;
  options.max_header_bytes = config.max_header_bytes;
  options.max_uri_bytes = config.max_uri_bytes;
  options.max_body_bytes = config.max_body_bytes;
  options.max_connections = config.max_connections;
  options.max_in_flight = config.max_in_flight;
  options.log = [&gateway](std::string_view level, std::string_view message) { gateway.log(level, message); };
  return options;
}

}  // namespace netweave::http
