#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "query/condition.hpp"
#include "state/tree.hpp"

/// Which values of which fields have an index, and their numbers. The numbers are hashes of field and value, seeded
/// once a process: two values meet as seldom as memory forgets a bit.
namespace netweave::state {

/// The groups that an object belongs to, one for each value that is indexed: its UUID where it has one, of a resource
/// its pool, its type and its labels, of a pool its location, its labels and whether it is shared, of a user its
/// subject, of an intent to create what for whom, of what is not the default tenant's its tenant. Sorted, none twice.
void groups_of(const Object& object, std::vector<std::uint64_t>& groups);

/// The group of the objects whose field holds `value`; nullopt where that field has no index.
std::optional<std::uint64_t> group_of(Kind kind, const query::Path& path, std::string_view value);
/// The object of a kind's index that has this UUID (model/uuid.hpp; in lower case); nullptr where none has.
const Object* find_by_uuid(const Postings& index, std::string_view uuid);
/// The group of the objects that have another tenant than the default one.
std::uint64_t owned_group();
/// The group of the intents to create an object of that kind for that tenant.
std::uint64_t creation_group(std::string_view kind, std::string_view tenant);
/// The group of the pools that all tenants may read.
std::uint64_t shared_group();
/// The group of the objects whose field holds something that is no text: where it has members, equality must be looked
/// for elsewhere.
std::uint64_t other_group(const query::Path& path);

}  // namespace netweave::state
