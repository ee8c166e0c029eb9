#include "output/text.hpp"

#include <array>
#include <cstdint>

namespace netweave::cli {
namespace {

struct Range {
  std::uint32_t first;
  std::uint32_t last;
};

// Unicode's East Asian Width W and F (UAX #11), rounded to blocks
constexpr std::array<Range, 12> wide = {{{0x1100, 0x115f},
                                         {0x2e80, 0x303e},
                                         {0x3041, 0xa4cf},
                                         {0xac00, 0xd7a3},
                                         {0xf900, 0xfaff},
                                         {0xfe30, 0xfe6f},
                                         {0xff00, 0xff60},
                                         {0xffe0, 0xffe6},
                                         {0x1f300, 0x1f64f},
                                         {0x1f680, 0x1f6ff},
                                         {0x1f900, 0x1f9ff},
                                         {0x20000, 0x3fffd}}};
constexpr std::array<Range, 5> narrowless = {
    {{0x300, 0x36f}, {0x200b, 0x200f}, {0x20d0, 0x20ff}, {0xfe00, 0xfe0f}, {0xfe20, 0xfe2f}}};

template <std::size_t size>
bool within(std::uint32_t point, const std::array<Range, size>& ranges) noexcept {
  for (const Range& range : ranges)
    if (point >= range.first && point <= range.last) return true;
  return false;
}

/// The code point at the head of `text`, which moves behind it; a byte that begins none is itself.
std::uint32_t take_point(std::string_view& text) noexcept {
  auto byte = [&](std::size_t at) { return static_cast<unsigned char>(text[at]); };
  std::uint32_t lead = byte(0);
  std::size_t length = lead < 0x80 ? 1 : lead < 0xc0 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf8 ? 4 : 0;
  std::uint32_t point = length < 2 ? lead : lead & (0xffU >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) {
    if (i >= text.size() || (byte(i) & 0xc0U) != 0x80) {
      length = 1;
      point = lead;
      break;
    }
    point = point << 6U | (byte(i) & 0x3fU);
  }
  text.remove_prefix(length == 0 ? 1 : length);
  return point;
}

void append_escaped(std::string& out, std::uint32_t point) {
  constexpr std::string_view digits = "0123456789abcdef";
  if (point == '\n') {
    out += "\\n";
  } else if (point == '\t') {
    out += "\\t";
  } else {
    out += "\\x";
    out += digits[point >> 4U & 0xfU];
    out += digits[point & 0xfU];
  }
}

std::string two(std::int64_t first, char unit, std::int64_t second, char rest) {
  std::string text = std::to_string(first) + unit;
  return second == 0 ? text : text + std::to_string(second) + rest;
}

}  // namespace

std::string printable(std::string_view text, bool lines) {
  std::string out;
  while (!text.empty()) {
    std::string_view before = text;
    std::uint32_t point = take_point(text);
    std::size_t length = before.size() - text.size();
    bool control = point < 0x20 || point == 0x7f || (length == 2 && point < 0xa0);
    if (control && !(lines && point == '\n'))
      append_escaped(out, point);
    else
      out += before.substr(0, length);
  }
  return out;
}

std::size_t display_width(std::string_view text) noexcept {
  std::size_t width = 0;
  while (!text.empty()) {
    std::uint32_t point = take_point(text);
    width += within(point, narrowless) ? 0 : within(point, wide) ? 2 : 1;
  }
  return width;
}

std::string format_age(std::chrono::seconds age) {
  constexpr std::int64_t minute = 60, hour = 60 * minute, day = 24 * hour, year = 365 * day;
  std::int64_t seconds = age.count();
  if (seconds < -2) return "<invalid>";
  if (seconds < 0) return "0s";
  if (seconds < 2 * minute) return std::to_string(seconds) + "s";
  if (seconds < 10 * minute) return two(seconds / minute, 'm', seconds % minute, 's');
  if (seconds < 3 * hour) return std::to_string(seconds / minute) + "m";
  if (seconds < 8 * hour) return two(seconds / hour, 'h', seconds % hour / minute, 'm');
  if (seconds < 2 * day) return std::to_string(seconds / hour) + "h";
  if (seconds < 8 * day) return two(seconds / day, 'd', seconds % day / hour, 'h');
  if (seconds < 2 * year) return std::to_string(seconds / day) + "d";
  if (seconds < 8 * year) return two(seconds / year, 'y', seconds % year / day, 'd');
  return std::to_string(seconds / year) + "y";
}

std::string title_of(std::string_view member) {
  if (member.starts_with("oCloud")) return "O-Cloud" + (member.size() > 6 ? " " + title_of(member.substr(6)) : "");
  std::string title;
  for (char c : member) {
    bool upper = c >= 'A' && c <= 'Z';
    if (upper && !title.empty()) title += ' ';
    title += title.empty() && c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  }
  if (title == "Id" || title.ends_with(" Id")) title.back() = 'D';
  if (title == "Uri" || title.ends_with(" Uri")) title.replace(title.size() - 2, 2, "RI");
  return title;
}

std::string grouped(std::size_t number) {
  std::string digits = std::to_string(number);
  for (std::size_t at = digits.size(); at > 3;) digits.insert(at -= 3, 1, ',');
  return digits;
}

}  // namespace netweave::cli
