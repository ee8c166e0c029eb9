#pragma once

#include <memory>
#include <string>
#include <string_view>

#include <rapidjson/document.h>

#include "netweave/value.hpp"

/// Kubernetes' JSON, read in place. A Json views the text it was parsed from and dies with its JsonText.
namespace netweave::ims::kubernetes {

using Json = rapidjson::GenericValue<rapidjson::UTF8<>, rapidjson::MemoryPoolAllocator<>>;

/// Parses one text after another into the same memory. Belongs to one thread.
class JsonReader {
 public:
  JsonReader();
  /// The value, good until the next call; nullptr: not JSON, or more than 64 levels deep. `text` is written to, and
  /// must stay as long as the value is used.
  const Json* read(std::string& text) { return read(text.data(), text.size()); }
  const Json* read(char* text, std::size_t size);

 private:
  static constexpr std::size_t arena_bytes = 256UL * 1024;

  std::unique_ptr<char[]> arena_;
  rapidjson::MemoryPoolAllocator<> allocator_;
  Json root_;
};

/// A null where this is no object or has no such member.
const Json& at(const Json& object, std::string_view name) noexcept;
/// Empty where it is no text; views the parsed text.
std::string_view text_of(const Json& value) noexcept;
inline std::string_view text_at(const Json& object, std::string_view name) noexcept {
  return text_of(at(object, name));
}

/// A copy as a Value, members in order.
Value to_value(const Json& value);

}  // namespace netweave::ims::kubernetes
