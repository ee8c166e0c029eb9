#include "base/hash.hpp"

#include <algorithm>
#include <cstring>
#include <random>

namespace netweave {
namespace {

__extension__ using Wide = unsigned __int128;

std::uint64_t fold(std::uint64_t a, std::uint64_t b) noexcept {
  Wide product = static_cast<Wide>(a) * b;
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64U);
}

}  // namespace

/// Folded multiplication over words of eight bytes.
std::uint64_t seeded_hash(std::string_view text) noexcept {
  static const std::uint64_t seed = (std::uint64_t{std::random_device()()} << 32U) | std::random_device()();
  constexpr std::uint64_t odd = 0x9e3779b97f4a7c15ULL;
  std::uint64_t mixed = seed ^ text.size();
  for (std::size_t at = 0; at < text.size(); at += sizeof(std::uint64_t)) {
    std::uint64_t word = 0;
    std::memcpy(&word, text.data() + at, std::min(sizeof(word), text.size() - at));
    mixed = fold(mixed ^ word, odd);
  }
  return fold(mixed, odd ^ seed);
}

}  // namespace netweave
