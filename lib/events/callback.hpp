#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "netweave/config.hpp"
#include "netweave/result.hpp"

#include "transport/address_guard.hpp"

/// Where a subscriber may have notifications sent to.
namespace netweave::events {

struct CallbackRules {
  bool allow_insecure = false;  ///< http too
  transport::AddressGuard guard;
};
/// Errors: `invalid`, a fault for each allowed network that is none.
Result<CallbackRules> make_callback_rules(const SubscriptionsConfig& config);

/// The parts of a callback that matter here; `host` without the brackets of an IPv6 address.
struct Callback {
  bool secure = false;
  std::string host;
  std::uint16_t port = 0;
};
/// Reads an absolute http or https URL (RFC 3986) without user info and fragment. Errors: `invalid`, with the reason.
Result<Callback> read_callback(std::string_view url);

/// All that can be said without the network. The fault's field is "callback".
std::optional<Fault> check_callback(std::string_view url, const CallbackRules& rules);
/// The whole of it at creation: resolves the host and refuses what the guard refuses. Blocks as long as the resolver
/// does: for a pool's thread. Errors: `invalid` (a fault of "callback"), `unavailable` (the resolver doesn't answer).
Result<void> check_callback_blocking(std::string_view url, const CallbackRules& rules);

}  // namespace netweave::events
