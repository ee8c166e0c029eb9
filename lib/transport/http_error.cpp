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

std::optional<std::chrono::seconds> seconds_until(const std::string& date) {
  std::tm parts{};
  if (strptime(date.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &parts) == nullptr) return std::nullopt;
  return std::chrono::seconds(timegm(&parts) - std::time(nullptr));
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

std::optional<std::chrono::milliseconds> retry_after(const HttpResponse& response) {
  const std::string* text = http::find_header(response.headers, "Retry-After");
  if (text == nullptr) return std::nullopt;
  std::chrono::seconds wait{0};
  std::int64_t number = 0;
  auto [end, fault] = std::from_chars(text->data(), text->data() + text->size(), number);
  if (fault == std::errc() && end == text->data() + text->size() && number >= 0) {
    wait = std::chrono::seconds(std::min<std::int64_t>(number, 86400));
  } else if (auto until = seconds_until(*text)) {
    wait = *until;
  } else {
    return std::nullopt;
  }
  return std::clamp<std::chrono::milliseconds>(wait, std::chrono::milliseconds(0), longest_wait);
}

}  // namespace netweave::transport
