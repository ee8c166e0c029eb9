#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace netweave::store::redis {

/// Where a server listens.
struct Address {
  std::string host;
  std::uint16_t port = 0;

  [[nodiscard]] std::string text() const;
  friend bool operator==(const Address&, const Address&) = default;
};

/// "redis-0.example:6379", "10.0.0.1:6379", "[::1]:6379"; without a port: 6379. nullopt: none of these.
std::optional<Address> parse_address(std::string_view text);

}  // namespace netweave::store::redis
