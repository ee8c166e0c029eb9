#include "adapters/ims/kubernetes/json.hpp"

#include <cstring>

namespace netweave::ims::kubernetes {
namespace {

constexpr std::size_t max_depth = 64;

/// RapidJSON's in-place stream over a text of known length; its own wants a NUL at the end.
class Text {
 public:
  using Ch = char;
  Text(char* text, std::size_t size) : at_(text), out_(text), begin_(text), end_(text + size) {}
  [[nodiscard]] char Peek() const { return at_ < end_ ? *at_ : '\0'; }
  char Take() { return at_ < end_ ? *at_++ : '\0'; }
  [[nodiscard]] std::size_t Tell() const { return static_cast<std::size_t>(at_ - begin_); }
  [[nodiscard]] bool at_end() const { return at_ >= end_; }
  void Put(char c) { *out_++ = c; }
  char* PutBegin() { return out_ = at_; }
  std::size_t PutEnd(char* begin) { return static_cast<std::size_t>(out_ - begin); }
  void Flush() {}
  char* Push(std::size_t count) {
    char* begin = out_;
    out_ += count;
    return begin;
  }
  void Pop(std::size_t count) { out_ -= count; }

 private:
  char* at_;
  char* out_;
  char* begin_;
  char* end_;
};

/// Passes events on to a document and stops at too many levels.
template <class Next>
class Shallow {
 public:
  explicit Shallow(Next& next) : next_(next) {}
  bool Null() { return next_.Null(); }
  bool Bool(bool flag) { return next_.Bool(flag); }
  bool Int(int number) { return next_.Int(number); }
  bool Uint(unsigned number) { return next_.Uint(number); }
  bool Int64(std::int64_t number) { return next_.Int64(number); }
  bool Uint64(std::uint64_t number) { return next_.Uint64(number); }
  bool Double(double number) { return next_.Double(number); }
  bool RawNumber(const char* text, rapidjson::SizeType size, bool copy) { return next_.RawNumber(text, size, copy); }
  bool String(const char* text, rapidjson::SizeType size, bool copy) { return next_.String(text, size, copy); }
  bool Key(const char* text, rapidjson::SizeType size, bool copy) { return next_.Key(text, size, copy); }
  bool StartObject() { return ++depth_ <= max_depth && next_.StartObject(); }
  bool EndObject(rapidjson::SizeType count) { return --depth_, next_.EndObject(count); }
  bool StartArray() { return ++depth_ <= max_depth && next_.StartArray(); }
  bool EndArray(rapidjson::SizeType count) { return --depth_, next_.EndArray(count); }

 private:
  Next& next_;
  std::size_t depth_ = 0;
};

}  // namespace

JsonReader::JsonReader()
    : arena_(std::make_unique<char[]>(arena_bytes)), allocator_(arena_.get(), arena_bytes, arena_bytes) {}

const Json* JsonReader::read(char* text, std::size_t size) {
  constexpr unsigned flags = rapidjson::kParseInsituFlag | rapidjson::kParseIterativeFlag;
  root_.SetNull();
  allocator_.Clear();
  Text stream(text, size);
  rapidjson::GenericDocument<rapidjson::UTF8<>, rapidjson::MemoryPoolAllocator<>> document(&allocator_);
  bool whole = false;
  auto generate = [&](auto& handler) {
    Shallow shallow(handler);
    rapidjson::Reader reader;
    whole = static_cast<bool>(reader.Parse<flags | rapidjson::kParseStopWhenDoneFlag>(stream, shallow));
    return whole;
  };
  document.Populate(generate);
  if (!whole) return nullptr;
  root_.Swap(static_cast<Json&>(document));
  return &root_;
}

const Json& at(const Json& object, std::string_view name) noexcept {
  static const Json none;
  if (!object.IsObject()) return none;
  for (const auto& member : object.GetObject())
    if (member.name.GetStringLength() == name.size() &&
        std::memcmp(member.name.GetString(), name.data(), name.size()) == 0)
      return member.value;
  return none;
}

std::string_view text_of(const Json& value) noexcept {
  if (!value.IsString()) return {};
  return {value.GetString(), value.GetStringLength()};
}

Value to_value(const Json& value) {
  if (value.IsString()) return Value(text_of(value));
  if (value.IsBool()) return Value(value.GetBool());
  if (value.IsInt64()) return Value(value.GetInt64());
  if (value.IsNumber()) return Value(value.GetDouble());
  if (value.IsArray()) {
    Value::Array items;
    items.reserve(value.Size());
    for (const auto& item : value.GetArray()) items.push_back(to_value(item));
    return Value(std::move(items));
  }
  if (value.IsObject()) {
    Value::Object members;
    members.reserve(value.MemberCount());
    for (const auto& member : value.GetObject())
      members.emplace_back(std::string(text_of(member.name)), to_value(member.value));
    return Value(std::move(members));
  }
  return Value();
}

}  // namespace netweave::ims::kubernetes
