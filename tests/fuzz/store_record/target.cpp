#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "store/record.hpp"

/// Whatever decodes has one encoding: writing it again gives the same bytes.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view bytes(reinterpret_cast<const char*>(data), size);
  auto object = netweave::store::decode_record(bytes);
  if (!object) return 0;
  std::string again;
  netweave::store::encode_record(**object, (*object)->revision(), again);
  if (again != bytes) std::abort();
  return 0;
}
