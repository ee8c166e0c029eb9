#include "api/client_address.hpp"

#include <algorithm>

namespace netweave::api {
namespace {

constexpr unsigned all_bits = 128;

/// "192.0.2.1:4711", "[2001:db8::1]:4711", or either without the port.
std::string_view without_port(std::string_view text) {
  if (text.starts_with('[')) return text.substr(1, std::min(text.find(']'), text.size()) - 1);
  std::size_t colon = text.find(':');
  return text.find(':', colon + 1) == std::string_view::npos ? text.substr(0, colon) : text;
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

/// The last item of a comma-separated list, taken off it.
std::string_view take_last(std::string_view& list) {
  std::size_t comma = list.rfind(',');
  std::string_view last = comma == std::string_view::npos ? list : list.substr(comma + 1);
  list = list.substr(0, comma == std::string_view::npos ? 0 : comma);
  return without_port(trimmed(last));
}

}  // namespace

TrustedProxies::TrustedProxies(const std::vector<std::string>& listed) {
  for (const std::string& text : listed) {
    if (auto network = parse_network(text))
      networks_.push_back(*network);
    else if (auto address = parse_address(text))
      networks_.push_back({*address, all_bits});
  }
}

bool TrustedProxies::hold(std::string_view address) const {
  if (empty()) return false;
  auto parsed = parse_address(std::string(address));
  return parsed && std::any_of(networks_.begin(), networks_.end(),
                               [&](const Network& network) { return network.holds(*parsed); });
}

std::string_view client_address(const http::Request& request, const TrustedProxies& proxies) {
  std::string_view client = without_port(request.peer.address);
  if (!proxies.hold(client)) return client;
  for (auto header = request.headers.rbegin(); header != request.headers.rend(); ++header) {
    if (http::find_header({*header}, "X-Forwarded-For") == nullptr) continue;
    for (std::string_view list = header->second; !list.empty();) {
      std::string_view before = take_last(list);
      if (!parse_address(std::string(before))) return client;  // no address: the proxy that let it pass
      client = before;
      if (!proxies.hold(client)) return client;
    }
  }
  return client;
}

}  // namespace netweave::api
