#include "tenancy/access.hpp"

#include <algorithm>

#include "base/ids.hpp"
#include "model/fields.hpp"
#include "state/groups.hpp"
#include "tenancy/dn.hpp"

namespace netweave::tenancy {
namespace {

Error refuse(std::string why) { return make_error(ErrorKind::denied, std::move(why)); }

std::optional<Error> take_tenant(const state::Snapshot& snapshot, Access& into) {
  const std::string& id = into.tenant;
  into.in = model::ObjectRef::share(snapshot.find(Kind::tenant, id));
  if (!into.in) return refuse("there is no tenant " + id);
  auto tenant = model::from_json<Tenant>(model::tenant_table(), into.in->json());
  if (tenant.status != "active") return refuse("the tenant " + id + " is " + tenant.status);
  into.requests_a_minute = tenant.quota.max_requests_per_minute;
  return std::nullopt;
}

bool is_built_in(std::string_view name) {
  auto roles = built_in_roles();
  return std::any_of(roles.begin(), roles.end(), [&](const Role& role) { return role.role_id == name; });
}

void take_roles(const state::Snapshot& snapshot, const std::vector<std::string>& roles, Access& into) {
  for (const std::string& name : roles) {
    if (!is_built_in(name)) into.roles.emplace_back(name, model::ObjectRef::share(snapshot.find(Kind::role, name)));
    auto role = find_role(snapshot, into.tenant, name);
    if (!role) continue;
    Permissions& granted = role->scope == platform_scope ? into.everywhere : into.own;
    for (const std::string& text : role->permissions)
      if (auto permissions = Permissions::parse(text)) granted |= *permissions;
  }
}

}  // namespace

std::optional<Scope> Access::scope_for(Permissions permission) const {
  if (everywhere.hold(permission)) return Scope();
  if (own.hold(permission)) return Scope(tenant);
  return std::nullopt;
}

bool Access::holds(const state::Snapshot& snapshot, const Identity& identity) const {
  auto same = [&](Kind kind, std::string_view id, const model::ObjectRef& was) {
    return snapshot.find(kind, id) == was.get();
  };
  if (user ? !same(Kind::user, user_id, user) : identity.grant != grant || find_user(snapshot, subject) != nullptr)
    return false;
  return same(Kind::tenant, tenant, in) && std::all_of(roles.begin(), roles.end(), [&](const auto& role) {
           return same(Kind::role, role.first, role.second);
         });
}

bool Access::seen_anew(Millis now) const noexcept {
  constexpr Millis hour = 3600 * 1000;
  Millis before = seen.load(std::memory_order_relaxed);
  return now - before >= hour && seen.compare_exchange_strong(before, now, std::memory_order_relaxed);
}

Result<void> note_seen(state::Transaction& transaction, const std::string& user_id) {
  model::ObjectRef object = transaction.get(Kind::user, user_id);
  if (!object) return {};
  auto user = model::from_json<User>(model::user_table(), object->json());
  user.last_seen_at = format_rfc3339(transaction.time());
  model::Draft draft = object->draft();
  draft.json = model::to_json(model::user_table(), user);
  transaction.put(draft);
  return {};
}

Result<std::shared_ptr<const Access>> access_of(const state::Snapshot& snapshot, const Identity& identity) {
  auto access = std::make_shared<Access>();
  access->subject = identity.subject;
  std::vector<std::string> roles;
  if (const model::Object* object = find_user(snapshot, identity.subject)) {
    auto user = model::from_json<User>(model::user_table(), object->json());
    if (user.enabled == false) return refuse("the user " + user.name + " is disabled");
    access->user_id = user.user_id;
    access->user = model::ObjectRef::share(object);
    access->seen = parse_rfc3339(user.last_seen_at).value_or(0);
    access->tenant = object->owner();
    roles = std::move(user.roles);
  } else if (identity.grant) {
    access->grant = identity.grant;
    access->tenant = identity.grant->tenant.empty() ? std::string(model::default_tenant) : identity.grant->tenant;
    roles = identity.grant->roles;
  } else {
    return refuse("no user has the subject " + identity.subject);
  }
  if (auto fault = take_tenant(snapshot, *access)) return std::move(*fault);
  take_roles(snapshot, roles, *access);
  return std::shared_ptr<const Access>(std::move(access));
}

bool still_stands(const Access& access, const state::Snapshot& snapshot) {
  Identity identity{access.subject, access.grant};
  if (access.holds(snapshot, identity)) return true;
  auto now = access_of(snapshot, identity);
  return now && (*now)->tenant == access.tenant && (*now)->own == access.own && (*now)->everywhere == access.everywhere;
}

std::string canonical_subject(std::string_view subject) {
  std::string text(subject);
  return subject.starts_with("jwt:") ? text : canonical_dn(subject).value_or(text);
}

const model::Object* find_user(const state::Snapshot& snapshot, std::string_view given) {
  std::string subject = canonical_subject(given);
  auto group = state::group_of(Kind::user, {"subject"}, subject);
  auto cursor = snapshot.index(Kind::user).lower_bound({*group, {}});
  for (; cursor.valid() && cursor.group() == *group; cursor.next())
    if (model::from_json<User>(model::user_table(), cursor->json()).subject == subject) return &*cursor;
  return nullptr;
}

std::optional<Role> find_role(const state::Snapshot& snapshot, std::string_view tenant, std::string_view name) {
  auto built_in = built_in_roles();
  auto found = std::find_if(built_in.begin(), built_in.end(), [&](const Role& role) { return role.role_id == name; });
  if (found != built_in.end()) return *found;
  const model::Object* object = snapshot.find(Kind::role, name);
  if (object == nullptr) return std::nullopt;
  auto role = model::from_json<Role>(model::role_table(), object->json());
  if (object->owner() != tenant && role.scope != platform_scope) return std::nullopt;
  return role;
}

Result<void> ensure_bootstrap_admin(state::Transaction& transaction, const std::string& given) {
  std::string subject = canonical_subject(given);
  if (subject.empty() || find_user(transaction.base(), subject) != nullptr) return {};
  User user;
  user.user_id = make_uuid();
  user.subject = subject;
  user.name = "Bootstrap administrator";
  user.roles = {"platform-admin"};
  user.created_at = user.updated_at = format_rfc3339(transaction.time());
  model::Draft draft;
  draft.kind = Kind::user;
  draft.id = user.user_id;
  draft.json = model::to_json(model::user_table(), user);
  transaction.put(draft);
  return {};
}

}  // namespace netweave::tenancy
