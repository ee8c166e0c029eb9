#pragma once

#include <functional>
#include <memory>
#include <string>
#include <unordered_map>

#include "api/call.hpp"
#include "api/openapi/document.hpp"
#include "tenancy/access_cache.hpp"

namespace netweave::api {

/// Lets in who may, with multi-tenancy: finds out who asks, and what that one's roles reach. Immutable; any thread.
class Guard {
 public:
  /// What an operation takes is its `x-netweave-permission`. Errors: one that is none.
  static Result<Guard> make(const Services& services, const openapi::Document& document);

  /// Sets the call's access and scope and runs `next`, perhaps later and elsewhere; or answers 401 or 403.
  void admit(const CallRef& call, const openapi::Operation& operation, const std::function<void()>& next) const;

 private:
  /// What it takes to be let in.
  struct Need {
    bool identity = true;  ///< else nothing at all
    bool platform = false;
    tenancy::Permissions permissions;
  };

  explicit Guard(const Services& services) : services_(&services) {}
  Result<Need> read(const openapi::Operation& operation) const;
  void admit(const CallRef& call, const Need& need, const Result<tenancy::Identity>& identity,
             const std::function<void()>& next) const;
  static Refusal check(Call& call, const Need& need);
  void refuse(Call& call, Problem problem) const;
  void recognise(const Call& call) const;

  const Services* services_;
  std::unordered_map<const openapi::Operation*, Need> needs_;
  std::unique_ptr<tenancy::AccessCache> cache_ = std::make_unique<tenancy::AccessCache>();
};

}  // namespace netweave::api
