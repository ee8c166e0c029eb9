#include "model/uuid.hpp"

#include "base/ids.hpp"

namespace netweave::model {

bool has_uuid(Kind kind) noexcept {
  return kind == Kind::resource || kind == Kind::resource_pool || kind == Kind::resource_type ||
         kind == Kind::deployment_manager || kind == Kind::alarm_dictionary || kind == Kind::performance_dictionary;
}

std::string uuid_of(Kind kind, std::string_view adapter, std::string_view native_id) {
  std::string name(to_string(kind));  // no part but the last can hold a slash
  name.append("/").append(adapter).append("/").append(native_id);
  return make_uuid5(netweave_namespace, name);
}

std::string uuid_of(const Object& object) { return uuid_of(object.kind(), object.adapter(), object.native_id()); }

bool is_uuid(std::string_view text) noexcept {
  if (text.size() != 36) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    bool hyphen = i == 8 || i == 13 || i == 18 || i == 23;
    bool digit = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
    if (hyphen ? c != '-' : !digit) return false;
  }
  return true;
}

}  // namespace netweave::model
