#include "tenancy/token_verifier.hpp"

#include "base/crypto.hpp"

namespace netweave::tenancy {
namespace {

constexpr std::size_t max_proven = 10000;

}  // namespace

TokenVerifier::TokenVerifier(JwtOptions options, KeySource source, Clock clock, const Log& log, KeyRing::Pace pace)
    : options_(std::move(options)),
      clock_(std::move(clock)),
      proven_(max_proven),
      ring_(std::move(source), log, pace) {}

void TokenVerifier::verify(std::string_view token, Done done) {
  std::string digest = crypto::sha256(token);
  KeyRing::Keys keys = ring_.keys();
  if (auto claims = proven_.find(digest, keys)) {
    std::string_view cause = time_fault(*claims, options_.clock_skew, clock_());
    return done(cause.empty() ? Result<Claims>(std::move(*claims)) : refused_token(std::string(cause)));
  }
  auto read = read_token(token, options_, clock_());
  if (!read) return done(read.error());
  if (keys && keys->find(read->kid, read->scheme) != nullptr) return done(prove(*read, digest, keys));
  ring_.renew(
      keys, [this, digest, done = std::move(done), unproven = std::move(*read)](const Result<KeyRing::Keys>& renewed) {
        done(renewed ? prove(unproven, digest, *renewed) : renewed.error());
      });
}

/// A key proves by its own scheme, which the token's `alg` must have asked for: so no algorithm is taken for another.
Result<Claims> TokenVerifier::prove(const Unproven& token, const std::string& digest, const KeyRing::Keys& keys) {
  const crypto::PublicKey* key = keys->find(token.kid, token.scheme);
  if (key == nullptr) return refused_token("no key of its issuer has its kid and alg");
  if (!key->proves(token.signed_part, token.signature)) return refused_token("its signature is wrong");
  proven_.put(digest, keys, token.claims);
  return token.claims;
}

}  // namespace netweave::tenancy
