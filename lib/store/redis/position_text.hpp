#pragma once

#include <string>
#include <string_view>

#include "store/store.hpp"

namespace netweave::store::redis {

/// A position as the hash of positions holds it under its reader: "<revision> <sequence> <state>".
std::string position_text(const Position& position);
/// `internal`: it is none.
Result<Position> read_position(std::string_view reader, std::string_view text);

}  // namespace netweave::store::redis
