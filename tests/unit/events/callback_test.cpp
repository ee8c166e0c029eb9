#include "events/callback.hpp"

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <netinet/in.h>

using namespace netweave;
using namespace netweave::events;

namespace {

std::string refusal(const transport::AddressGuard& guard, const std::string& text) {
  sockaddr_in6 v6{};
  sockaddr_in v4{};
  if (inet_pton(AF_INET, text.c_str(), &v4.sin_addr) == 1) {
    v4.sin_family = AF_INET;
    return std::string(guard.refusal(reinterpret_cast<const sockaddr&>(v4)));
  }
  REQUIRE(inet_pton(AF_INET6, text.c_str(), &v6.sin6_addr) == 1);
  v6.sin6_family = AF_INET6;
  return std::string(guard.refusal(reinterpret_cast<const sockaddr&>(v6)));
}

transport::AddressGuard allowing(const std::vector<std::string>& networks) {
  return *transport::AddressGuard::make(networks, "allowed");
}

}  // namespace

TEST_CASE("addresses that are not public are refused, in every spelling") {
  transport::AddressGuard guard;
  for (const char* address : {"127.0.0.1",
                              "127.255.255.254",
                              "0.0.0.0",
                              "0.1.2.3",
                              "10.0.0.1",
                              "172.16.0.1",
                              "172.31.255.255",
                              "192.168.1.1",
                              "169.254.1.1",
                              "169.254.169.254",
                              "100.64.0.1",
                              "100.127.255.255",
                              "224.0.0.1",
                              "239.255.255.255",
                              "240.0.0.1",
                              "255.255.255.255",
                              "192.0.0.8",
                              "198.18.0.1",
                              "::",
                              "::1",
                              "fe80::1",
                              "febf::1",
                              "fc00::1",
                              "fdff::1",
                              "fd00:ec2::254",
                              "fec0::1",
                              "ff02::1",
                              "::ffff:127.0.0.1",
                              "::ffff:10.0.0.1",
                              "::ffff:169.254.169.254",
                              "::127.0.0.1",
                              "::10.0.0.1",
                              "64:ff9b::7f00:1",
                              "64:ff9b::a00:1",
                              "64:ff9b:1::1",
                              "2002:7f00:1::1",
                              "2002:a00:1::",
                              "2001:0:4136:e378:8000:63bf:3fff:fdd2",
                              "::ffff:0:127.0.0.1",
                              "2001:db8::1"}) {
    CAPTURE(address);
    CHECK_FALSE(refusal(guard, address).empty());
  }
  CHECK(refusal(guard, "169.254.169.254") == "metadata service");
  CHECK(refusal(guard, "::ffff:127.0.0.1") == "loopback");
  CHECK(refusal(guard, "100.64.0.1") == "carrier-grade NAT");
}

TEST_CASE("public addresses are not refused, next to those that are too") {
  transport::AddressGuard guard;
  for (const char* address :
       {"1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.0", "126.255.255.255", "128.0.0.1", "100.63.255.255",
        "100.128.0.0", "169.253.255.255", "169.255.0.0", "172.15.255.255", "172.32.0.0", "192.167.255.255",
        "192.169.0.0", "223.255.255.255", "::ffff:8.8.8.8", "2606:4700::1111", "2a00:1450:4001:81b::200e", "fbff::1"}) {
    CAPTURE(address);
    CHECK(refusal(guard, address).empty());
  }
}

TEST_CASE("what configuration allows is allowed, and nothing beside it") {
  auto guard = allowing({"127.0.0.0/8", "10.1.2.0/25", "fd00:1::/32", "203.0.113.7/32"});
  for (const char* address : {"127.0.0.1", "::ffff:127.0.0.1", "10.1.2.127", "fd00:1::5", "203.0.113.7"}) {
    CAPTURE(address);
    CHECK(refusal(guard, address).empty());
  }
  for (const char* address : {"::1", "10.1.2.128", "10.1.3.0", "fd00:2::5", "203.0.113.8", "64:ff9b::7f00:1"}) {
    CAPTURE(address);
    CHECK_FALSE(refusal(guard, address).empty());
  }
}

