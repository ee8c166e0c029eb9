#include "base/json.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>
#include <system_error>
#include <unordered_set>

#include <rapidjson/encodings.h>
#include <rapidjson/error/en.h>
#include <rapidjson/internal/dtoa.h>
#include <rapidjson/internal/itoa.h>
#include <rapidjson/reader.h>

#include "netweave/value.hpp"

namespace netweave {
namespace {

constexpr std::size_t max_depth = 64;

/// Whether a number that no double holds is too small, and not too large: where its first digit stands.
bool vanishes(std::string_view text) {
  std::size_t mark = std::min(text.find_first_of("eE"), text.size());
  std::string_view digits = text.substr(0, mark);
  std::size_t point = std::min(digits.find('.'), digits.size());
  std::size_t first = std::min(digits.find_first_of("123456789"), digits.size());
  auto magnitude = static_cast<std::int64_t>(point) - static_cast<std::int64_t>(first);
  std::int64_t exponent = 0;
  std::string_view power = text.substr(std::min(mark + 1, text.size()));
  bool down = power.starts_with('-');
  if (down || power.starts_with('+')) power.remove_prefix(1);
  bool huge = std::from_chars(power.data(), power.data() + power.size(), exponent).ec == std::errc::result_out_of_range;
  return huge ? down : magnitude + (down ? -exponent : exponent) < 0;
}

/// Builds a Value from RapidJSON's events; the stack holds the containers that are still open.
class Builder {
 public:
  using Ch = char;

  bool Null() { return put(Value()); }
  bool Bool(bool flag) { return put(Value(flag)); }
  // Numbers come as text. RapidJSON's own reading of one past a double's range is sometimes an error, sometimes
  // infinity (2e308), and sometimes another number (9221e308 became -2.9e-305).
  bool RawNumber(const char* text, rapidjson::SizeType size, bool) { return put_number({text, size}); }
  bool Int(int) { return false; }
  bool Uint(unsigned) { return false; }
  bool Int64(std::int64_t) { return false; }
  bool Uint64(std::uint64_t) { return false; }
  bool Double(double) { return false; }
  bool String(const char* text, rapidjson::SizeType size, bool) {
    return whole({text, size}) && put(Value(std::string(text, size)));
  }
  bool StartObject() { return open(Value::object()); }
  bool Key(const char* text, rapidjson::SizeType size, bool) {
    names_.emplace_back(text, size);
    return whole({text, size});
  }
  bool EndObject(rapidjson::SizeType) { return close(); }
  bool StartArray() { return open(Value::array()); }
  bool EndArray(rapidjson::SizeType) { return close(); }

  Value take() { return std::move(result_); }
  [[nodiscard]] const std::string& fault() const { return fault_; }

 private:
  bool put_number(std::string_view text) {
    const char* end = text.data() + text.size();
    if (text.find_first_of(".eE") == std::string_view::npos) {
      std::int64_t integer = 0;
      if (std::from_chars(text.data(), end, integer).ec == std::errc()) return put(Value(integer));
    }
    double number = 0;
    if (std::from_chars(text.data(), end, number).ec == std::errc()) return put(Value(number));
    if (vanishes(text)) return put(Value(0.0));
    fault_ = "a number is out of a double's range";
    return false;
  }
  /// RapidJSON looks for the other half behind a high surrogate, but lets a low one that stands alone through.
  bool whole(std::string_view text) {
    constexpr char lead = '\xed';
    for (std::size_t at = text.find(lead); at != std::string_view::npos; at = text.find(lead, at + 1)) {
      if (at + 1 == text.size() || static_cast<unsigned char>(text[at + 1]) < 0xa0) continue;
      fault_ = "an escape is half of a surrogate pair";
      return false;
    }
    return true;
  }
  bool put(Value value) {
    if (stack_.empty()) {
      result_ = std::move(value);
      return true;
    }
    Value& container = stack_.back();
    if (container.is_array()) {
      container.push_back(std::move(value));
      return true;
    }
    std::string name = std::move(names_.back());
    names_.pop_back();
    if (repeated(container, name)) {
      fault_ = "the member \"" + name + "\" stands twice in one object";
      return false;
    }
    container.add(std::move(name), std::move(value));
    return true;
  }
  /// Small objects are searched, large ones have a set: a body of nothing but names must not cost its square.
  bool repeated(const Value& object, const std::string& name) {
    constexpr std::size_t small = 32;
    if (object.size() < small) return object.find(name) != nullptr;
    auto& seen = seen_[stack_.size()];
    if (seen.size() < object.size())
      for (const Value::Member& member : object.as_object()) seen.insert(member.first);
    return !seen.insert(name).second;
  }
  bool open(Value container) {
    if (stack_.size() >= max_depth) {
      fault_ = "more than 64 levels deep";
      return false;
    }
    stack_.push_back(std::move(container));
    return true;
  }
  bool close() {
    Value done = std::move(stack_.back());
    seen_.erase(stack_.size());
    stack_.pop_back();
    return put(std::move(done));
  }

