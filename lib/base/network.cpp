#include "base/network.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>

#include <arpa/inet.h>
#include <netinet/in.h>

namespace netweave {
namespace {

constexpr unsigned mapped_bits = 96;  // what stands before the IPv4 address in its mapped form

std::optional<Address> parse(const std::string& text, bool& is_v4) {
  in_addr v4{};
  Address address{};
  is_v4 = inet_pton(AF_INET, text.c_str(), &v4) == 1;
  if (is_v4) return from_v4(v4);
  if (inet_pton(AF_INET6, text.c_str(), address.data()) == 1) return address;
  return std::nullopt;
}

}  // namespace

Address from_v4(const in_addr& v4) noexcept {
  Address address{};
  address[10] = address[11] = 0xff;
  std::memcpy(address.data() + 12, &v4, 4);
  return address;
}

std::optional<Address> parse_address(const std::string& text) {
  bool is_v4 = false;
  return parse(text, is_v4);
}

std::optional<Address> address_of_peer(std::string_view peer) {
  if (peer.starts_with('[')) {
    std::size_t end = peer.find("]:");
    if (end == std::string_view::npos) return std::nullopt;
    peer = peer.substr(1, end - 1);
    return parse_address(std::string(peer.substr(0, peer.find('%'))));
  }
  std::size_t colon = peer.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  return parse_address(std::string(peer.substr(0, colon)));
}

bool Network::holds(const Address& candidate) const noexcept {
  for (unsigned bit = 0; bit < bits; bit += 8) {
    unsigned keep = std::min(8U, bits - bit);
    auto mask = static_cast<std::uint8_t>(0xffU << (8 - keep));
    if (((address[bit / 8] ^ candidate[bit / 8]) & mask) != 0) return false;
  }
  return true;
}

std::optional<Network> parse_network(const std::string& text) {
  auto slash = text.find('/');
  if (slash == std::string::npos) return std::nullopt;
  bool is_v4 = false;
  auto address = parse(text.substr(0, slash), is_v4);
  unsigned bits = 0;
  const char* end = text.data() + text.size();
  auto [rest, fault] = std::from_chars(text.data() + slash + 1, end, bits);
  if (!address || fault != std::errc() || rest != end || bits > (is_v4 ? 32U : 128U)) return std::nullopt;
  return Network{*address, is_v4 ? bits + mapped_bits : bits};
}

Result<std::vector<Network>> parse_networks(std::span<const std::string> texts, std::string_view field) {
  std::vector<Network> networks;
  Error error = make_error(ErrorKind::invalid, "not a network");
  for (std::size_t i = 0; i < texts.size(); ++i) {
    if (auto network = parse_network(texts[i]))
      networks.push_back(*network);
    else
      error.faults.push_back({std::string(field) + "[" + std::to_string(i) + "]",
                              "\"" + texts[i] + "\" is no network in CIDR notation, such as 10.0.0.0/8"});
  }
  if (!error.faults.empty()) return error;
  return networks;
}

bool any_holds(std::span<const Network> networks, const Address& candidate) noexcept {
  return std::any_of(networks.begin(), networks.end(), [&](const Network& one) { return one.holds(candidate); });
}

}  // namespace netweave
