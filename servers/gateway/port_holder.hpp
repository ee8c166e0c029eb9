#pragma once

#include <cstdint>
#include <string>

namespace netweave::gateway {

/// Who listens on a TCP port of this machine: "process 4711 (nginx)". Empty where /proc does not tell, as of another
/// user's process.
std::string port_holder(std::uint16_t port);

}  // namespace netweave::gateway
