#include "query/json_scan.hpp"

#include <charconv>
#include <cstring>

#include "base/json.hpp"

namespace netweave::query {
namespace {

/// Walks over compact JSON that is known to be valid; ends at the end of the text whatever it holds.
class Scanner {
 public:
  explicit Scanner(std::string_view json) : at_(json.data()), end_(at_ + json.size()) {}

  [[nodiscard]] char peek() const noexcept { return at_ < end_ ? *at_ : '\0'; }
  /// Steps over the character if it is next.
  bool take(char c) noexcept {
    if (peek() != c) return false;
    ++at_;
    return true;
  }
  /// Steps over a string; gives it with its quotes.
  std::string_view string() noexcept {
    const char* begin = at_++;
    while (at_ < end_) {
      const auto* quote = static_cast<const char*>(std::memchr(at_, '"', static_cast<std::size_t>(end_ - at_)));
      if (quote == nullptr) break;
      at_ = quote + 1;
      const char* slash = quote;
      while (slash[-1] == '\\') --slash;  // ends at the opening quote, if not before
      if ((quote - slash) % 2 == 0) return {begin, static_cast<std::size_t>(at_ - begin)};
    }
    at_ = end_;
    return {begin, static_cast<std::size_t>(at_ - begin)};
  }
  /// Steps over a value; gives its text.
  std::string_view value() noexcept {
    const char* begin = at_;
    if (peek() == '"') return string();
    if (peek() == '{' || peek() == '[') {
      nested();
    } else {
      while (at_ < end_ && *at_ != ',' && *at_ != '}' && *at_ != ']') ++at_;
    }
    return {begin, static_cast<std::size_t>(at_ - begin)};
  }

 private:
  void nested() noexcept {
    unsigned depth = 0;
    while (at_ < end_) {
      char c = *at_;
      if (c == '"') {
        string();
        continue;
      }
      ++at_;
      if (c == '{' || c == '[') ++depth;
      if ((c == '}' || c == ']') && --depth == 0) return;
    }
  }

  const char* at_;
  const char* end_;
};

void find_at(std::string_view json, const std::vector<std::string>& segments, std::size_t at,
             std::vector<std::string_view>& found);

void find_in_array(std::string_view json, const std::vector<std::string>& segments, std::size_t at,
                   std::vector<std::string_view>& found) {
  Scanner scanner(json);
  scanner.take('[');
  while (scanner.peek() != ']' && scanner.peek() != '\0') {
    find_at(scanner.value(), segments, at, found);
    scanner.take(',');
  }
}

void find_at(std::string_view json, const std::vector<std::string>& segments, std::size_t at,
             std::vector<std::string_view>& found) {
  if (!json.empty() && json.front() == '[') return find_in_array(json, segments, at, found);
  if (at == segments.size()) return found.push_back(json);
  Scanner scanner(json);
  if (!scanner.take('{')) return;
  while (scanner.peek() == '"') {
    std::string_view name = scanner.string();
    scanner.take(':');
    std::string_view value = scanner.value();
    if (name == segments[at]) return find_at(value, segments, at + 1, found);
    scanner.take(',');
  }
}

std::string decoded(std::string_view raw) {
  std::string_view inner = raw.substr(1, raw.size() - 2);
  if (inner.find('\\') == std::string_view::npos) return std::string(inner);
  auto value = Value::parse(raw);
  return value ? std::string(value->as_text()) : std::string();
}

}  // namespace

JsonPath::JsonPath(const Path& path) {
  for (const std::string& segment : path) append_json_text(segments_.emplace_back(), segment);
}

void JsonPath::find(std::string_view json, std::vector<std::string_view>& found) const {
  find_at(json, segments_, 0, found);
}

Scalar scalar_of(std::string_view raw) {
  switch (raw.empty() ? '\0' : raw.front()) {
    case '"':
      return {Scalar::Type::text, 0, decoded(raw)};
    case 't':
    case 'f':
      return {Scalar::Type::boolean, raw.front() == 't' ? 1.0 : 0.0, {}};
    case '{':
    case 'n':
    case '\0':
      return {};
    default: {
      Scalar scalar{Scalar::Type::number, 0, {}};
      std::from_chars(raw.data(), raw.data() + raw.size(), scalar.number);
      return scalar;
    }
  }
}

void raw_members(std::string_view object, std::vector<std::pair<std::string_view, std::string_view>>& found) {
  Scanner scanner(object);
  if (!scanner.take('{')) return;
  while (scanner.peek() == '"') {
    std::string_view name = scanner.string();
    scanner.take(':');
    found.emplace_back(name.substr(1, name.size() - 2), scanner.value());
    scanner.take(',');
  }
}

void each_member(std::string_view object, const std::function<void(std::string_view, std::string_view)>& each) {
  Scanner scanner(object);
  if (!scanner.take('{')) return;
  while (scanner.peek() == '"') {
    std::string name = decoded(scanner.string());
    scanner.take(':');
    each(name, scanner.value());
    scanner.take(',');
  }
}

}  // namespace netweave::query
