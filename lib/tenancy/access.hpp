#pragma once

#include <atomic>
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
    bool operator==(const Grant&) const = default;
  };
  std::string subject;  ///< a certificate's DN as RFC 2253 writes it, or "jwt:<sub>"
  std::optional<Grant> grant;
  Millis expires_at = 0;  ///< when the token that says so does; 0: never
};

/// Who asks, and what that one may do. Immutable but for `seen`; any thread.
struct Access {
  std::string subject;
  std::string user_id;  ///< empty: a token's bearer without a user here
  std::string tenant{model::default_tenant};
  Permissions own;                          ///< inside the tenant
  Permissions everywhere;                   ///< over all tenants
  std::optional<double> requests_a_minute;  ///< of the tenant's own quota

  /// What an operation that needs `permission` reaches; nullopt: it is not allowed.
  [[nodiscard]] std::optional<Scope> scope_for(Permissions permission) const;
  /// Both.
  [[nodiscard]] Permissions all() const noexcept { return own | everywhere; }
  /// Whether it is what `access_of` would find as of that snapshot.
  [[nodiscard]] bool holds(const state::Snapshot& snapshot, const Identity& identity) const;
  /// Whether it was not seen for an hour; then it is from now on.
  [[nodiscard]] bool seen_anew(Millis now) const noexcept;

  mutable std::atomic<Millis> seen{0};

  /// What it was made from; kept, so that no other object can stand at the same address.
  std::optional<Identity::Grant> grant;
  model::ObjectRef user;                                        ///< empty: a token's bearer
  model::ObjectRef in;                                          ///< the tenant
  std::vector<std::pair<std::string, model::ObjectRef>> roles;  ///< of those that are not built in
};

/// Says in the user's document that it was seen, to the hour. A step of the writer.
Result<void> note_seen(state::Transaction& transaction, const std::string& user_id);

/// What the identity may do as of a snapshot: of the user with that subject, whose word is the store's, else of what
/// its token grants. Errors: `denied` (no such user, one that is disabled, a tenant that is not active).
Result<std::shared_ptr<const Access>> access_of(const state::Snapshot& snapshot, const Identity& identity);

/// Whether who was found out to ask may do the same as of that snapshot, as its word in the store goes; of a token's
/// end that says nothing.
bool still_stands(const Access& access, const state::Snapshot& snapshot);

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
