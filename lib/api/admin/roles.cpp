#include "api/admin/roles.hpp"

#include <array>

#include "api/collection.hpp"
#include "api/ims/documents.hpp"
#include "tenancy/rules.hpp"

namespace netweave::api::admin {
namespace {

using RoleChange = ims::DocumentChange<Role>;

constexpr std::array<std::string_view, 1> kept_members = {"scope"};

void complete(Role& role, std::vector<Fault>& faults) {
  if (role.scope.empty()) role.scope = tenancy::tenant_scope;
  if (role.scope != tenancy::tenant_scope && role.scope != tenancy::platform_scope)
    faults.push_back({"scope", "must be platform or tenant"});
  for (std::size_t i = 0; i < role.permissions.size(); ++i)
    if (!tenancy::Permissions::parse(role.permissions[i]))
      faults.push_back({"permissions[" + std::to_string(i) + "]", "GET /permissions lists what there is"});
}

/// A role over all tenants is for those who have one.
Result<void> decide_scope(const RoleChange& change) {
  if (!change.call.access || !change.call.access->everywhere.empty()) return {};
  for (const Role* role : {change.before, change.after})
    if (role != nullptr && role->scope == tenancy::platform_scope)
      return make_error(ErrorKind::denied, "a role of scope platform takes a role over all tenants yourself");
  return {};
}

Result<void> decide_role(const RoleChange& change) {
  if (change.before != nullptr && change.before->built_in == true)
    return make_error(ErrorKind::conflict, change.before->role_id + " is built in: it stays as it is");
  if (auto may = decide_scope(change); !may) return may;
  if (change.after == nullptr) return tenancy::check_unused(change.transaction, change.before->role_id);
  if (!change.call.access || tenancy::may_grant(*change.call.access, *change.after, change.tenant)) return {};
  return make_error(ErrorKind::denied, "the role allows more than you may do yourself");
}

constexpr ims::Documents<Role> role_documents{Kind::role, {}, kept_members, complete, decide_role};

void list_permissions(const CallRef& call) {
  Value answer;
  Value& items = answer["items"] = Value::array();
  for (const tenancy::PermissionName& name : tenancy::all_permissions()) {
    Value item;
    item["permission"] = std::string(name.resource) + ":" + std::string(name.action);
    item["resource"] = name.resource;
    item["action"] = name.action;
    items.push_back(std::move(item));
  }
  answer["total"] = static_cast<std::int64_t>(tenancy::all_permissions().size());
  call->answer_json(answer);
}

}  // namespace

void add_roles(Handlers& handlers, Idempotency& idempotency) {
  auto list = [](const CallRef& call) { answer_list(call, Kind::role); };
  auto make = [&idempotency](const CallRef& call) { create_document(call, role_documents, idempotency); };
  auto get = [](const CallRef& call) { answer_object(*call, Kind::role, call->parts[0]); };
  auto change = [](const CallRef& call) { update_document(call, role_documents, call->parts[0]); };
  handlers.add("listRoles", list, Faults::merged);
  handlers.add("createRole", make, Faults::merged);
  handlers.add("getRole", get, Faults::merged);
  handlers.add("replaceRole", change, Faults::merged);
  handlers.add("patchRole", change, Faults::merged);
  handlers.add("deleteRole", [](const CallRef& call) { remove_document(call, role_documents, call->parts[0]); });
  handlers.add("listPermissions", list_permissions);
}

}  // namespace netweave::api::admin
