#include "tenancy/rules.hpp"

#include <algorithm>

#include "base/crypto.hpp"
#include "model/fields.hpp"

namespace netweave::tenancy {
namespace {

User user_in(const model::Object& object) { return model::from_json<User>(model::user_table(), object.json()); }

bool has_role(const User& user, std::string_view role) {
  return std::find(user.roles.begin(), user.roles.end(), role) != user.roles.end();
}

/// The users as they will be, until `each` gives true; whether it did. Those that this commit makes are not among them.
template <class Each>
bool any_user(const state::Transaction& transaction, Each&& each) {
  for (auto cursor = transaction.base().table(Kind::user).begin(); cursor.valid(); cursor.next())
    if (auto now = transaction.get(Kind::user, cursor->id()); now && each(*now)) return true;
  return false;
}

bool is_active(const state::Transaction& transaction, std::string_view tenant) {
  auto object = transaction.get(Kind::tenant, tenant);
  return object && model::from_json<Tenant>(model::tenant_table(), object->json()).status == "active";
}

}  // namespace

Permissions permissions_of(const Role& role) {
  Permissions all;
  for (const std::string& text : role.permissions)
    if (auto permissions = Permissions::parse(text)) all |= *permissions;
  return all;
}

bool may_grant(const Access& access, const Role& role, std::string_view tenant) {
  bool here = role.scope != platform_scope && access.tenant == tenant;
  return (here ? access.all() : access.everywhere).hold(permissions_of(role));
}

bool has_platform_role(const state::Snapshot& snapshot, const User& user, std::string_view tenant) {
  return std::any_of(user.roles.begin(), user.roles.end(), [&](const std::string& name) {
    auto role = find_role(snapshot, tenant, name);
    return role && role->scope == platform_scope;
  });
}

Result<void> keep_an_admin(state::Transaction& transaction) {
  touch(transaction, "admins");
  bool left = any_user(transaction, [&](const model::Object& object) {
    User user = user_in(object);
    return user.enabled != false && has_role(user, admin_role) && is_active(transaction, object.owner());
  });
  if (left) return {};
  return make_error(ErrorKind::conflict, "this would leave no enabled platform-admin: make another one first");
}

Result<void> check_unused(state::Transaction& transaction, std::string_view role) {
  touch(transaction, "roles");
  std::size_t count = 0;
  any_user(transaction, [&](const model::Object& object) {
    if (has_role(user_in(object), role)) ++count;
    return false;
  });
  if (count == 0) return {};
  return make_error(ErrorKind::conflict, std::to_string(count) + (count == 1 ? " user has" : " users have") +
                                             " this role: take it away first");
}

/// Each subject has a name of its own to touch: two commits never give it to two users. Within one commit the second
/// transaction finds the name staged, which is enough to say no.
Result<void> check_subject(state::Transaction& transaction, const User& user) {
  std::string name = "subject/" + crypto::to_hex(crypto::sha256(user.subject));
  const model::Object* other = find_user(transaction.base(), user.subject);
  bool taken = other != nullptr && other->id() != user.user_id && [&] {
    auto now = transaction.get(Kind::user, other->id());
    return now && user_in(*now).subject == user.subject;
  }();
  model::Draft claim;
  claim.kind = model::reservation;
  claim.id = name;
  claim.json = "{\"userId\":\"" + user.user_id + "\"}";
  if (taken) return make_error(ErrorKind::conflict, "the subject is another user's");
  transaction.put(claim);  // of another transaction's in this commit, it waits for the next one
  return {};
}

void touch(state::Transaction& transaction, const std::string& name) {
  model::Draft draft;
  draft.kind = model::reservation;
  draft.id = name;
  draft.json = "{}";
  transaction.share(draft);
}

Result<void> ensure_built_in_roles(state::Transaction& transaction) {
  for (const Role& built_in : built_in_roles()) {
    Role role = built_in;
    auto present = transaction.get(Kind::role, role.role_id);
    role.created_at = role.updated_at = format_rfc3339(transaction.time());
    if (present) {
      auto kept = model::from_json<Role>(model::role_table(), present->json());
      role.created_at = kept.created_at;
      Role same = role;
      same.updated_at = kept.updated_at;
      if (model::to_json(model::role_table(), same) == present->json()) continue;
    }
    model::Draft draft;
    draft.kind = Kind::role;
    draft.id = role.role_id;
    draft.json = model::to_json(model::role_table(), role);
    transaction.put(draft);
  }
  return {};
}

}  // namespace netweave::tenancy
