#pragma once

#include <chrono>
#include <functional>
#include <stop_token>
#include <string>

#include "netweave/result.hpp"

#include "tenancy/jwt.hpp"

namespace netweave::tenancy {

struct KeyText {
  std::string text;                     ///< a JWK Set
  std::chrono::milliseconds fresh_for;  ///< when to ask again
};

/// Gets the issuer's keys; blocks, and ends soon after a stop. Called from one thread at a time.
using KeySource = std::function<Result<KeyText>(const std::stop_token& stop)>;

/// How long a set from a URI is taken as fresh: as its `Cache-Control: max-age` says, within bounds.
struct Freshness {
  std::chrono::milliseconds unsaid = std::chrono::minutes(5);
  std::chrono::milliseconds at_least = std::chrono::minutes(1);
  std::chrono::milliseconds at_most = std::chrono::hours(1);
};

/// A file, to be read again after the interval: so is a change seen, however it was made.
KeySource file_source(std::string path, std::chrono::milliseconds interval = std::chrono::seconds(2));
/// An http or https URI, by GET. Errors: `unimplemented` where this build has no libcurl.
Result<KeySource> uri_source(std::string uri, Freshness freshness = {});
/// The one that the options name. Errors: `invalid` where they name none or both; those of `uri_source`.
Result<KeySource> key_source(const JwtOptions& options);

}  // namespace netweave::tenancy
