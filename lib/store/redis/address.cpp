#include "store/redis/address.hpp"

#include <charconv>

namespace netweave::store::redis {
namespace {

constexpr std::uint16_t default_port = 6379;

}  // namespace

std::string Address::text() const {
  bool six = host.find(':') != std::string::npos;
  return (six ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

std::optional<Address> parse_address(std::string_view text) {
  Address address;
  address.port = default_port;
  std::string_view port;
  if (text.starts_with('[')) {
    std::size_t end = text.find(']');
    if (end == std::string_view::npos) return std::nullopt;
    address.host = text.substr(1, end - 1);
    port = text.substr(end + 1);
  } else {
    std::size_t colon = text.find(':');
    address.host = text.substr(0, colon);
    if (colon != std::string_view::npos) port = text.substr(colon);
  }
  if (address.host.empty()) return std::nullopt;
  if (port.empty()) return address;
  auto [end, fault] = std::from_chars(port.data() + 1, port.data() + port.size(), address.port);
  if (port[0] != ':' || fault != std::errc{} || end != port.data() + port.size() || address.port == 0)
    return std::nullopt;
  return address;
}

}  // namespace netweave::store::redis
