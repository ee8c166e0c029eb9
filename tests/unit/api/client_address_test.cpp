#include "api/client_address.hpp"

#include <doctest/doctest.h>

using namespace netweave;
using namespace netweave::api;

namespace {

std::string from(const std::string& peer, std::vector<std::string> forwarded = {},
                 const std::vector<std::string>& trusted = {"10.0.0.0/8", "2001:db8::7"}) {
  http::Request request;
  request.peer.address = peer;
  for (std::string& value : forwarded) request.headers.emplace_back("x-forwarded-for", std::move(value));
  TrustedProxies proxies(trusted);
  return std::string(client_address(request, proxies));
}

}  // namespace

TEST_CASE("a client's address is its peer's, without the port") {
  CHECK(from("192.0.2.1:4711") == "192.0.2.1");
  CHECK(from("[2001:db8::1]:4711") == "2001:db8::1");
  CHECK(from("") == "");
}

TEST_CASE("X-Forwarded-For counts from a trusted proxy alone") {
  CHECK(from("192.0.2.1:1", {"198.51.100.9"}) == "192.0.2.1");
  CHECK(from("10.1.2.3:1", {"198.51.100.9"}, {}) == "10.1.2.3");
  CHECK(from("10.1.2.3:1", {"198.51.100.9"}) == "198.51.100.9");
  CHECK(from("[2001:db8::7]:1", {"198.51.100.9"}) == "198.51.100.9");
  CHECK(from("[2001:db8::8]:1", {"198.51.100.9"}) == "2001:db8::8");
  CHECK(from("10.1.2.3:1") == "10.1.2.3");
}

TEST_CASE(
    "of several addresses the last that is no proxy of ours is the client's: what stands before it may be made up") {
  CHECK(from("10.0.0.1:1", {"1.1.1.1, 198.51.100.9, 10.0.0.2"}) == "198.51.100.9");
  CHECK(from("10.0.0.1:1", {"1.1.1.1", "198.51.100.9", "10.0.0.2 ,\t10.0.0.3"}) == "198.51.100.9");
  CHECK(from("10.0.0.1:1", {"10.0.0.5, 10.0.0.4"}) == "10.0.0.5");
  CHECK(from("10.0.0.1:1", {"198.51.100.9:5000"}) == "198.51.100.9");
  CHECK(from("10.0.0.1:1", {"[2001:db8::9]:5000"}) == "2001:db8::9");
  CHECK(from("10.0.0.1:1", {"2001:db8::9"}) == "2001:db8::9");
}

TEST_CASE("what is no address ends the search at the proxy that let it pass") {
  CHECK(from("10.0.0.1:1", {"198.51.100.9, unknown"}) == "10.0.0.1");
  CHECK(from("10.0.0.1:1", {"198.51.100.9, , 10.0.0.2"}) == "10.0.0.2");
  CHECK(from("10.0.0.1:1", {""}) == "10.0.0.1");
  CHECK(from("10.0.0.1:1", {"["}) == "10.0.0.1");
}
