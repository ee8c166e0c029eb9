#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/crypto.hpp"

namespace netweave::tenancy {

/// As JOSE has it (RFC 7515 section 2): no padding, one spelling for each value, and nothing is not a value.
inline std::optional<std::string> from_strict_base64url(std::string_view text) {
  if (text.empty() || text.back() == '=') return std::nullopt;
  return crypto::from_base64url(text);
}

}  // namespace netweave::tenancy
