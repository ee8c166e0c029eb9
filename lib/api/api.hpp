#pragma once

#include <functional>

#include "api/idempotency.hpp"
#include "api/router.hpp"

namespace netweave::api {

/// The northbound: every path, over one set of services.
class Api {
 public:
  /// Called when a request was answered: for metrics and the log. Any thread.
  using Observer = std::function<void(const Call& call, int status, std::chrono::nanoseconds took)>;

  Api(const Services& services, Observer observer);

  /// Answers one request; `done` is called exactly once. Any thread.
  void handle(http::Request request, http::Completion done) const;

  [[nodiscard]] const Router& router() const noexcept { return router_; }

 private:
  const Services& services_;
  Observer observer_;
  Idempotency idempotency_;
  Router router_;
};

}  // namespace netweave::api
