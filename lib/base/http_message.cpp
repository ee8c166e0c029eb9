#include <algorithm>

#include "netweave/http/message.hpp"

namespace netweave::http {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool same_name(std::string_view a, std::string_view b) {
  return a.size() == b.size() &&
         std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) { return lower(x) == lower(y); });
}

}  // namespace

const std::string* find_header(const Headers& headers, std::string_view name) noexcept {
  for (const Header& header : headers)
    if (same_name(header.first, name)) return &header.second;
  return nullptr;
}

std::size_t Body::size() const noexcept {
  std::size_t total = 0;
  each([&](std::string_view piece) { total += piece.size(); });
  return total;
}

std::string Body::to_string() const {
  std::string out;
  out.reserve(size());
  each([&](std::string_view piece) { out += piece; });
  return out;
}

}  // namespace netweave::http
