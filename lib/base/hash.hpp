#pragma once

#include <cstdint>
#include <string_view>

namespace netweave {

/// 64 bits of a text, seeded once a process: nobody outside can choose texts that meet. Not to be stored.
std::uint64_t seeded_hash(std::string_view text) noexcept;

}  // namespace netweave
