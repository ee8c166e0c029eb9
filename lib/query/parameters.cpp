#include "query/parameters.hpp"

#include <algorithm>

#include "base/json.hpp"

namespace netweave::query {
namespace {

int hex(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool unreserved(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
         c == '_' || c == '~';
}

}  // namespace

std::optional<std::string> percent_decode(std::string_view text, bool plus) {
  std::string out;
  if (text.find('%') == std::string_view::npos && !(plus && text.find('+') != std::string_view::npos)) {
    if (valid_utf8(text)) out = text;
    return out.size() == text.size() ? std::optional(std::move(out)) : std::nullopt;
  }
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '+' && plus) {
      c = ' ';
    } else if (c == '%') {
      int high = i + 1 < text.size() ? hex(text[i + 1]) : -1;
      int low = i + 2 < text.size() ? hex(text[i + 2]) : -1;
      if (high < 0 || low < 0) return std::nullopt;
      c = static_cast<char>(high * 16 + low);
      i += 2;
    }
    out += c;
  }
  return valid_utf8(out) ? std::optional(std::move(out)) : std::nullopt;
}

std::string percent_encode(std::string_view text) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string out;
  for (char c : text) {
    if (unreserved(c)) {
      out += c;
    } else {
      out += '%';
      out += digits[static_cast<unsigned char>(c) >> 4];
      out += digits[static_cast<unsigned char>(c) & 15U];
    }
  }
  return out;
}

std::optional<Parameters> Parameters::parse(std::string_view query) {
  constexpr std::size_t most = 200;
  Parameters parameters;
  while (!query.empty()) {
    std::string_view part = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(query.size(), part.size() + 1));
    if (part.empty()) continue;
    std::size_t equals = part.find('=');
    auto name = percent_decode(part.substr(0, equals), true);
    auto value = equals == std::string_view::npos ? std::string() : percent_decode(part.substr(equals + 1), true);
    if (!name || !value || parameters.items_.size() == most) return std::nullopt;
    parameters.items_.emplace_back(std::move(*name), std::move(*value));
  }
  return parameters;
}

const std::string* Parameters::find(std::string_view name) const noexcept {
  for (const Item& item : items_)
    if (item.first == name) return &item.second;
  return nullptr;
}

std::vector<std::string> Parameters::all(std::string_view name) const {
  std::vector<std::string> values;
  for (const Item& item : items_)
    if (item.first == name) values.push_back(item.second);
  return values;
}

Parameters Parameters::without(std::span<const std::string_view> names) const {
  Parameters rest;
  for (const Item& item : items_)
    if (std::find(names.begin(), names.end(), item.first) == names.end()) rest.items_.push_back(item);
  return rest;
}

}  // namespace netweave::query
