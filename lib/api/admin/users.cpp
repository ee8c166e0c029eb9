#include "api/admin/users.hpp"

#include <algorithm>
#include <array>

#include "api/collection.hpp"
#include "api/ims/documents.hpp"
#include "api/validation.hpp"
#include "tenancy/quota.hpp"
#include "tenancy/rules.hpp"

namespace netweave::api::admin {
namespace {

using UserChange = ims::DocumentChange<User>;

constexpr std::array<std::string_view, 1> optional_members = {"userId"};

void complete(User& user, std::vector<Fault>& faults) {
  user.subject = tenancy::canonical_subject(user.subject);
  if (!user.enabled) user.enabled = true;
  for (std::size_t i = 0; i < user.roles.size(); ++i)
    if (std::find(user.roles.begin(), user.roles.end(), user.roles[i]) != user.roles.begin() + static_cast<long>(i))
      faults.push_back({"roles[" + std::to_string(i) + "]", "stands here twice"});
}

bool has(const User& user, std::string_view role) {
  return std::find(user.roles.begin(), user.roles.end(), role) != user.roles.end();
}

/// Whoever gives a role may do all that it allows; so may who gives a user who has it another subject, since that is
/// to give the role to somebody else.
Result<void> decide_roles(const UserChange& change) {
  const User& after = *change.after;
  bool moves = change.before != nullptr && change.before->subject != after.subject;
  tenancy::touch(change.transaction, "roles");
  Error unknown = make_error(ErrorKind::invalid, "the user is wrong");
  for (std::size_t i = 0; i < after.roles.size(); ++i) {
    bool given = change.before == nullptr || moves || !has(*change.before, after.roles[i]);
    if (!given) continue;
    auto role = tenancy::find_role(change.transaction.base(), change.tenant, after.roles[i]);
    if (!role)
      unknown.faults.push_back({"roles[" + std::to_string(i) + "]", "there is no role " + after.roles[i]});
    else if (change.call.access && !tenancy::may_grant(*change.call.access, *role, change.tenant))
      return make_error(ErrorKind::denied, "the role " + role->role_id + " allows more than you may do yourself");
  }
  if (!unknown.faults.empty()) return unknown;
  return {};
}

/// Who reaches over all tenants is changed by such alone.
Result<void> decide_standing(const UserChange& change) {
  if (change.before == nullptr || !change.call.access) return {};
  if (!change.call.access->everywhere.empty()) return {};
  if (!tenancy::has_platform_role(change.transaction.base(), *change.before, change.tenant)) return {};
  return make_error(ErrorKind::denied, "the user has a role over all tenants, which you have not");
}

Result<void> decide_user(const UserChange& change) {
  if (auto may = decide_standing(change); !may) return may;
  bool was_admin =
      change.before != nullptr && change.before->enabled != false && has(*change.before, tenancy::admin_role);
  bool is_admin = change.after != nullptr && change.after->enabled != false && has(*change.after, tenancy::admin_role);
  if (was_admin && !is_admin && change.call.access)
    if (auto left = tenancy::keep_an_admin(change.transaction); !left) return left;
  if (change.after == nullptr) return {};
  if (auto roles = decide_roles(change); !roles) return roles;
  if (change.before == nullptr || change.before->subject != change.after->subject)
    if (auto free = tenancy::check_subject(change.transaction, *change.after); !free) return free;
  if (change.before != nullptr || change.call.services.quotas == nullptr) return {};
  return change.call.services.quotas->check(change.transaction, Kind::user, change.tenant);
}

constexpr ims::Documents<User> user_documents{Kind::user, optional_members, {}, complete, decide_user};

/// The caller's own tenant, even where it reaches all.
bool enter_own(const CallRef& call) {
  call->scope = tenancy::Scope(call->own_tenant());
  return true;
}

/// The tenant that the path names; answers 404 where there is none.
bool enter_named(const CallRef& call) {
  if (auto refusal = check_present(*call, Kind::tenant, call->parts[0])) {
    call->answer(*refusal);
    return false;
  }
  call->scope = tenancy::Scope(call->parts[0]);
  return true;
}

/// `name` ends the operations' names; a user's id is the path's last part.
void add_family(Handlers& handlers, const std::string& name, bool (*enter)(const CallRef&), Idempotency& idempotency) {
  auto list = [enter](const CallRef& call) {
    if (enter(call)) answer_list(call, Kind::user);
  };
  auto make = [enter, &idempotency](const CallRef& call) {
    if (enter(call)) create_document(call, user_documents, idempotency);
  };
  auto get = [enter](const CallRef& call) {
    if (enter(call)) answer_object(*call, Kind::user, call->parts.back());
  };
  auto change = [enter](const CallRef& call) {
    if (enter(call)) update_document(call, user_documents, call->parts.back());
  };
  auto remove = [enter](const CallRef& call) {
    if (enter(call)) remove_document(call, user_documents, call->parts.back());
  };
  handlers.add("list" + name + "s", list, Faults::merged);
  handlers.add("create" + name, make, Faults::merged);
  handlers.add("get" + name, get, Faults::merged);
  handlers.add("replace" + name, change, Faults::merged);
  handlers.add("patch" + name, change, Faults::merged);
  handlers.add("delete" + name, remove);
}

/// Who asks, and what that one may do. A token's bearer needs no user here.
void get_current(const CallRef& call) {
  if (!call->access) return call->answer(not_found("nobody is known here: multi_tenancy.enabled is false"));
  const tenancy::Access& access = *call->access;
  auto snapshot = call->services.state.snapshot();
  const model::Object* object = snapshot->find(Kind::user, access.user_id);
  Value user = object != nullptr ? Value::parse(object->json()).value_or(Value()) : Value::object();
  user["subject"] = access.subject;
  user["tenantId"] = access.tenant;
  auto names = [](tenancy::Permissions permissions) {
    Value list = Value::array();
    for (std::string& name : permissions.names()) list.push_back(std::move(name));
    return list;
  };
  user["permissions"] = names(access.all());
  user["platformPermissions"] = names(access.everywhere);
  call->answer_json(user);
}

}  // namespace

void add_users(Handlers& handlers, Idempotency& idempotency) {
  add_family(handlers, "User", enter_own, idempotency);
  add_family(handlers, "TenantUser", enter_named, idempotency);
  handlers.add("getCurrentUser", get_current);
}

}  // namespace netweave::api::admin
