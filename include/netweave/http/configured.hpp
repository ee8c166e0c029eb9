#pragma once

#include "netweave/config.hpp"
#include "netweave/http/native.hpp"

namespace netweave::http {

/// A native server as the configuration wants it; what is left to set is where it logs to.
inline NativeOptions native_options(const Config& config) {
  const ServerConfig& server = config.server;
  NativeOptions options;
  options.host = server.host;
  options.port = server.port;
  options.threads = server.threads;
  options.header_timeout = server.header_timeout;
  options.read_timeout = server.read_timeout;
  options.write_timeout = server.write_timeout;
  options.idle_timeout = server.idle_timeout;
  options.max_header_bytes = server.max_header_bytes;
  options.max_uri_bytes = server.max_uri_bytes;
  options.max_body_bytes = server.max_body_bytes;
  options.max_connections = server.max_connections;
  options.max_in_flight = server.max_in_flight;
  options.max_handshakes = server.max_handshakes;
  if (config.tls.enabled) options.tls = config.tls.options;
  return options;
}

/// The listener of `operations`, for `Gateway::handle_operations`: the same limits, no TLS, one thread.
inline NativeOptions operations_options(const Config& config) {
  NativeOptions options = native_options(config);
  if (!config.operations.host.empty()) options.host = config.operations.host;
  options.port = config.operations.port;
  options.threads = 1;
  options.tls.reset();
  return options;
}

}  // namespace netweave::http
