#pragma once

#include <memory>
#include <string>
#include <vector>

#include "netweave/config.hpp"

#include "store/redis/connection.hpp"

namespace netweave::store::redis {

/// Finds the server that takes writes for our keys, and connects to it: the one that was named, the one that a
/// Sentinel names, or the one of the cluster that has our hash slot. Any thread; blocks.
class Primary {
 public:
  /// `key` is one of ours: it tells the hash slot. `tls` may be null.
  Primary(const RedisConfig& config, std::string key, std::shared_ptr<const Tls> tls, const Interrupt& interrupt)
      : config_(config), key_(std::move(key)), tls_(std::move(tls)), interrupt_(interrupt) {}

  /// Connected, authenticated, and known to be no replica. Errors: `unavailable` (says which server and why),
  /// `unauthenticated`, `denied`, `cancelled`.
  [[nodiscard]] Result<Connection> connect(TimePoint deadline) const;
  /// To one server of the cluster, whatever it is.
  [[nodiscard]] Result<Connection> connect_to(const Address& address, TimePoint deadline) const;

 private:
  [[nodiscard]] Result<Connection> dial(const Address& address, const std::string& username,
                                        const std::string& password, TimePoint deadline) const;
  [[nodiscard]] Result<Address> locate(TimePoint deadline) const;
  [[nodiscard]] Result<Address> ask_sentinel(const Address& sentinel, TimePoint deadline) const;
  [[nodiscard]] Result<Address> ask_cluster(const Address& node, TimePoint deadline) const;
  [[nodiscard]] std::optional<Error> check_role(Connection& connection) const;

  const RedisConfig config_;
  const std::string key_;
  const std::shared_ptr<const Tls> tls_;
  const Interrupt& interrupt_;
};

}  // namespace netweave::store::redis
