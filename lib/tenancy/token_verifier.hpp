#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "netweave/result.hpp"

#include "base/log.hpp"
#include "base/time.hpp"
#include "tenancy/jwt.hpp"
#include "tenancy/key_ring.hpp"
#include "tenancy/key_source.hpp"
#include "tenancy/proven_tokens.hpp"

namespace netweave::tenancy {

/// From a bearer token to its claims. Any thread.
class TokenVerifier {
 public:
  using Done = std::function<void(Result<Claims>)>;

  TokenVerifier(JwtOptions options, KeySource source, Clock clock, const Log& log, KeyRing::Pace pace = {});

  /// Calls `done` exactly once. As a rule that is before it returns; where the token names a key that is not known, it
  /// is on the key ring's thread, once newer keys came or did not: `done` must not hold that thread up.
  /// Errors: `unauthenticated`: the token is refused; `unavailable`, with `retry_after`: the issuer's keys can't be
  /// had, so nobody knows. Messages are for the caller, `cause` is for the log; neither holds the token.
  void verify(std::string_view token, Done done);
  /// Answers who waits for a key: `unavailable`. Blocks; one thread's alone.
  void stop() { ring_.stop(); }

 private:
  [[nodiscard]] Result<Claims> prove(const Unproven& token, const std::string& digest, const KeyRing::Keys& keys);

  const JwtOptions options_;
  const Clock clock_;
  ProvenTokens proven_;
  KeyRing ring_;  // the last member: its thread answers with the others
};

}  // namespace netweave::tenancy
