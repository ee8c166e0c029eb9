#include "transport/address_guard.hpp"

#include <cstring>
#include <memory>

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

namespace netweave::transport {
namespace {

struct Refused {
  Network network;
  std::string_view why;
};

struct Source {
  const char* cidr;
  std::string_view why;
};

/// The IANA special-purpose registries (RFC 6890 and its updates), without what is globally reachable, and the
/// forms of IPv6 that carry an IPv4 address to a translator or tunnel: those could reach any address.
constexpr Source special[] = {
    {"169.254.169.254/32", "metadata service"},
    {"fd00:ec2::254/128", "metadata service"},
    {"100.100.100.200/32", "metadata service"},
    {"0.0.0.0/8", "unspecified"},
    {"10.0.0.0/8", "private"},
    {"100.64.0.0/10", "carrier-grade NAT"},
    {"127.0.0.0/8", "loopback"},
    {"169.254.0.0/16", "link-local"},
    {"172.16.0.0/12", "private"},
    {"192.0.0.0/24", "reserved"},
    {"192.0.2.0/24", "documentation"},
    {"192.88.99.0/24", "tunnel"},
    {"192.168.0.0/16", "private"},
    {"198.18.0.0/15", "benchmarking"},
    {"198.51.100.0/24", "documentation"},
    {"203.0.113.0/24", "documentation"},
    {"224.0.0.0/4", "multicast"},
    {"240.0.0.0/4", "reserved"},
    {"::/128", "unspecified"},
    {"::1/128", "loopback"},
    {"::ffff:0:0:0/96", "translated IPv4"},
    {"64:ff9b::/96", "translated IPv4"},
    {"64:ff9b:1::/48", "translated IPv4"},
    {"100::/64", "discard"},
    {"2001::/23", "reserved"},
    {"2001:db8::/32", "documentation"},
    {"2002::/16", "tunnel"},
    {"3fff::/20", "documentation"},
    {"5f00::/16", "reserved"},
    {"fc00::/7", "private"},
    {"fe80::/10", "link-local"},
    {"fec0::/10", "private"},
    {"ff00::/8", "multicast"},
};

const std::vector<Refused>& refused() {
  static const std::vector<Refused> table = [] {
    std::vector<Refused> all;
    for (const Source& source : special) all.push_back({*parse_network(source.cidr), source.why});
    // the deprecated IPv4-compatible form ::a.b.c.d; after ::1 and :: so that those keep their own names
    all.push_back({*parse_network("::/96"), "embedded IPv4"});
    return all;
  }();
  return table;
}

std::string print(const sockaddr& address) {
  char text[INET6_ADDRSTRLEN] = "";
  const void* bytes = address.sa_family == AF_INET
                          ? static_cast<const void*>(&reinterpret_cast<const sockaddr_in&>(address).sin_addr)
                          : static_cast<const void*>(&reinterpret_cast<const sockaddr_in6&>(address).sin6_addr);
  inet_ntop(address.sa_family, bytes, text, sizeof text);
  return text;
}

struct AddressesFree {
  void operator()(addrinfo* list) const { freeaddrinfo(list); }
};

}  // namespace

Result<AddressGuard> AddressGuard::make(std::span<const std::string> allowed, std::string_view field) {
  auto networks = parse_networks(allowed, field);
  if (!networks) return networks.error();
  AddressGuard guard;
  guard.allowed_ = std::move(*networks);
  return guard;
}

std::string_view AddressGuard::refusal(const Address& address) const noexcept {
  if (any_holds(allowed_, address)) return {};
  for (const Refused& entry : refused())
    if (entry.network.holds(address)) return entry.why;
  return {};
}

std::string_view AddressGuard::refusal(const sockaddr& address) const noexcept {
  if (address.sa_family == AF_INET) {
    sockaddr_in v4{};
    std::memcpy(&v4, &address, sizeof v4);
    return refusal(from_v4(v4.sin_addr));
  }
  if (address.sa_family == AF_INET6) {
    sockaddr_in6 v6{};
    std::memcpy(&v6, &address, sizeof v6);
    Address bytes{};
    std::memcpy(bytes.data(), &v6.sin6_addr, bytes.size());
    return refusal(bytes);
  }
  return "not an internet address";
}

Result<void> AddressGuard::check_host_blocking(const std::string& host) const {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* list = nullptr;
  int outcome = getaddrinfo(host.c_str(), nullptr, &hints, &list);
  std::unique_ptr<addrinfo, AddressesFree> owner(list);
  if (outcome == EAI_AGAIN || outcome == EAI_SYSTEM)
    return make_error(ErrorKind::unavailable, host + " can't be resolved at present");
  if (outcome != 0 || list == nullptr) return make_error(ErrorKind::invalid, host + " is no known host");
  for (const addrinfo* place = list; place != nullptr; place = place->ai_next) {
    std::string_view why = refusal(*place->ai_addr);
    if (!why.empty())
      return make_error(ErrorKind::denied, host + " is at " + print(*place->ai_addr) + ", which may not be called (" +
                                               std::string(why) + ")");
  }
  return {};
}

}  // namespace netweave::transport
