#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "netweave/config.hpp"
#include "netweave/result.hpp"

#include "limits/bucket.hpp"

namespace netweave::limits {

/// An operation that requests are made of, as far as limits ask.
struct Route {
  std::string method;
  std::string path;     ///< the template
  std::string kind;     ///< its collection: "resourcePools"; empty where it has none
  bool writes = false;  ///< else reads
  bool limited = true;  ///< false: never refused, and never counted
};

/// The limits in force. Immutable but for the buckets.
struct Plan {
  using BucketRef = std::shared_ptr<Bucket>;
  struct Target {
    BucketRef endpoint;  ///< null: no limit of its own
    BucketRef resource;
    bool limited = true;
  };

  std::optional<Limit> client;  ///< of each tenant or address
  BucketRef global;
  std::vector<Target> targets;  ///< by route
};

/// What the configuration has wrong for these routes: an endpoint or a collection that is not there.
std::vector<Fault> check(const RateLimitConfig& config, std::span<const Route> routes);

/// `shared`: the buckets are the store's.
std::shared_ptr<const Plan> make_plan(const RateLimitConfig& config, std::span<const Route> routes, bool shared);

}  // namespace netweave::limits
