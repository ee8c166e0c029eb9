#include "adapters/ims/kubernetes/quantity.hpp"

#include <charconv>
#include <cmath>
#include <utility>

namespace netweave::ims::kubernetes {
namespace {

constexpr double kibi = 1024;
constexpr std::pair<std::string_view, double> suffixes[] = {
    {"", 1},     {"m", 1e-3},
    {"k", 1e3},  {"Ki", kibi},
    {"M", 1e6},  {"Mi", kibi* kibi},
    {"G", 1e9},  {"Gi", kibi* kibi* kibi},
    {"T", 1e12}, {"Ti", kibi* kibi* kibi* kibi},
    {"P", 1e15}, {"Pi", kibi* kibi* kibi* kibi* kibi},
    {"E", 1e18}, {"Ei", kibi* kibi* kibi* kibi* kibi* kibi},
    {"u", 1e-6}, {"n", 1e-9},
};

/// The length of sign, digits and point; what follows is the suffix.
std::size_t number_length(std::string_view text) {
  std::size_t length = text.find_first_not_of("0123456789.", 1);
  return length == std::string_view::npos ? text.size() : length;
}

std::optional<double> to_number(std::string_view text) {
  if (!text.empty() && text.front() == '+') text.remove_prefix(1);
  double number = 0;
  auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (fault != std::errc() || end != text.data() + text.size() || !std::isfinite(number)) return std::nullopt;
  return number;
}

}  // namespace

std::optional<double> parse_quantity(std::string_view text) noexcept {
  if (text.empty() || text.find_first_of("0123456789") > 2) return std::nullopt;
  std::size_t length = number_length(text);
  std::string_view suffix = text.substr(length);
  for (const auto& [name, factor] : suffixes) {
    if (suffix != name) continue;
    auto number = to_number(text.substr(0, length));
    // Dividing is exact where multiplying by a thousandth is not: 100m is 0.1.
    if (number) *number = factor < 1 ? *number / std::round(1 / factor) : *number * factor;
    return number;
  }
  return suffix.size() > 1 && (suffix[0] == 'e' || suffix[0] == 'E') ? to_number(text) : std::nullopt;
}

}  // namespace netweave::ims::kubernetes
