#pragma once

#include <string>
#include <string_view>

#include "netweave/value.hpp"

/// JSON pointers (RFC 6901).
namespace netweave {

/// A member's name as a part of a pointer.
std::string pointer_part(std::string_view name);

/// A place as faults name it ("filter.labels.a.b", "eventTypes[0]") as a pointer into `body`, whose names may hold
/// dots. What is not there is one name. Empty where `body` has nothing of it.
std::string pointer_to(const Value& body, std::string_view place);

}  // namespace netweave
