#include "tenancy/xfcc.hpp"

#include <doctest/doctest.h>

using namespace netweave;
using namespace netweave::tenancy;

namespace {

std::vector<Network> trusted() {
  std::vector<std::string> texts = {"10.0.0.0/8", "fd00::/8"};
  return parse_networks(texts, "trusted_proxies").value();
}

Result<std::string> subject(std::string value, std::string_view peer = "10.1.2.3:4711") {
  return forwarded_subject({{"X-Forwarded-Client-Cert", std::move(value)}}, peer, trusted());
}

}  // namespace

TEST_CASE("an element's pairs are read, quoted values with what separates others") {
  auto read = parse_xfcc(
      R"(By=spiffe://mesh/gw;Hash=468ed33be74eee6556d90c0149c1309e;Cert="-----BEGIN%20CERT-----";Chain=c%3D;)"
      R"(Subject="CN=smo,OU=\"x\";O=E\,x";URI=spiffe://a?b=c;uri="with \"quotes\"";DNS=a.example;DNS=b.example;New=1)");
  REQUIRE(read);
  REQUIRE(read->size() == 1);
  const ForwardedCertificate& one = read->front();
  CHECK(one.by == "spiffe://mesh/gw");
  CHECK(one.hash == "468ed33be74eee6556d90c0149c1309e");
  CHECK(one.cert == "-----BEGIN%20CERT-----");
  CHECK(one.chain == "c%3D");
  CHECK(one.subject == R"(CN=smo,OU=\"x\";O=E\,x)");
  CHECK(one.uris == std::vector<std::string>{"spiffe://a?b=c", "with \"quotes\""});
  CHECK(one.dns == std::vector<std::string>{"a.example", "b.example"});
}

TEST_CASE("a trusted proxy's word gives the subject in canonical form") {
  CHECK(subject(R"(Hash=ab;Subject="cn=smo, O=Example")").value_or("?") == "CN=smo,O=Example");
  CHECK(subject(R"(Subject="CN=a\,b\"c")").value_or("?") == R"(CN=a\,b\"c)");
  CHECK(subject(R"(Subject="CN=smo")", "[fd00::7%eth0]:80").value_or("?") == "CN=smo");
  CHECK(subject(R"(Subject="CN=smo")", "[::ffff:10.9.9.9]:80").value_or("?") == "CN=smo");
}

TEST_CASE("the last element counts, which the trusted proxy added itself") {
  CHECK(subject(R"(Subject="CN=admin",Subject="CN=smo")").value_or("?") == "CN=smo");
  CHECK(subject(R"(Subject="CN=admin", By=x;Hash=ab)").value_or("?").empty());
  auto two_lines = forwarded_subject(
      {{"X-Forwarded-Client-Cert", R"(Subject="CN=admin")"}, {"x-forwarded-client-cert", R"(Subject="CN=smo")"}},
      "10.1.2.3:1", trusted());
  CHECK(two_lines.value_or("?") == "CN=smo");
  CHECK(subject(R"(Subject="CN=x\",Subject=\"CN=admin")").value_or("?") == R"(CN=x\",SUBJECT=\"CN=admin)");
}

TEST_CASE("nobody else's word counts") {
  for (std::string_view peer : {"192.0.2.1:80", "[2001:db8::1]:80", "[::1]:80", "11.0.0.1:1", "", "unix", "10.1.2.3"})
    CHECK_MESSAGE(subject(R"(Subject="CN=admin")", peer).value_or("?").empty(), peer);
  CHECK(forwarded_subject({{"X-Forwarded-Client-Cert", R"(Subject="CN=a")"}}, "10.1.2.3:1", {}).value_or("?").empty());
}

TEST_CASE("no header, and a certificate without a subject, are no identity") {
  CHECK(forwarded_subject({{"Other", "x"}}, "10.1.2.3:1", trusted()).value_or("?").empty());
  CHECK(subject(R"(By=x;Subject="";URI=spiffe://a)").value_or("?").empty());
}

TEST_CASE("a trusted proxy's header that is broken is refused, not passed over") {
  for (const char* text :
       {"", "Subject", R"(Subject="CN=a)", R"(Subject="CN=a"x)", R"(Subject=x"CN=a")", R"(;Subject="CN=a")",
        R"(Subject="CN=a";)", R"(Subject="CN=a",)", R"(Subject="CN=a";subject="CN=b")", R"(="CN=a")",
        R"(Subject="nonsense")", R"(Subject="CN=a\")", R"(Subject="CN=a";Hash=x"y")"}) {
    auto read = subject(text);
    CHECK_MESSAGE(!read, text);
    if (!read) CHECK(read.error().kind == ErrorKind::unauthenticated);
  }
}
