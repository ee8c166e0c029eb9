#pragma once

#include <optional>
#include <string_view>

#include "query/condition.hpp"

namespace netweave::query {

/// Reads a path from the front of `text`, up to what can't be part of it, and cuts it off: segments with dots between
/// them; one that holds a dot (or anything else) stands in brackets and quotes, a quote or backslash in it behind a
/// backslash: `extensions.labels["topology.kubernetes.io/zone"]`. nullopt: an empty segment, or a quote left open.
std::optional<Path> read_path(std::string_view& text);

/// The path as `read_path` reads it.
std::string to_string(const Path& path);

}  // namespace netweave::query
