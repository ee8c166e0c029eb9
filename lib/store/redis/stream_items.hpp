#pragma once

#include <string>
#include <vector>

#include "store/redis/server.hpp"

namespace netweave::store::redis {

/// See Streams::read.
Result<std::vector<StreamItem>> read_items(Server& server, const std::string& stream, std::uint64_t after,
                                           std::size_t max);

}  // namespace netweave::store::redis
