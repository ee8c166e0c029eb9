#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "netweave/http/message.hpp"

#include "base/network.hpp"

namespace netweave::api {

/// The proxies whose word on who the client is counts. Immutable; any thread.
class TrustedProxies {
 public:
  TrustedProxies() = default;
  /// Addresses and networks; what is neither is passed over (Config::validate refuses it).
  explicit TrustedProxies(const std::vector<std::string>& listed);

  [[nodiscard]] bool empty() const noexcept { return networks_.empty(); }
  [[nodiscard]] const std::vector<Network>& networks() const noexcept { return networks_; }
  [[nodiscard]] bool hold(std::string_view address) const;

 private:
  std::vector<Network> networks_;
};

/// The address, without a port, that the request comes from: the peer's; where that is a trusted proxy, the last one of
/// `X-Forwarded-For` that is none. What stands before it anyone may have written. Borrowed from the request.
std::string_view client_address(const http::Request& request, const TrustedProxies& proxies);

}  // namespace netweave::api