  std::vector<Value> stack_;
  std::vector<std::string> names_;  // of the objects that are open and wait for a member's value
  std::map<std::size_t, std::unordered_set<std::string>> seen_;  // names of the large objects that are open, by depth
  Value result_;
  std::string fault_;
};

constexpr unsigned parse_flags =
    rapidjson::kParseIterativeFlag | rapidjson::kParseValidateEncodingFlag | rapidjson::kParseNumbersAsStringsFlag;

/// A stream over a text of known length, which RapidJSON's StringStream (NUL-terminated) can't be.
class TextStream {
 public:
  using Ch = char;
  explicit TextStream(std::string_view text) : text_(text) {}
  [[nodiscard]] char Peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  char Take() { return at_ < text_.size() ? text_[at_++] : '\0'; }
  [[nodiscard]] std::size_t Tell() const { return at_; }
  [[nodiscard]] bool at_end() const { return at_ >= text_.size(); }
  char* PutBegin() { return nullptr; }
  void Put(char) {}
  void Flush() {}
  std::size_t PutEnd(char*) { return 0; }

 private:
  std::string_view text_;
  std::size_t at_ = 0;
};

/// The length of the UTF-8 sequence at the beginning of `text`; 0 where there is none.
std::size_t utf8_length(std::string_view text) {
  auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  unsigned char first = byte(0);
  std::size_t length = first < 0x80                    ? 1
                       : first >= 0xc2 && first < 0xe0 ? 2
                       : first >= 0xe0 && first < 0xf0 ? 3
                       : first >= 0xf0 && first < 0xf5 ? 4
                                                       : 0;
  if (length == 0 || length > text.size()) return 0;
  for (std::size_t i = 1; i < length; ++i)
    if ((byte(i) & 0xc0U) != 0x80U) return 0;
  if ((first == 0xe0 && byte(1) < 0xa0) || (first == 0xed && byte(1) > 0x9f) || (first == 0xf0 && byte(1) < 0x90) ||
      (first == 0xf4 && byte(1) > 0x8f))
    return 0;
  return length;
}

bool plain(char c) {
  return static_cast<unsigned char>(c) >= 0x20 && static_cast<unsigned char>(c) < 0x7f && c != '"' && c != '\\';
}

void append_escaped(std::string& out, char c) {
  constexpr std::string_view digits = "0123456789abcdef";
  switch (c) {
    case '"':
      out += "\\\"";
      return;
    case '\\':
      out += "\\\\";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    default:
      out += "\\u00";
      out += digits[static_cast<unsigned char>(c) >> 4];
      out += digits[static_cast<unsigned char>(c) & 15U];
  }
}

}  // namespace

void append_json_text(std::string& out, std::string_view text) {
  out += '"';
  while (!text.empty()) {
    auto run = static_cast<std::size_t>(std::find_if_not(text.begin(), text.end(), plain) - text.begin());
    out.append(text.substr(0, run));
    text.remove_prefix(run);
    if (text.empty()) break;
    if (static_cast<unsigned char>(text.front()) < 0x80) {
      append_escaped(out, text.front());
      text.remove_prefix(1);
    } else if (std::size_t length = utf8_length(text); length > 0) {
      out.append(text.substr(0, length));
      text.remove_prefix(length);
    } else {
      out += "\xef\xbf\xbd";
      text.remove_prefix(1);
    }
  }
  out += '"';
}

bool valid_utf8(std::string_view text) noexcept {
  while (!text.empty()) {
    std::size_t length = utf8_length(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

void append_json_number(std::string& out, double number) {
  if (!std::isfinite(number)) {
    out += "null";
    return;
  }
  constexpr double exact = 9007199254740992;  // 2^53: whole numbers below are written as such
  char buffer[32];
  bool whole = std::abs(number) < exact && number == std::trunc(number) && !(number == 0 && std::signbit(number));
  char* end = whole ? rapidjson::internal::i64toa(static_cast<std::int64_t>(number), buffer)
                    : rapidjson::internal::dtoa(number, buffer);
  out.append(buffer, static_cast<std::size_t>(end - buffer));
}

Result<Value> Value::parse(std::string_view text) {
  Builder builder;
  TextStream stream(text);
  rapidjson::Reader reader;
  auto result = reader.Parse<parse_flags | rapidjson::kParseStopWhenDoneFlag>(stream, builder);
  auto fault = [](std::size_t offset, const std::string& what) {
    return make_error(ErrorKind::invalid, "not valid JSON at byte " + std::to_string(offset) + ": " + what);
  };
  if (result.IsError()) {
    if (!builder.fault().empty()) return fault(result.Offset(), builder.fault());
    return fault(result.Offset(), rapidjson::GetParseError_En(result.Code()));
  }
  while (!stream.at_end()) {
    char c = stream.Peek();
    if (c != ' ' && c != '\t' && c != '\n' && c != '\r')
      return fault(stream.Tell(), "nothing may follow the first value");
    stream.Take();
  }
  return builder.take();
}

}  // namespace netweave
