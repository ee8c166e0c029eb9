#pragma once

#include <string>
#include <string_view>

#include "netweave/result.hpp"

namespace netweave::api::docs {

/// The bytes in gzip's form (RFC 1952), the same for the same bytes.
Result<std::string> gzip(std::string_view bytes);
/// The other way; `most`: bytes that it may come to.
Result<std::string> gunzip(std::string_view bytes, std::size_t most);

}  // namespace netweave::api::docs