TEST_CASE("an allowed network that is none is a fault that names it") {
  SubscriptionsConfig config;
  config.allowed_callback_networks = {"10.0.0.0/8", "10.0.0.0", "10.0.0.0/33", "ten/8",
                                      "::1/129",    "1.2.3.4/", "/8",          "1.2.3.4/8x"};
  auto rules = make_callback_rules(config);
  REQUIRE_FALSE(rules.has_value());
  CHECK(rules.error().kind == ErrorKind::invalid);
  REQUIRE(rules.error().faults.size() == 7);
  CHECK(rules.error().faults.front().field == "subscriptions.allowed_callback_networks[1]");
}

TEST_CASE("sockets of other families are refused") {
  sockaddr local{};
  local.sa_family = AF_UNIX;
  CHECK_FALSE(transport::AddressGuard().refusal(local).empty());
}

TEST_CASE("a callback is read into scheme, host and port") {
  auto callback = read_callback("https://smo.example.com:8443/hooks/1?a=b&c=%20");
  REQUIRE(callback.has_value());
  CHECK(callback->secure);
  CHECK(callback->host == "smo.example.com");
  CHECK(callback->port == 8443);
  CHECK(read_callback("HTTP://smo")->port == 80);
  CHECK(read_callback("https://[2001:db8::1]/x")->host == "2001:db8::1");
  CHECK(read_callback("https://[2001:db8::1]:99?x")->port == 99);
}

TEST_CASE("what is no absolute http or https URL without user info and fragment is refused") {
  for (const char* url : {"",
                          "/hook",
                          "smo.example.com",
                          "//smo/x",
                          "ftp://smo/x",
                          "file:///etc/passwd",
                          "https:/smo",
                          "https://",
                          "https:///x",
                          "https://user@smo/",
                          "https://user:pw@smo/",
                          "https://smo\\@evil/",
                          "https://smo/#x",
                          "https://smo#",
                          "https://smo:0/",
                          "https://smo:65536/",
                          "https://smo:/",
                          "https://smo:x/",
                          "https://smo:80:80/",
                          "https://smo /",
                          "https://smo/a b",
                          "https://smo/\r\nX: y",
                          "https://[::1",
                          "https://[]/",
                          "https://[fe80::1%25eth0]/",
                          "https://::1/",
                          "https://[::1]x/",
                          "https://sm%6f/",
                          "gopher://smo",
                          "javascript:alert(1)",
                          "httpsx://smo/",
                          "http//smo"}) {
    CAPTURE(url);
    CHECK_FALSE(read_callback(url).has_value());
  }
}

TEST_CASE("plain http needs to be allowed") {
  CallbackRules rules{false, {}};
  CHECK(check_callback("http://smo/", rules)->field == "callback");
  CHECK_FALSE(check_callback("https://smo/", rules).has_value());
  rules.allow_insecure = true;
  CHECK_FALSE(check_callback("http://smo/", rules).has_value());
}

TEST_CASE("at creation a host is resolved, and refused for any address that may not be called") {
  CallbackRules rules{true, {}};
  for (const char* url :
       {"http://127.0.0.1/", "http://[::1]/", "http://localhost/", "http://127.1/", "http://0x7f000001/",
        "http://2130706433/", "http://[::ffff:10.0.0.1]/", "http://169.254.169.254/latest/meta-data"}) {
    CAPTURE(url);
    auto checked = check_callback_blocking(url, rules);
    REQUIRE_FALSE(checked.has_value());
    CHECK(checked.error().kind == ErrorKind::invalid);
    REQUIRE(checked.error().faults.size() == 1);
    CHECK(checked.error().faults.front().field == "callback");
  }
  CHECK(check_callback_blocking("http://8.8.8.8/", rules).has_value());
  rules.guard = allowing({"127.0.0.0/8", "::1/128"});
  CHECK(check_callback_blocking("http://localhost:8080/", rules).has_value());
}
