#include "model/object.hpp"

#include <cstring>
#include <limits>
#include <new>
#include <stdexcept>

namespace netweave::model {
namespace {

/// Where `id` stands in `json` as a whole JSON string; ids need no escapes, so the bytes are the same.
std::size_t place_of(std::string_view json, std::string_view id) {
  std::size_t at = json.find(id);
  while (at != std::string_view::npos) {
    bool quoted = at > 0 && json[at - 1] == '"' && at + id.size() < json.size() && json[at + id.size()] == '"';
    if (quoted) return at;
    at = json.find(id, at + 1);
  }
  throw std::invalid_argument("object: an id that its JSON does not hold");
}

template <class Size>
void check_size(std::string_view text, const char* what) {
  if (text.size() > std::numeric_limits<Size>::max())
    throw std::invalid_argument(std::string("object: its ") + what + " is too long");
}

/// What does not fit is refused: cut short it would be another object's.
void check_sizes(const Draft& draft) {
  check_size<std::int32_t>(draft.json, "JSON");
  check_size<std::uint16_t>(draft.id, "id");
  check_size<std::uint16_t>(draft.pool, "pool's id");
  check_size<std::uint16_t>(draft.type, "type's id");
  check_size<std::uint16_t>(draft.uid, "uid");
  check_size<std::uint16_t>(draft.reference, "reference");
  check_size<std::uint8_t>(draft.adapter, "adapter's name");
  check_size<std::uint8_t>(draft.tenant, "tenant");
}

}  // namespace

ObjectRef Object::make(const Draft& draft) {
  check_sizes(draft);
  std::size_t tail = draft.adapter.size() + draft.uid.size() + draft.reference.size() + draft.tenant.size();
  bool foreign_id = draft.json.find('"' + draft.id + '"') == std::string::npos;  // the gateway's own kinds
  std::size_t total = sizeof(Object) + draft.json.size() + 1 + tail + (foreign_id ? draft.id.size() : 0);
  auto* object = new (::operator new(total)) Object();
  ObjectRef ref = ObjectRef::adopt(object);
  object->kind_ = draft.kind;
  object->revision_ = draft.revision;
  object->version_ = draft.version;
  object->json_size_ = static_cast<std::uint32_t>(draft.json.size());
  object->adapter_size_ = static_cast<std::uint8_t>(draft.adapter.size());
  object->uid_size_ = static_cast<std::uint16_t>(draft.uid.size());
  object->reference_size_ = static_cast<std::uint16_t>(draft.reference.size());
  object->tenant_size_ = static_cast<std::uint8_t>(draft.tenant.size());
  char* to = object->text();
  auto append = [&to](std::string_view text) {
    std::memcpy(to, text.data(), text.size());
    to += text.size();
  };
  append(draft.json);
  append(",");
  append(draft.adapter);
  append(draft.uid);
  append(draft.reference);
  append(draft.tenant);
  if (foreign_id) append(draft.id);
  object->id_size_ = static_cast<std::uint16_t>(draft.id.size());
  object->id_at_ =
      static_cast<std::uint32_t>(foreign_id ? draft.json.size() + 1 + tail : place_of(draft.json, draft.id));
  if (!draft.pool.empty()) {
    object->pool_at_ = static_cast<std::uint32_t>(place_of(draft.json, draft.pool));
    object->pool_size_ = static_cast<std::uint16_t>(draft.pool.size());
  }
  if (!draft.type.empty()) {
    object->type_at_ = static_cast<std::uint32_t>(place_of(draft.json, draft.type));
    object->type_size_ = static_cast<std::uint16_t>(draft.type.size());
  }
  return ref;
}

void Object::destroy(const Object* object) noexcept {
  object->~Object();
  ::operator delete(const_cast<Object*>(object));
}

Draft Object::draft() const {
  Draft draft;
  draft.kind = kind_;
  draft.id = id();
  draft.json = json();
  draft.pool = pool();
  draft.type = type();
  draft.adapter = adapter();
  draft.reference = reference();
  draft.uid = uid();
  draft.tenant = tenant();
  draft.version = version();
  draft.revision = revision_;
  return draft;
}

}  // namespace netweave::model
