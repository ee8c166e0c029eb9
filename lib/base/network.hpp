#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "netweave/result.hpp"

struct in_addr;

namespace netweave {

/// An address as IPv6; IPv4 in its mapped form (RFC 4291 section 2.5.5.2), so that both spellings are one address.
using Address = std::array<std::uint8_t, 16>;

Address from_v4(const in_addr& v4) noexcept;
/// "192.0.2.1", "2001:db8::1"; nullopt for anything else.
std::optional<Address> parse_address(const std::string& text);

/// The address of "192.0.2.1:4711" or "[2001:db8::1%eth0]:4711", as `http::Peer` has it; nullopt for anything else.
std::optional<Address> address_of_peer(std::string_view peer);

/// A network in CIDR notation.
struct Network {
  Address address{};
  unsigned bits = 0;  ///< of 128; an IPv4 /8 is 104

  [[nodiscard]] bool holds(const Address& candidate) const noexcept;
};

/// "10.0.0.0/8", "fd00::/8"; nullopt for anything else.
std::optional<Network> parse_network(const std::string& text);
/// Errors: `invalid`, a fault for each entry that is no network, named `field[index]`.
Result<std::vector<Network>> parse_networks(std::span<const std::string> texts, std::string_view field);

[[nodiscard]] bool any_holds(std::span<const Network> networks, const Address& candidate) noexcept;

}  // namespace netweave
