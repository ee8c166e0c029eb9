#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "netweave/http/native.hpp"

namespace conformance {

/// A connection to the engine, as the program's engine wants it: plain, or TLS.
class Wire {
 public:
  enum class Got { bytes, nothing, end };

  virtual ~Wire() = default;
  /// False when the server closed before it took everything, or took nothing for `patience`.
  virtual bool send(std::string_view bytes) = 0;
  /// Appends what comes within that time. `end`: nothing more will.
  virtual Got receive(std::string& into, std::chrono::milliseconds patience) = 0;
  virtual void end_writing() = 0;
  [[nodiscard]] virtual int descriptor() const = 0;
};

/// A connected TCP socket, for a Wire to own. Throws.
int connect_to(std::uint16_t port, int receive_buffer, std::chrono::milliseconds patience);

// Of plain_wire.cpp or tls_wire.cpp, whichever the program was linked with.
std::unique_ptr<Wire> make_wire(int socket);
/// Makes the engine speak what the wires do.
void prepare(netweave::http::NativeOptions& options);
std::string_view scheme();  ///< of the engine's URL

}  // namespace conformance
