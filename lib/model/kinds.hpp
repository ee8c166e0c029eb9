#pragma once

#include <array>

#include "netweave/model.hpp"

/// Kinds that the gateway keeps for itself: folded from the log like all others, never shown by a list.
namespace netweave::model {

inline constexpr Kind intent = static_cast<Kind>(200);      ///< a backend write that is not settled yet
inline constexpr Kind tombstone = static_cast<Kind>(201);   ///< a uid that a late pass must not bring back
inline constexpr Kind overlay = static_cast<Kind>(202);     ///< what the store alone knows of a backend's object
inline constexpr Kind checkpoint = static_cast<Kind>(203);  ///< how far an adapter has read
inline constexpr Kind answer = static_cast<Kind>(204);      ///< the first answer to an Idempotency-Key
inline constexpr Kind webhook = static_cast<Kind>(205);     ///< how a subscription is delivered: secret, API version

/// What orders decisions of a fleet that no single object does (tenancy/rules): quotas, subjects, the last admin.
inline constexpr Kind reservation = static_cast<Kind>(206);

/// The kinds that adapters feed, in the order of `ims::Observed::object`.
inline constexpr std::array observed_kinds = {
    Kind::deployment_manager, Kind::resource_pool, Kind::resource_type,    Kind::resource,
    Kind::o_cloud_site,       Kind::location,      Kind::alarm_dictionary, Kind::performance_dictionary};

}  // namespace netweave::model
