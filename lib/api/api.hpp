#pragma once

#include <atomic>
#include <functional>

#include "api/docs/pages.hpp"
#include "api/idempotency.hpp"
#include "api/openapi/document.hpp"
#include "api/router.hpp"

namespace netweave::api {

/// The northbound: every path, over one set of services.
class Api {
 public:
  /// Called when a request was answered: for metrics and the log. Any thread.
  using Observer = std::function<void(const Call& call, int status, std::chrono::nanoseconds took)>;

  /// Errors: the OpenAPI document and the handlers do not fit together. `services` must outlive it.
  static Result<std::unique_ptr<Api>> make(const Services& services, Observer observer);

  /// Answers one request; `done` is called exactly once. Any thread.
  void handle(http::Request request, http::Completion done) const;
  /// The same of probes and metrics alone, with no guard.
  void handle_operations(http::Request request, http::Completion done) const;

  /// Requests that are not answered yet.
  [[nodiscard]] std::size_t in_flight() const noexcept { return in_flight_.load(std::memory_order_relaxed); }

  [[nodiscard]] const openapi::Document& document() const noexcept { return *document_; }

 private:
  Api(const Services& services, Observer observer) : services_(services), observer_(std::move(observer)) {}

  void dispatch(const Router& router, http::Request request, http::Completion done) const;

  const Services& services_;
  mutable std::atomic<std::size_t> in_flight_{0};
  Observer observer_;
  Idempotency idempotency_;
  std::unique_ptr<const openapi::Document> document_;
  std::unique_ptr<docs::Pages> pages_;
  std::unique_ptr<const Guard> guard_;
  Router router_;
  Router operations_;
};

}  // namespace netweave::api
