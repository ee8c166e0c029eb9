// A JSON text: what is read is written, and read again equal.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "netweave/value.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using netweave::Value;
  auto value = Value::parse(std::string_view(reinterpret_cast<const char*>(data), size));
  if (!value) {
    if (value.error().message.empty()) std::abort();
    return 0;
  }
  auto again = Value::parse(value->to_json());
  if (!again || !(*again == *value)) std::abort();
  Value merged = *value;
  netweave::merge_patch(merged, *again);
  return 0;
}
