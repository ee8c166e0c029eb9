#pragma once

#include <optional>
#include <string>

#include "store/store.hpp"

/// What every store checks in the same words.
namespace netweave::store {

/// The revision that a change's object must have at present; 0: it must be absent.
Revision expected_revision(const Change& change) noexcept;

/// Too many changes, a change without object and prior or whose prior is another object or was never committed, one
/// object twice.
std::optional<Error> check_shape(const Commit& commit);
std::optional<Error> check_counter(const CounterStep& step, std::int64_t present);

Error changed_meanwhile(const Change& change);
Error changed_meanwhile(const Expectation& expectation);
Error fence_lost(const Fence& fence);
Error lease_taken(const std::string& name, const std::string& holder);
Error epoch_began(const std::string& epoch);
Error trimmed(Revision after, Revision oldest);

}  // namespace netweave::store
