#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "netweave/http/message.hpp"
#include "netweave/result.hpp"

#include "base/log.hpp"
#include "base/network.hpp"
#include "base/time.hpp"
#include "tenancy/access.hpp"
#include "tenancy/jwt.hpp"

namespace netweave::tenancy {

class TokenVerifier;

struct AuthenticatorOptions {
  bool require_certificate = true;       ///< a token alone is not enough
  std::vector<Network> trusted_proxies;  ///< whose X-Forwarded-Client-Cert is believed
  std::optional<JwtOptions> jwt;         ///< nullopt: no token is taken
};

/// Finds out who asks: by the verified client certificate of the connection, else by what a trusted proxy says of one,
/// else by a bearer token. Any thread.
class Authenticator {
 public:
  using Done = std::function<void(Result<Identity>)>;

  /// Errors: `invalid`, `unimplemented`: the issuer's keys can't be had that way.
  static Result<std::unique_ptr<Authenticator>> make(AuthenticatorOptions options, const Clock& clock, const Log& log);
  ~Authenticator();

  /// Calls `done` exactly once, as a rule before it returns; with a token of a key that is not known yet, later, on a
  /// thread that must not be held up. Errors: `unauthenticated`, `unavailable` (the issuer's keys can't be had).
  void identify(const http::Request& request, Done done) const;
  /// Answers who waits, with `unavailable`: before what the answers stand on goes. Blocks; one thread's alone.
  void stop();

 private:
  explicit Authenticator(AuthenticatorOptions options);
  [[nodiscard]] Result<std::string> certificate_of(const http::Request& request) const;

  const AuthenticatorOptions options_;
  std::unique_ptr<TokenVerifier> verifier_;
};

}  // namespace netweave::tenancy
