#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "tenancy/dn.hpp"

using netweave::tenancy::canonical_dn;

/// What a name becomes stays what it is.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto once = canonical_dn({reinterpret_cast<const char*>(data), size});
  if (!once || once->size() > 8192) return 0;
  if (canonical_dn(*once).value_or("") != *once) std::abort();
  return 0;
}
