#include "store/record.hpp"

#include <cstdint>
#include <limits>
#include <optional>
#include <stdexcept>

namespace netweave::store {
namespace {

constexpr char format_version = 1;

void put_varint(std::string& out, std::uint64_t number) {
  for (; number >= 0x80; number >>= 7) out += static_cast<char>((number & 0x7f) | 0x80);
  out += static_cast<char>(number);
}

void put_text(std::string& out, std::string_view text) {
  put_varint(out, text.size());
  out += text;
}

/// Reads from the front. The first fault sticks and everything after it reads as nothing, so that the caller asks
/// once, at the end.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : rest_(bytes) {}

  std::uint8_t byte() {
    if (rest_.empty()) return static_cast<std::uint8_t>(fail("it ends too early"));
    auto value = static_cast<std::uint8_t>(rest_.front());
    rest_.remove_prefix(1);
    return value;
  }

  std::uint64_t varint() {
    std::uint64_t number = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      std::uint64_t next = byte();
      if (fault_) return 0;
      if (shift == 63 && next > 1) break;
      number |= (next & 0x7f) << shift;
      if (next < 0x80) return next == 0 && shift > 0 ? fail("a number is longer than it needs to be") : number;
    }
    return fail("a number does not fit 64 bits");
  }

  void text(std::string& into, std::uint64_t limit) {
    std::uint64_t size = varint();
    if (size > limit)
      fail("a text is too long");
    else if (size > rest_.size())
      fail("it ends too early");
    if (fault_) return;
    into.assign(rest_.substr(0, size));
    rest_.remove_prefix(size);
  }

  std::uint64_t fail(const char* what) {
    if (!fault_) fault_ = what;
    rest_ = {};
    return 0;
  }

  [[nodiscard]] const char* fault() const { return fault_; }
  [[nodiscard]] bool at_end() const { return rest_.empty(); }

 private:
  std::string_view rest_;
  const char* fault_ = nullptr;
};

/// What model::Object keeps sizes in.
constexpr std::uint64_t short_limit = std::numeric_limits<std::uint8_t>::max();
constexpr std::uint64_t id_limit = std::numeric_limits<std::uint16_t>::max();
constexpr std::uint64_t json_limit = std::numeric_limits<std::int32_t>::max();

Error malformed(std::string_view what) {
  return make_error(ErrorKind::internal, "a stored object can't be read: " + std::string(what));
}

void read_fields(Reader& reader, model::Draft& draft) {
  draft.kind = static_cast<Kind>(reader.byte());
  draft.revision = reader.varint();
  draft.version = reader.varint();
  reader.text(draft.id, id_limit);
  reader.text(draft.pool, id_limit);
  reader.text(draft.type, id_limit);
  reader.text(draft.adapter, short_limit);
  reader.text(draft.reference, id_limit);
  reader.text(draft.uid, id_limit);
  reader.text(draft.tenant, short_limit);
  reader.text(draft.json, json_limit);
  if (!reader.at_end()) reader.fail("something follows it");
  if (draft.kind == Kind{} || draft.revision == 0 || draft.id.empty()) reader.fail("it has no kind, revision or id");
}

}  // namespace

void encode_record(const model::Object& object, model::Revision revision, std::string& out) {
  encode_record(object, revision, object.json(), out);
}

void encode_record(const model::Object& object, model::Revision revision, std::string_view json, std::string& out) {
  out.clear();
  out += format_version;
  out += static_cast<char>(object.kind());
  put_varint(out, revision);
  put_varint(out, object.version());
  put_text(out, object.id());
  put_text(out, object.pool());
  put_text(out, object.type());
  put_text(out, object.adapter());
  put_text(out, object.reference());
  put_text(out, object.uid());
  put_text(out, object.tenant());
  put_text(out, json);
}

Result<void> decode_fields(std::string_view bytes, model::Draft& into) {
  Reader reader(bytes);
  if (reader.byte() != format_version && !reader.fault()) return malformed("its format is of another version");
  read_fields(reader, into);
  if (reader.fault()) return malformed(reader.fault());
  return {};
}

Result<model::ObjectRef> object_of(const model::Draft& fields) {
  try {
    return model::Object::make(fields);
  } catch (const std::invalid_argument&) {  // its pool or its type does not occur in its JSON
    return malformed("an id is missing from its JSON");
  }
}

Result<model::ObjectRef> decode_record(std::string_view bytes, model::Draft& scratch) {
  if (auto read = decode_fields(bytes, scratch); !read) return std::move(read).error();
  return object_of(scratch);
}

Result<model::ObjectRef> decode_record(std::string_view bytes) {
  model::Draft scratch;
  return decode_record(bytes, scratch);
}

}  // namespace netweave::store
