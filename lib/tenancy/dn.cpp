#include "tenancy/dn.hpp"

#include <algorithm>
#include <optional>
#include <vector>

#include "base/crypto.hpp"
#include "base/json.hpp"

namespace netweave::tenancy {
namespace {

constexpr std::size_t max_name_bytes = 8192;

struct Type {
  std::string_view name;  ///< canonical
  std::string_view oid;
  std::string_view alias;
};

/// RFC 4514 section 3, and the others that OpenSSL prints by a name.
constexpr Type types[] = {
    {"CN", "2.5.4.3", "COMMONNAME"},
    {"SN", "2.5.4.4", "SURNAME"},
    {"SERIALNUMBER", "2.5.4.5", ""},
    {"C", "2.5.4.6", "COUNTRYNAME"},
    {"L", "2.5.4.7", "LOCALITYNAME"},
    {"ST", "2.5.4.8", "STATEORPROVINCENAME"},
    {"STREET", "2.5.4.9", "STREETADDRESS"},
    {"O", "2.5.4.10", "ORGANIZATIONNAME"},
    {"OU", "2.5.4.11", "ORGANIZATIONALUNITNAME"},
    {"TITLE", "2.5.4.12", ""},
    {"GN", "2.5.4.42", "GIVENNAME"},
    {"INITIALS", "2.5.4.43", ""},
    {"DNQUALIFIER", "2.5.4.46", ""},
    {"ORGANIZATIONIDENTIFIER", "2.5.4.97", ""},
    {"UID", "0.9.2342.19200300.100.1.1", "USERID"},
    {"DC", "0.9.2342.19200300.100.1.25", "DOMAINCOMPONENT"},
    {"EMAILADDRESS", "1.2.840.113549.1.9.1", "E"},
};

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
int hex_of(char c) {
  if (is_digit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

/// The content of a UTF8String, PrintableString or IA5String in DER; nullopt for anything else.
std::optional<std::string> text_of_der(std::string_view der) {
  if (der.size() < 2 || (der[0] != 0x0c && der[0] != 0x13 && der[0] != 0x16)) return std::nullopt;
  auto length = static_cast<unsigned char>(der[1]);
  std::size_t head = 2;
  std::size_t size = length;
  if (length == 0x81 && der.size() > 2) {
    head = 3;
    size = static_cast<unsigned char>(der[2]);
  }
  if ((length > 0x7f && length != 0x81) || der.size() != head + size) return std::nullopt;
  return std::string(der.substr(head));
}

/// RFC 4514 section 2.4: escapes what must be, and control characters so that a name can be shown.
std::string escaped(std::string_view value) {
  std::string out;
  for (std::size_t i = 0; i < value.size(); ++i) {
    char c = value[i];
    bool edge = (c == ' ' && (i == 0 || i + 1 == value.size())) || (c == '#' && i == 0);
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      out += "\\" + crypto::to_hex({&c, 1});
      continue;
    }
    if (edge || std::string_view(",+\"\\<>;").find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
  return out;
}

class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  Result<std::string> read() {
    std::string name;
    do {
      std::vector<std::string> parts;
      do {
        auto part = attribute();
        if (!part) return fault();
        parts.push_back(std::move(*part));
      } while (take('+'));
      std::sort(parts.begin(), parts.end());
      for (std::size_t i = 0; i < parts.size(); ++i) (name += i > 0 ? "+" : name.empty() ? "" : ",") += parts[i];
    } while (take(','));
    if (at_ != text_.size()) return fault();
    return name;
  }

 private:
  [[nodiscard]] Error fault() const {
    return make_error(ErrorKind::invalid, "no distinguished name: it can't be read at byte " + std::to_string(at_));
  }
  [[nodiscard]] bool next_is(char c) const { return at_ < text_.size() && text_[at_] == c; }
  bool take(char c) {
    if (!next_is(c)) return false;
    ++at_;
    return true;
  }
  void skip_spaces() {
    while (next_is(' ')) ++at_;
  }

  std::optional<std::string> attribute() {
    skip_spaces();
    auto named = type();
    skip_spaces();
    if (!named || !take('=')) return std::nullopt;
    skip_spaces();
    auto written = next_is('#') ? hex_value() : next_is('"') ? quoted_value() : plain_value();
    skip_spaces();
    if (!written) return std::nullopt;
    return *named + "=" + *written;
  }

  std::optional<std::string> type() {
    std::string word;
    while (at_ < text_.size() && (is_letter(text_[at_]) || is_digit(text_[at_]) || next_is('-') || next_is('.'))) {
      char c = text_[at_++];
      word += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    }
    if (word.starts_with("OID.")) word.erase(0, 4);
    if (word.empty() || !(is_digit(word[0]) ? valid_oid(word) : valid_keyword(word))) return std::nullopt;
    for (const Type& known : types)
      if (word == known.oid || word == known.alias) return std::string(known.name);
    return word;
  }
  static bool valid_keyword(std::string_view word) { return is_letter(word[0]) && word.find('.') == word.npos; }
  static bool valid_oid(std::string_view word) {
    for (std::size_t begin = 0; begin <= word.size();) {
      std::size_t end = std::min(word.find('.', begin), word.size());
      std::string_view number = word.substr(begin, end - begin);
      if (number.empty() || !std::all_of(number.begin(), number.end(), is_digit)) return false;
      if (number.size() > 1 && number[0] == '0') return false;
      begin = end + 1;
    }
    return true;
  }

  std::optional<std::string> hex_value() {
    ++at_;
    std::string der;
    while (auto byte = hex_pair()) der += *byte;
    if (der.empty()) return std::nullopt;
    auto value = text_of_der(der);
    if (value && valid_utf8(*value)) return escaped(*value);
    std::string hex = crypto::to_hex(der);
    std::transform(hex.begin(), hex.end(), hex.begin(), [](char c) { return c >= 'a' ? char(c - 'a' + 'A') : c; });
    return "#" + hex;
  }

  std::optional<std::string> quoted_value() {
    ++at_;
    std::string value;
    while (at_ < text_.size() && !next_is('"')) {
      auto c = next_is('\\') ? escape() : std::optional(text_[at_++]);
      if (!c) return std::nullopt;
      value += *c;
    }
    if (!take('"') || !valid_utf8(value)) return std::nullopt;
    return escaped(value);
  }

  std::optional<std::string> plain_value() {
    std::string value;
    std::size_t kept = 0;  // spaces at the end count only where they are escaped
    while (at_ < text_.size() && !next_is(',') && !next_is('+')) {
      bool bare = !next_is('\\');
      if (bare && std::string_view("\";<>\0", 5).find(text_[at_]) != std::string_view::npos) return std::nullopt;
      auto c = bare ? std::optional(text_[at_++]) : escape();
      if (!c) return std::nullopt;
      value += *c;
      if (!bare || *c != ' ') kept = value.size();
    }
    value.resize(kept);
    if (!valid_utf8(value)) return std::nullopt;
    return escaped(value);
  }

  std::optional<char> escape() {
    ++at_;
    if (auto byte = hex_pair()) return byte;
    if (at_ == text_.size() || std::string_view(" ,+\"\\<>;=#").find(text_[at_]) == std::string_view::npos)
      return std::nullopt;
    return text_[at_++];
  }
  std::optional<char> hex_pair() {
    if (at_ + 1 >= text_.size() || hex_of(text_[at_]) < 0 || hex_of(text_[at_ + 1]) < 0) return std::nullopt;
    at_ += 2;
    return static_cast<char>(hex_of(text_[at_ - 2]) * 16 + hex_of(text_[at_ - 1]));
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

Result<std::string> canonical_dn(std::string_view text) {
  if (text.size() > max_name_bytes)
    return make_error(ErrorKind::invalid, "a distinguished name has at most 8192 bytes");
  return Reader(text).read();
}

}  // namespace netweave::tenancy
