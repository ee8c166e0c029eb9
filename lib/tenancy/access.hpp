#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "netweave/result.hpp"

#include "state/snapshot.hpp"
#include "state/writer.hpp"
#include "tenancy/permissions.hpp"
#include "tenancy/scope.hpp"

namespace netweave::tenancy {

/// Who asks, as a connection or a token says it.
struct Identity {
  /// What a token says beside its subject: it needs no user in the store.
  struct Grant {
    std::string tenant;
    std::vector<std::string> roles;
  };
  std::string subject;  ///< a certificate's DN as RFC 2253 writes it, or "jwt:<sub>"
  std::optional<Grant> grant;
};

/// Who asks, and what that one may do. Immutable; any thread.
struct Access {
  std::string subject;
  std::string user_id;  ///< empty: a token's bearer without a user here
  std::string tenant{model::default_tenant};
  Permissions own;         ///< inside the tenant
  Permissions everywhere;  ///< over all tenants

  /// What an operation that needs `permission` reaches; nullopt: it is not allowed.
  [[nodiscard]] std::optional<Scope> scope_for(Permissions permission) const;
  /// Both.
  [[nodiscard]] Permissions all() const noexcept { return own | everywhere; }
};

/// What the identity may do as of a snapshot: of the user with that subject, whose word is the store's, else of what
/// its token grants. Errors: `denied` (no such user, one that is disabled, a tenant that is not active).
Result<std::shared_ptr<const Access>> access_of(const state::Snapshot& snapshot, const Identity& identity);

/// The form in which subjects are kept and compared.
std::string canonical_subject(std::string_view subject);

/// The user with that subject; nullptr where there is none.
const model::Object* find_user(const state::Snapshot& snapshot, std::string_view subject);

/// The role of that name as a user of `tenant` has it: built in, over all tenants, or the tenant's own. nullopt where
/// there is none.
std::optional<Role> find_role(const state::Snapshot& snapshot, std::string_view tenant, std::string_view name);

/// Makes the first platform-admin, where no user has that subject.
Result<void> ensure_bootstrap_admin(state::Transaction& transaction, const std::string& subject);

}  // namespace netweave::tenancy
