#include "api/guard.hpp"

#include <algorithm>
#include <thread>

#include "api/audit_trail.hpp"
#include "api/limits.hpp"
#include "tenancy/audit.hpp"

namespace netweave::api {
namespace {

Error behind() { return busy("the audit is behind: try again"); }

Problem forbidden(std::string why) { return to_problem(make_error(ErrorKind::denied, std::move(why))); }

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
  constexpr std::string_view platform = "platform";
  std::string_view text = operation.permission;
  need.platform = text.starts_with(platform);
  if (need.platform) text.remove_prefix(std::min(text.size(), platform.size() + 1));
  if (text == "identity" || (need.platform && text.empty())) return need;
  auto permissions = tenancy::Permissions::parse(text);
  if (!permissions)
    return make_error(ErrorKind::internal,
                      operation.id + " needs \"" + operation.permission + "\", which is no permission");
  need.permissions = *permissions;
  return need;
}

void Guard::admit(const CallRef& call, const openapi::Operation& operation, const std::function<void()>& next) const {
  const Need& need = needs_.at(&operation);
  if (!need.identity) return next();
  call->asked = &operation;
  auto here = std::this_thread::get_id();
  services_->identify(call->request, [this, call, &need, next, here](Result<tenancy::Identity> identity) {
    auto go_on = [this, call, &need, next, identity = std::move(identity)] { admit(call, need, identity, next); };
    if (std::this_thread::get_id() == here) return go_on();
    // what waited for a token's key is not for that thread to serve
    if (!call->services.pool.offer(go_on)) call->answer(busy("too many requests wait for who asks them"));
  });
}

void Guard::admit(const CallRef& call, const Need& need, const Result<tenancy::Identity>& identity,
                  const std::function<void()>& next) const {
  if (!identity) return refuse(*call, to_problem(identity.error()));
  call->subject = identity->subject;
  call->expires_at = identity->expires_at;
  auto access = cache_->find(*services_->state.snapshot(), *identity);
  if (!access) return refuse(*call, to_problem(access.error()));
  call->access = std::move(*access);
  if (call->access->seen_anew(to_millis(services_->clock()))) recognise(*call);
  if (auto refusal = check(*call, need)) return refuse(*call, std::move(*refusal));
  if (is_audited(*services_, *call->asked) && services_->audit->full()) return call->answer(behind());
  next();
}

/// What can't be noted is not answered either; and who is refused is counted all the same.
void Guard::refuse(Call& call, Problem problem) const {
  if (!within_limits(call)) return;
  if (services_->audit->full()) return call.answer(behind());
  bool token = call.header("Authorization") != nullptr;
  if (problem.status == 401)
    problem.headers.emplace_back("WWW-Authenticate",
                                 std::string("Bearer realm=\"netweave\"") + (token ? ", error=\"invalid_token\"" : ""));
  call.answer(problem);
}

void Guard::recognise(const Call& call) const {
  audit_recognition(call);
  if (call.access->user_id.empty()) return;
  auto step = [id = call.access->user_id](state::Transaction& transaction) {
    return tenancy::note_seen(transaction, id);
  };
  static_cast<void>(services_->writer.offer(step, {}));  // or in an hour
}

Refusal Guard::check(Call& call, const Need& need) {
  const tenancy::Access& access = *call.access;
  if (need.platform && (access.everywhere.empty() || !access.everywhere.hold(need.permissions)))
    return forbidden("this is about all tenants, and needs a role over all of them" +
                     (need.permissions.empty() ? "" : " that allows " + need.permissions.names().front()));
  auto scope =
      need.permissions.empty() && !need.platform ? tenancy::Scope(access.tenant) : access.scope_for(need.permissions);
  if (!scope)
    return forbidden("the user has no role that allows " + need.permissions.names().front() + " in the tenant " +
                     access.tenant);
  call.scope = std::move(*scope);
  return {};
}

}  // namespace netweave::api
