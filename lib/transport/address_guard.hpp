#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "netweave/result.hpp"

#include "base/network.hpp"

struct sockaddr;

/// Which addresses an outbound call on somebody else's behalf may dial: what a subscriber names must not reach into
/// the network that the gateway stands in (server-side request forgery, OWASP API7:2023).
namespace netweave::transport {

/// Immutable after it was made; any thread.
class AddressGuard {
 public:
  /// Refuses every address that is not public.
  AddressGuard() = default;
  /// Allows these networks in addition ("10.1.0.0/16", "fd00::/8"). Errors: `invalid`, a fault for each entry that is
  /// no network, named `field[index]`.
  static Result<AddressGuard> make(std::span<const std::string> allowed, std::string_view field);

  /// Why the address may not be dialled ("loopback", "private", ...); empty when it may.
  [[nodiscard]] std::string_view refusal(const Address& address) const noexcept;
  /// The same for a socket's address; families other than IPv4 and IPv6 are refused.
  [[nodiscard]] std::string_view refusal(const sockaddr& address) const noexcept;

  /// Resolves the name and checks every address that it has. Blocks. Errors: `denied` (one of them may not be
  /// dialled: says which and why), `unavailable` (the name can't be resolved at present), `invalid` (no such name).
  [[nodiscard]] Result<void> check_host_blocking(const std::string& host) const;

 private:
  std::vector<Network> allowed_;
};

}  // namespace netweave::transport
