#include "config/text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace netweave::config {
namespace {

struct Unit {
  std::string_view name;
  std::int64_t millis;
};
constexpr std::array<Unit, 5> units = {{{"d", 86400000}, {"h", 3600000}, {"m", 60000}, {"s", 1000}, {"ms", 1}}};
constexpr std::int64_t longest = units[0].millis * 365 * 100;  // of a duration: longer is a slip, and may overflow

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
bool is_letter(char c) noexcept { return c >= 'a' && c <= 'z'; }

/// Reads a number and its unit at the head of `text`, which moves behind them.
std::optional<std::int64_t> take_part(std::string_view& text) noexcept {
  std::int64_t count = 0;
  auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (failure != std::errc() || count < 0 || !is_digit(text.front())) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  auto length = static_cast<std::size_t>(std::find_if_not(text.begin(), text.end(), is_letter) - text.begin());
  for (const Unit& unit : units) {
    if (unit.name != text.substr(0, length)) continue;
    if (count > longest / unit.millis) return std::nullopt;
    text.remove_prefix(length);
    return count * unit.millis;
  }
  return std::nullopt;
}

/// Letters and digits alone, in lower case: "maxConnections" and "max-connections" are both "max_connections".
std::string bare(std::string_view name) {
  std::string bare = lower(name);
  std::erase_if(bare, [](char c) { return c == '_' || c == '-' || c == '.'; });
  return bare;
}

/// Insertions, deletions, changes and swaps of neighbours between two words (optimal string alignment).
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::vector<std::size_t>> cost(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i) cost[i][0] = i;
  for (std::size_t j = 0; j <= b.size(); ++j) cost[0][j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    for (std::size_t j = 1; j <= b.size(); ++j) {
      std::size_t change = cost[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      cost[i][j] = std::min({cost[i - 1][j] + 1, cost[i][j - 1] + 1, change});
      bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) cost[i][j] = std::min(cost[i][j], cost[i - 2][j - 2] + 1);
    }
  }
  return cost[a.size()][b.size()];
}

}  // namespace

std::optional<std::int64_t> parse_duration(std::string_view text) noexcept {
  if (text == "0") return 0;
  if (text.empty()) return std::nullopt;
  std::int64_t total = 0;
  while (!text.empty()) {
    auto part = take_part(text);
    if (!part) return std::nullopt;
    total += *part;
    if (total > longest) return std::nullopt;
  }
  return total;
}

std::string format_duration(std::int64_t millis) {
  for (const Unit& unit : units)
    if (unit.name != "d" && millis != 0 && millis % unit.millis == 0)
      return std::to_string(millis / unit.millis) + std::string(unit.name);
  return "0s";
}

std::optional<std::int64_t> parse_integer(std::string_view text) noexcept {
  std::int64_t number = 0;
  auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failure != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

Value plain_value(std::string_view text) {
  if (text == "true") return true;
  if (text == "false") return false;
  if (text.empty() || text == "null" || text == "~") return nullptr;
  std::string_view digits = text.front() == '-' ? text.substr(1) : text;
  if (digits.empty() || !is_digit(digits.front())) return text;
  if (digits.size() > 1 && digits[0] == '0' && is_digit(digits[1])) return text;
  if (auto number = parse_integer(text)) return *number;
  double real = 0;
  auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), real);
  if (failure != std::errc() || end != text.data() + text.size() || !std::isfinite(real)) return text;
  return real;
}

std::vector<std::string> split_list(std::string_view text) {
  constexpr std::string_view space = " \t";
  std::vector<std::string> items;
  if (text.find_first_not_of(space) == std::string_view::npos) return items;
  for (std::size_t begin = 0; begin <= text.size();) {
    std::size_t end = std::min(text.find(',', begin), text.size());
    std::string_view item = text.substr(begin, end - begin);
    item.remove_prefix(std::min(item.find_first_not_of(space), item.size()));
    item = item.substr(0, item.find_last_not_of(space) + 1);
    items.emplace_back(item);
    begin = end + 1;
  }
  return items;
}

std::vector<std::string_view> split_choices(std::string_view choices) {
  std::vector<std::string_view> words;
  while (!choices.empty()) {
    std::size_t end = std::min(choices.find('|'), choices.size());
    words.push_back(choices.substr(0, end));
    choices.remove_prefix(std::min(end + 1, choices.size()));
  }
  return words;
}

std::string upper_name(std::string_view path) {
  std::string name(path);
  for (char& c : name) {
    if (is_letter(c))
      c = static_cast<char>(c - 'a' + 'A');
    else if (c == '.' || c == '-')
      c = '_';
  }
  return name;
}

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return result;
}

std::string_view nearest(std::string_view written, std::span<const std::string_view> candidates) {
  if (written.size() > 64) return {};  // the comparison is quadratic, and no key is so long
  std::string wanted = bare(written);
  std::string_view best;
  std::size_t least = wanted.size() / 3 + 1;  // a third of the letters wrong, and it is another word
  for (std::string_view candidate : candidates) {
    std::size_t apart = distance(wanted, bare(candidate));
    if (apart >= least) continue;
    best = candidate;
    least = apart;
  }
  return best;
}

bool names_secret(std::string_view name) {
  constexpr std::array<std::string_view, 8> ends = {"key",   "secret",     "password",    "passphrase",
                                                    "token", "credential", "credentials", "keydata"};
  std::string plain = bare(name);
  return std::any_of(ends.begin(), ends.end(), [&](std::string_view end) { return plain.ends_with(end); });
}

std::string without_secrets(std::string_view text) {
  if (text.find("PRIVATE KEY-----") != std::string_view::npos) return "***";
  std::size_t scheme = text.find("://");
  if (scheme == std::string_view::npos) return std::string(text);
  std::size_t begin = scheme + 3;
  std::size_t at = text.substr(0, text.find_first_of("/?#", begin)).rfind('@');
  if (at == std::string_view::npos || at < begin) return std::string(text);
  return std::string(text.substr(0, begin)) + "***" + std::string(text.substr(at));
}

}  // namespace netweave::config
