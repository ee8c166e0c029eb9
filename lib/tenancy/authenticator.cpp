#include "tenancy/authenticator.hpp"

#include <algorithm>

#include "tenancy/token_verifier.hpp"
#include "tenancy/xfcc.hpp"

namespace netweave::tenancy {
namespace {

Error unknown(std::string why) { return make_error(ErrorKind::unauthenticated, std::move(why)); }

/// The token of an Authorization header of the scheme Bearer (RFC 6750 section 2.1); nullopt without one.
std::optional<std::string_view> bearer_token(const http::Headers& headers) {
  constexpr std::string_view scheme = "bearer ";
  const std::string* header = http::find_header(headers, "Authorization");
  if (header == nullptr || header->size() <= scheme.size()) return std::nullopt;
  auto same = [](char a, char b) { return (a >= 'A' && a <= 'Z' ? static_cast<char>(a + 32) : a) == b; };
  if (!std::equal(scheme.begin(), scheme.end(), header->begin(), [&](char b, char a) { return same(a, b); }))
    return std::nullopt;
  std::string_view token = std::string_view(*header).substr(scheme.size());
  token.remove_prefix(std::min(token.find_first_not_of(' '), token.size()));
  return token;
}

}  // namespace

Authenticator::Authenticator(AuthenticatorOptions options) : options_(std::move(options)) {}
Authenticator::~Authenticator() = default;

Result<std::unique_ptr<Authenticator>> Authenticator::make(AuthenticatorOptions options, const Clock& clock,
                                                           const Log& log) {
  std::unique_ptr<Authenticator> made(new Authenticator(std::move(options)));
  if (!made->options_.jwt) return made;
  auto source = key_source(*made->options_.jwt);
  if (!source) return std::move(source).error();
  made->verifier_ = std::make_unique<TokenVerifier>(*made->options_.jwt, std::move(*source), clock, log);
  return made;
}

void Authenticator::stop() {
  if (verifier_) verifier_->stop();
}

/// The subject of the client's certificate, here or at the proxy; empty where there is none.
Result<std::string> Authenticator::certificate_of(const http::Request& request) const {
  if (!request.peer.tls_subject.empty()) return canonical_subject(request.peer.tls_subject);
  return forwarded_subject(request.headers, request.peer.address, options_.trusted_proxies);
}

void Authenticator::identify(const http::Request& request, Done done) const {
  auto subject = certificate_of(request);
  if (!subject) return done(unknown(subject.error().message));
  if (!subject->empty()) return done(Identity{std::move(*subject), {}});
  if (options_.require_certificate || !verifier_) return done(unknown("a client certificate is needed"));
  auto token = bearer_token(request.headers);
  if (!token) return done(unknown("a client certificate or a bearer token is needed"));
  verifier_->verify(*token, [done = std::move(done)](Result<Claims> claims) {
    if (!claims) return done(std::move(claims).error());
    done(Identity{"jwt:" + claims->subject, Identity::Grant{std::move(claims->tenant), std::move(claims->roles)},
                  claims->expires_at});
  });
}

}  // namespace netweave::tenancy
