#include "query/path.hpp"

namespace netweave::query {
namespace {

constexpr std::string_view ends_segment = ".[],";

/// A quoted segment: text stands behind its bracket and quote.
std::optional<std::string> read_quoted(std::string_view& text) {
  std::string segment;
  while (!text.empty()) {
    char c = text.front();
    text.remove_prefix(1);
    if (c == '"') {
      if (text.empty() || text.front() != ']' || segment.empty()) return std::nullopt;
      text.remove_prefix(1);
      return segment;
    }
    if (c == '\\') {
      if (text.empty()) return std::nullopt;
      c = text.front();
      text.remove_prefix(1);
    }
    segment += c;
  }
  return std::nullopt;
}

std::optional<std::string> read_plain(std::string_view& text) {
  std::size_t end = text.find_first_of(ends_segment);
  std::string segment(text.substr(0, end));
  text.remove_prefix(segment.size());
  return segment.empty() ? std::nullopt : std::optional(std::move(segment));
}

}  // namespace

std::optional<Path> read_path(std::string_view& text) {
  Path path;
  while (true) {
    bool quoted = text.starts_with("[\"");
    if (quoted) text.remove_prefix(2);
    auto segment = quoted ? read_quoted(text) : read_plain(text);
    if (!segment) return std::nullopt;
    path.push_back(std::move(*segment));
    if (text.starts_with("[\"")) continue;
    if (!text.starts_with(".")) return path;
    text.remove_prefix(1);
  }
}

std::string to_string(const Path& path) {
  std::string text;
  for (const std::string& segment : path) {
    if (segment.find_first_of(ends_segment) == std::string::npos && !segment.empty()) {
      text.append(text.empty() ? "" : ".").append(segment);
      continue;
    }
    text += "[\"";
    for (char c : segment) {
      if (c == '"' || c == '\\') text += '\\';
      text += c;
    }
    text += "\"]";
  }
  return text;
}

}  // namespace netweave::query
