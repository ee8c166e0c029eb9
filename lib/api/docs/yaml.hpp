#pragma once

#include <string>

#include "netweave/value.hpp"

namespace netweave::api::docs {

/// The value as block YAML 1.2, members in order; text that would read as anything else is quoted as JSON quotes it.
std::string to_yaml(const Value& value);

}  // namespace netweave::api::docs
