#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "netweave/result.hpp"

#include "base/public_key.hpp"
#include "base/time.hpp"

/// JSON Web Tokens (RFC 7519) as signed compact JWS (RFC 7515), read by the habits of RFC 8725. Any thread.
namespace netweave::tenancy {

/// `multi_tenancy.jwt`.
struct JwtOptions {
  std::string issuer;    ///< `iss` must equal it
  std::string audience;  ///< `aud` must be it, or hold it
  std::string jwks_uri;  ///< one of the two
  std::string jwks_file;
  std::string tenant_claim = "tenant";  ///< a path, as `organization.id`; a member of the whole name comes first
  std::string roles_claim = "roles";    ///< likewise, as `realm_access.roles`; `scope` makes roles of scopes
  std::chrono::seconds clock_skew{60};
};

/// What a token says of its bearer.
struct Claims {
  std::string subject;
  std::string tenant;              ///< empty where the claim is not there
  std::vector<std::string> roles;  ///< as listed, or as separated by spaces; each once
  Millis not_before = 0;
  Millis expires_at = 0;
};

/// A token whose words are good and whose signature is still to be proven.
struct Unproven {
  crypto::Scheme scheme = crypto::Scheme::rs256;
  std::string kid;  ///< empty: none
  std::string signed_part;
  std::string signature;
  Claims claims;
};

/// Reads a token of at most 16 KiB and holds it to the options: `alg` is RS256, ES256 or EdDSA (so neither `none` nor
/// a MAC), no `crit`, a `typ` of an access token or none; `iss`, `aud`, `sub` and `exp` are there and good, `nbf` is
/// good where it stands. A key that the token brings along (`jwk`, `jku`, `x5c`, ...) is never looked at.
/// It is held before a key is looked for, so that an old token with an old kid fetches no keys.
/// Errors: `unauthenticated`, a short message for the caller; `cause` says what is wrong, without the token.
Result<Unproven> read_token(std::string_view token, const JwtOptions& options,
                            std::chrono::system_clock::time_point now);

/// Whether claims still hold (or already do) at `now`; the cause, empty where they do.
std::string_view time_fault(const Claims& claims, std::chrono::seconds skew, std::chrono::system_clock::time_point now);

/// The error that a refused token is answered with.
Error refused_token(std::string cause);

}  // namespace netweave::tenancy
