#include "base/trace.hpp"

#include <algorithm>
#include <cstring>

#include "base/ids.hpp"

namespace netweave {
namespace {

constexpr std::string_view hex_digits = "0123456789abcdef";
constexpr std::size_t version_00_size = 55;
constexpr std::size_t max_members = 32;       // of a tracestate
constexpr std::size_t max_tracestate = 8192;  // far beyond the 512 that must be passed on

thread_local TraceContext current;

bool same_name(std::string_view name, std::string_view lower) {
  return std::equal(name.begin(), name.end(), lower.begin(), lower.end(),
                    [](char a, char b) { return (a >= 'A' && a <= 'Z' ? static_cast<char>(a + 32) : a) == b; });
}

template <std::size_t Size>
bool read_hex(std::string_view text, std::array<std::uint8_t, Size>& bytes) noexcept {
  for (std::size_t i = 0; i < Size; ++i) {
    std::size_t high = hex_digits.find(text[2 * i]);
    std::size_t low = hex_digits.find(text[2 * i + 1]);
    if (high == std::string_view::npos || low == std::string_view::npos) return false;
    bytes[i] = static_cast<std::uint8_t>(high << 4U | low);
  }
  return true;
}

template <std::size_t Size>
void add_hex(std::string& out, const std::array<std::uint8_t, Size>& bytes) {
  for (std::uint8_t byte : bytes) {
    out += hex_digits[byte >> 4U];
    out += hex_digits[byte & 15U];
  }
}

template <std::size_t Size>
bool zero(const std::array<std::uint8_t, Size>& bytes) noexcept {
  return std::all_of(bytes.begin(), bytes.end(), [](std::uint8_t byte) { return byte == 0; });
}

template <std::size_t Size>
void fill_random(std::array<std::uint8_t, Size>& bytes) {
  static_assert(Size % 8 == 0);
  do {
    for (std::size_t at = 0; at < Size; at += 8) {
      std::uint64_t word = random_word();
      std::memcpy(bytes.data() + at, &word, 8);
    }
  } while (zero(bytes));
}

std::string_view trim(std::string_view text) {
  std::size_t begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

bool lower(char c) { return c >= 'a' && c <= 'z'; }
bool digit(char c) { return c >= '0' && c <= '9'; }

/// `vendor`, or `tenant@vendor`.
bool good_key(std::string_view key) {
  auto good = [](char c) { return lower(c) || digit(c) || c == '_' || c == '-' || c == '*' || c == '/'; };
  std::size_t at = key.find('@');
  std::string_view first = key.substr(0, at);
  bool plain = at == std::string_view::npos;
  if (first.empty() || first.size() > (plain ? 256U : 241U) || !std::all_of(first.begin(), first.end(), good))
    return false;
  if (plain) return lower(first.front());
  std::string_view vendor = key.substr(at + 1);
  return (lower(first.front()) || digit(first.front())) && !vendor.empty() && vendor.size() <= 14 &&
         lower(vendor.front()) && std::all_of(vendor.begin(), vendor.end(), good);
}

bool good_member(std::string_view member) {
  std::size_t equals = member.find('=');
  if (equals == std::string_view::npos || !good_key(member.substr(0, equals))) return false;
  std::string_view value = member.substr(equals + 1);
  return !value.empty() && value.size() <= 256 &&
         std::all_of(value.begin(), value.end(), [](char c) { return c >= ' ' && c <= '~' && c != ',' && c != '='; });
}

bool good_tracestate(std::string_view text) {
  std::size_t members = 0;
  for (bool more = true; more;) {
    std::size_t comma = text.find(',');
    more = comma != std::string_view::npos;
    std::string_view member = trim(text.substr(0, comma));
    if (!member.empty() && (!good_member(member) || ++members > max_members)) return false;
    if (more) text.remove_prefix(comma + 1);
  }
  return members > 0;
}

}  // namespace

std::string TraceContext::trace_text() const {
  std::string out;
  out.reserve(32);
  add_hex(out, trace_id);
  return out;
}

std::string TraceContext::span_text() const {
  std::string out;
  out.reserve(16);
  add_hex(out, span_id);
  return out;
}

std::string TraceContext::traceparent() const {
  std::string out = "00-";
  out.reserve(version_00_size);
  add_hex(out, trace_id);
  out += '-';
  add_hex(out, span_id);
  return out += sampled ? "-01" : "-00";
}

std::optional<TraceContext> parse_traceparent(std::string_view text) noexcept {
  std::array<std::uint8_t, 1> version{};
  std::array<std::uint8_t, 1> flags{};
  TraceContext context;
  if (text.size() < version_00_size || text[2] != '-' || text[35] != '-' || text[52] != '-') return std::nullopt;
  if (!read_hex(text, version) || version[0] == 0xff) return std::nullopt;
  // a later version may go on, behind another dash
  if (text.size() > version_00_size && (version[0] == 0 || text[version_00_size] != '-')) return std::nullopt;
  if (!read_hex(text.substr(3), context.trace_id) || !read_hex(text.substr(36), context.span_id) ||
      !read_hex(text.substr(53), flags))
    return std::nullopt;
  if (zero(context.trace_id) || zero(context.span_id)) return std::nullopt;
  context.sampled = (flags[0] & 1U) != 0;
  return context;
}

std::optional<TraceContext> find_traceparent(const http::Headers& headers) noexcept {
  const std::string* found = nullptr;
  for (const auto& [name, value] : headers) {
    if (!same_name(name, "traceparent")) continue;
    if (found != nullptr) return std::nullopt;
    found = &value;
  }
  return found != nullptr ? parse_traceparent(*found) : std::nullopt;
}

std::string find_tracestate(const http::Headers& headers) {
  std::string joined;
  for (const auto& [name, value] : headers)
    if (same_name(name, "tracestate")) joined += (joined.empty() ? "" : ",") + value;
  return joined.size() <= max_tracestate && good_tracestate(joined) ? joined : std::string();
}

TraceContext new_trace() {
  TraceContext context;
  fill_random(context.trace_id);
  fill_random(context.span_id);
  return context;
}

TraceContext child_of(const TraceContext& parent) {
  TraceContext context = parent;
  fill_random(context.span_id);
  return context;
}

const TraceContext& current_trace() noexcept { return current; }

TraceScope::TraceScope(const TraceContext& context) noexcept : before_(current) { current = context; }
TraceScope::~TraceScope() { current = before_; }

}  // namespace netweave
