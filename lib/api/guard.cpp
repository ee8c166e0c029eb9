#include "api/guard.hpp"

#include <algorithm>
#include <thread>

#include "api/limits.hpp"

namespace netweave::api {
namespace {

Problem forbidden(std::string why) { return to_problem(make_error(ErrorKind::denied, std::move(why))); }

/// Who is refused is counted all the same.
void refuse(Call& call, Problem problem) {
  if (!within_limits(call)) return;
  bool token = call.header("Authorization") != nullptr;
  if (problem.status == 401)
    problem.headers.emplace_back("WWW-Authenticate",
                                 std::string("Bearer realm=\"netweave\"") + (token ? ", error=\"invalid_token\"" : ""));
  call.answer(problem);
}

}  // namespace

Result<Guard> Guard::make(const Services& services, const openapi::Document& document) {
  Guard guard(services);
  for (const openapi::Operation& operation : document.operations()) {
    auto need = guard.read(operation);
    if (!need) return std::move(need).error();
    guard.needs_.emplace(&operation, *need);
  }
  return guard;
}

Result<Guard::Need> Guard::read(const openapi::Operation& operation) const {
  Need need;
  const auto& open = services_->config.multi_tenancy.skip_auth_paths;
  need.identity = std::find(open.begin(), open.end(), operation.path) == open.end();
  need.platform = operation.permission == "platform";
  if (need.platform || operation.permission == "identity") return need;
  auto permissions = tenancy::Permissions::parse(operation.permission);
  if (!permissions)
    return make_error(ErrorKind::internal,
                      operation.id + " needs \"" + operation.permission + "\", which is no permission");
  need.permissions = *permissions;
  return need;
}

void Guard::admit(const CallRef& call, const openapi::Operation& operation, const std::function<void()>& next) const {
  if (!services_->config.multi_tenancy.enabled) return next();
  const Need& need = needs_.at(&operation);
  if (!need.identity) return next();
  auto here = std::this_thread::get_id();
  services_->identify(call->request, [call, need, next, here](Result<tenancy::Identity> identity) {
    auto go_on = [call, need, next, identity = std::move(identity)] { admit(call, need, identity, next); };
    if (std::this_thread::get_id() == here) return go_on();
    // what waited for a token's key is not for that thread to serve
    if (!call->services.pool.offer(go_on)) call->answer(busy("too many requests wait for who asks them"));
  });
}

void Guard::admit(const CallRef& call, const Need& need, const Result<tenancy::Identity>& identity,
                  const std::function<void()>& next) {
  if (!identity) return refuse(*call, to_problem(identity.error()));
  auto access = tenancy::access_of(*call->services.state.snapshot(), *identity);
  if (!access) return refuse(*call, to_problem(access.error()));
  call->access = std::move(*access);
  if (auto refusal = check(*call, need)) return refuse(*call, *refusal);
  next();
}

Refusal Guard::check(Call& call, const Need& need) {
  const tenancy::Access& access = *call.access;
  if (need.platform && access.everywhere.empty())
    return forbidden("this shows all tenants, and needs a role over all of them");
  auto scope =
      need.permissions.empty() && !need.platform ? tenancy::Scope(access.tenant) : access.scope_for(need.permissions);
  if (!scope)
    return forbidden("the user has no role that allows " + need.permissions.names().front() + " in the tenant " +
                     access.tenant);
  call.scope = std::move(*scope);
  return {};
}

}  // namespace netweave::api
