#include "events/callback.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace netweave::events {
namespace {

/// Which bytes a URL may hold: visible ASCII without what must be escaped. A table, for it is read at every delivery.
constexpr std::array<bool, 256> url_bytes = [] {
  std::array<bool, 256> table{};
  for (std::size_t c = 0x21; c < 0x7f; ++c) table[c] = true;
  for (char c : std::string_view("\"<>\\^`{|}")) table[static_cast<unsigned char>(c)] = false;
  return table;
}();

bool alphanumeric(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

Error invalid(std::string reason) { return make_error(ErrorKind::invalid, std::move(reason)); }

Error as_fault(std::string reason) {
  Error error = invalid("the callback can't be used");
  error.faults.push_back({"callback", std::move(reason)});
  return error;
}

bool starts_with_scheme(std::string_view url, std::string_view scheme) {
  auto same = [](char given, char wanted) { return given == wanted || (given | 0x20) == wanted; };
  return url.size() >= scheme.size() && std::equal(scheme.begin(), scheme.end(), url.begin(),
                                                   [&](char wanted, char given) { return same(given, wanted); });
}

bool valid_host(std::string_view host, bool bracketed) {
  if (host.empty() || host.size() > 253) return false;
  return std::all_of(host.begin(), host.end(), [&](char c) {
    return bracketed ? alphanumeric(c) || c == ':' || c == '.' : alphanumeric(c) || c == '-' || c == '.' || c == '_';
  });
}

/// What stands after the host: nothing, or ":" and the port.
bool read_port(std::string_view text, std::uint16_t& port) {
  if (text.empty()) return true;
  if (text.front() != ':' || text.size() < 2) return false;
  auto [rest, fault] = std::from_chars(text.data() + 1, text.data() + text.size(), port);
  return fault == std::errc() && rest == text.data() + text.size() && port != 0;
}

}  // namespace

Result<CallbackRules> make_callback_rules(const SubscriptionsConfig& config) {
  auto guard =
      transport::AddressGuard::make(config.allowed_callback_networks, "subscriptions.allowed_callback_networks");
  if (!guard) return std::move(guard).error();
  return CallbackRules{config.allow_insecure_callbacks, std::move(*guard)};
}

Result<Callback> read_callback(std::string_view url) {
  Callback callback;
  callback.secure = starts_with_scheme(url, "https://");
  if (!callback.secure && !starts_with_scheme(url, "http://")) return invalid("must be an absolute http or https URL");
  for (char c : url)
    if (!url_bytes[static_cast<unsigned char>(c)])
      return invalid("holds a character that a URL may not hold unescaped");
  if (url.find('#') != std::string_view::npos) return invalid("must not have a fragment");

  std::string_view authority = url.substr(callback.secure ? 8 : 7);
  authority = authority.substr(0, authority.find_first_of("/?"));
  if (authority.find('@') != std::string_view::npos) return invalid("must not have user info");
  bool bracketed = !authority.empty() && authority.front() == '[';
  if (bracketed) authority.remove_prefix(1);
  auto end = std::min(authority.find(bracketed ? ']' : ':'), authority.size());
  if (bracketed && end == authority.size()) return invalid("has no valid host");
  callback.host = authority.substr(0, end);
  if (!valid_host(callback.host, bracketed)) return invalid("has no valid host");
  callback.port = callback.secure ? 443 : 80;
  if (!read_port(authority.substr(end + (bracketed ? 1 : 0)), callback.port)) return invalid("has no valid port");
  return callback;
}

std::optional<Fault> check_callback(std::string_view url, const CallbackRules& rules) {
  auto callback = read_callback(url);
  if (!callback) return Fault{"callback", callback.error().message};
  if (!callback->secure && !rules.allow_insecure) return Fault{"callback", "must be an https URL"};
  return std::nullopt;
}

Result<void> check_callback_blocking(std::string_view url, const CallbackRules& rules) {
  if (auto fault = check_callback(url, rules)) return as_fault(std::move(fault->reason));
  auto callback = read_callback(url);
  auto checked = rules.guard.check_host_blocking(callback->host);
  if (checked || checked.error().kind == ErrorKind::unavailable) return checked;
  return as_fault(std::move(checked.error().message));
}

}  // namespace netweave::events
