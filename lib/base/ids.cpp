#include "base/ids.hpp"

#include <algorithm>
#include <cstring>
#include <random>

#include "base/crypto.hpp"

namespace netweave {
namespace {

std::mt19937_64 seeded() {
  std::string seed = crypto::random_bytes(32);
  std::array<std::uint32_t, 8> words{};
  std::memcpy(words.data(), seed.data(), seed.size());
  std::seed_seq sequence(words.begin(), words.end());
  return std::mt19937_64(sequence);
}

std::string format_uuid(const std::array<std::uint8_t, 16>& bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string out(36, '-');
  std::size_t at = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) ++at;
    out[at++] = digits[bytes[i] >> 4];
    out[at++] = digits[bytes[i] & 15U];
  }
  return out;
}

void set_version(std::array<std::uint8_t, 16>& bytes, unsigned version) {
  bytes[6] = static_cast<std::uint8_t>((bytes[6] & 0x0fU) | version << 4);
  bytes[8] = static_cast<std::uint8_t>((bytes[8] & 0x3fU) | 0x80U);
}

bool letter_or_digit(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }

}  // namespace

const std::array<std::uint8_t, 16> netweave_namespace = {0x6e, 0x77, 0x1f, 0x2a, 0x5b, 0x0c, 0x5d, 0x4e,
                                                         0x9a, 0x31, 0x0f, 0x72, 0xd4, 0x66, 0x10, 0xb8};

std::uint64_t random_word() {
  thread_local std::mt19937_64 generator = seeded();
  return generator();
}

std::string make_uuid() {
  std::array<std::uint64_t, 2> words = {random_word(), random_word()};
  std::array<std::uint8_t, 16> bytes{};
  std::memcpy(bytes.data(), words.data(), bytes.size());
  set_version(bytes, 4);
  return format_uuid(bytes);
}

std::string make_uuid5(const std::array<std::uint8_t, 16>& space, std::string_view name) {
  std::string input(reinterpret_cast<const char*>(space.data()), space.size());
  input += name;
  std::string digest = crypto::sha1(input);
  std::array<std::uint8_t, 16> bytes{};
  std::memcpy(bytes.data(), digest.data(), bytes.size());
  set_version(bytes, 5);
  return format_uuid(bytes);
}

bool valid_id(std::string_view id) noexcept {
  if (id.empty() || id.size() > 255 || !letter_or_digit(id.front())) return false;
  return std::all_of(id.begin(), id.end(),
                     [](char c) { return letter_or_digit(c) || c == '.' || c == '_' || c == ':' || c == '-'; });
}

}  // namespace netweave
