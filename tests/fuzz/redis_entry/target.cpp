#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "store/commit_check.hpp"
#include "store/redis/entry.hpp"

/// Six texts, each behind its length in two big-endian bytes: an id and an entry's fields. What decodes is an entry
/// that could have been committed, and its prior state survives being written again.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace netweave::store;
  std::array<std::string_view, 6> texts;
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  for (std::string_view& text : texts) {
    if (rest.size() < 2) return 0;
    std::size_t length =
        static_cast<std::size_t>(static_cast<std::uint8_t>(rest[0])) << 8 | static_cast<std::uint8_t>(rest[1]);
    text = rest.substr(2, length);
    rest.remove_prefix(2 + text.size());
  }
  netweave::model::Draft scratch;
  auto made = redis::decode_entry(texts[0], {texts[1], texts[2], texts[3], texts[4], texts[5]}, scratch);
  if (!made) return 0;
  const Entry& entry = made->entry;
  if (entry.revision == 0 || (!entry.object && !entry.prior)) std::abort();
  if (!entry.prior) return 0;
  if (entry.object && key_of(*entry.object) != key_of(*entry.prior)) std::abort();
  std::string before = redis::encode_before({entry.object, entry.prior});
  auto again = redis::decode_entry(texts[0], {texts[1], texts[2], texts[3], texts[4], before}, scratch);
  if (!again || again->entry.prior->json() != entry.prior->json()) std::abort();
  return 0;
}
