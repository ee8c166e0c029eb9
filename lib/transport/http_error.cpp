#include "transport/http_error.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <ctime>

namespace netweave::transport {
namespace {

struct Row {
  int status;
  ErrorKind kind;
  const char* code;
};

constexpr std::array<Row, 13> rows = {{
    {400, ErrorKind::invalid, "CONFIGURATION_PROBLEM"},
    {401, ErrorKind::unauthenticated, "UNAUTHENTICATED"},
    {403, ErrorKind::denied, "UNAUTHORIZED"},
    {404, ErrorKind::not_found, ""},
    {405, ErrorKind::unimplemented, ""},
    {408, ErrorKind::timeout, "RETRYABLE"},
    {409, ErrorKind::conflict, "DEPENDENCIES"},
    {410, ErrorKind::precondition, ""},
    {412, ErrorKind::precondition, ""},
    {422, ErrorKind::invalid, "CONFIGURATION_PROBLEM"},
    {429, ErrorKind::exhausted, "RATE_LIMITED"},
    {501, ErrorKind::unimplemented, ""},
    {504, ErrorKind::timeout, "RETRYABLE"},
}};

constexpr std::size_t readable = 1000;
constexpr std::chrono::hours longest_wait{1};

std::optional<std::int64_t> seconds_until(const std::string& date) {
  for (const char* form : {"%a, %d %b %Y %H:%M:%S GMT", "%A, %d-%b-%y %H:%M:%S GMT", "%a %b %d %H:%M:%S %Y"}) {
    std::tm parts{};
    if (strptime(date.c_str(), form, &parts) != nullptr) return timegm(&parts) - std::time(nullptr);
  }
  return std::nullopt;
}

}  // namespace

Error error_of(const HttpResponse& response, const std::string& message) {
  Error error;
  error.from_backend = true;
  auto row = std::find_if(rows.begin(), rows.end(), [&](const Row& r) { return r.status == response.status; });
  if (row != rows.end()) {
    error.kind = row->kind;
    error.code = row->code;
  } else if (response.status >= 500) {
    error.kind = ErrorKind::unavailable;
    error.code = "RETRYABLE";
  }
  error.message = message.empty() ? "the backend answered " + std::to_string(response.status) : message;
  if (error.message.size() > readable) error.message.resize(readable);
  error.cause = "HTTP " + std::to_string(response.status);
  error.retry_after = retry_after(response);
  return error;
}

std::optional<std::chrono::seconds> parse_retry_after(const std::string& text) {
  constexpr std::int64_t day = 86400;
  std::int64_t number = 0;
  bool digits = !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
  if (digits) {
    auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
    return std::chrono::seconds(fault == std::errc() ? std::min(number, day) : day);
  }
  auto until = seconds_until(text);
  if (!until) return std::nullopt;
  return std::chrono::seconds(std::clamp<std::int64_t>(*until, 0, day));
}

std::optional<std::chrono::milliseconds> retry_after(const HttpResponse& response) {
  const std::string* text = http::find_header(response.headers, "Retry-After");
  auto wait = text != nullptr ? parse_retry_after(*text) : std::nullopt;
  if (!wait) return std::nullopt;
  return std::min<std::chrono::milliseconds>(*wait, longest_wait);
}

}  // namespace netweave::transport
