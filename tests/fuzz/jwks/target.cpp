#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "tenancy/jwks.hpp"

using namespace netweave;
using namespace netweave::tenancy;

/// A set is refused, or each of its keys can be asked for a signature, which noise is not.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  auto set = KeySet::parse(text);
  if (!set) return 0;
  for (auto scheme : {crypto::Scheme::rs256, crypto::Scheme::es256, crypto::Scheme::ed25519})
    if (const auto* key = set->find("", scheme))
      if (key->scheme() != scheme || key->proves("words", "noise")) std::abort();
  return 0;
}
