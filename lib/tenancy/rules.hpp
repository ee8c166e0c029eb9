#pragma once

#include <string>
#include <string_view>

#include "netweave/result.hpp"

#include "state/writer.hpp"
#include "tenancy/access.hpp"

/// What holds among users, roles and tenants, whoever changes them. Inside a transaction: the writer's thread.
namespace netweave::tenancy {

inline constexpr std::string_view admin_role = "platform-admin";

/// What a role's texts allow.
Permissions permissions_of(const Role& role);
/// Whether who has `access` may hand that role to a user of `tenant`: it allows nothing that the giver may not do
/// there.
bool may_grant(const Access& access, const Role& role, std::string_view tenant);
/// Whether the user has a role that reaches over all tenants.
bool has_platform_role(const state::Snapshot& snapshot, const User& user, std::string_view tenant);

/// After what is staged: an enabled platform-admin of an active tenant is left. Errors: `conflict`.
Result<void> keep_an_admin(state::Transaction& transaction);
/// After what is staged: nobody has the role. Errors: `conflict`.
Result<void> check_unused(state::Transaction& transaction, std::string_view role);
/// After what is staged: the subject is that user's alone. Errors: `conflict`.
Result<void> check_subject(state::Transaction& transaction, const User& user);

/// Orders what no single object does, over a whole fleet: of two transactions that touch the same name the later one
/// is decided again when it did not see the earlier one. Those of one commit see each other's changes anyway.
void touch(state::Transaction& transaction, const std::string& name);

/// Makes the built-in roles, or what a newer version says of them.
Result<void> ensure_built_in_roles(state::Transaction& transaction);

}  // namespace netweave::tenancy
