#include "netweave/result.hpp"

#include <array>

namespace netweave {

std::string_view to_string(ErrorKind kind) noexcept {
  constexpr std::array<std::string_view, 12> names = {"invalid",   "not_found",       "conflict",  "precondition",
                                                      "exhausted", "unavailable",     "timeout",   "unimplemented",
                                                      "denied",    "unauthenticated", "cancelled", "internal"};
  return names[static_cast<std::size_t>(kind)];
}

}  // namespace netweave
