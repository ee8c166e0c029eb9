#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "netweave/http/message.hpp"
#include "netweave/result.hpp"

#include "base/network.hpp"

/// X-Forwarded-Client-Cert: what a proxy that ends TLS says of the client's certificate. The format is Envoy's
/// (configuration/http/http_conn_man/headers, "x-forwarded-client-cert"). Any thread.
namespace netweave::tenancy {

/// One element: one TLS connection on the request's way, the client's first.
struct ForwardedCertificate {
  std::string by;
  std::string hash;
  std::string cert;   ///< URL-encoded PEM
  std::string chain;  ///< URL-encoded PEM
  std::string subject;
  std::vector<std::string> uris;
  std::vector<std::string> dns;
};

/// Keys that are not known are left out. Errors: `invalid`: an element, a pair or a quoted value that is broken, or a
/// key twice that stands once.
Result<std::vector<ForwardedCertificate>> parse_xfcc(std::string_view header);

/// The subject, in canonical form (dn.hpp), of the certificate that the peer itself was shown; empty where the peer is
/// in none of the `trusted` networks, sent no such header, or names no subject.
/// It is the last element that counts: a proxy appends, so that one is the trusted proxy's own word, and those before
/// it are what the proxy was sent, perhaps by the client itself.
/// `peer` is `http::Peer::address`. Errors: `unauthenticated`: a trusted proxy's header, or the name, can't be read.
Result<std::string> forwarded_subject(const http::Headers& headers, std::string_view peer,
                                      std::span<const Network> trusted);

}  // namespace netweave::tenancy
