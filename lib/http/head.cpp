#include "http/head.hpp"

#include <array>
#include <charconv>
#include <chrono>

#include "http/syntax.hpp"

namespace netweave::http {
namespace {

std::string_view reason(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 202:
      return "Accepted";
    case 204:
      return "No Content";
    case 206:
      return "Partial Content";
    case 207:
      return "Multi-Status";
    case 301:
      return "Moved Permanently";
    case 302:
      return "Found";
    case 303:
      return "See Other";
    case 304:
      return "Not Modified";
    case 307:
      return "Temporary Redirect";
    case 308:
      return "Permanent Redirect";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 406:
      return "Not Acceptable";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 410:
      return "Gone";
    case 411:
      return "Length Required";
    case 412:
      return "Precondition Failed";
    case 413:
      return "Content Too Large";
    case 414:
      return "URI Too Long";
    case 415:
      return "Unsupported Media Type";
    case 416:
      return "Range Not Satisfiable";
    case 417:
      return "Expectation Failed";
    case 422:
      return "Unprocessable Content";
    case 428:
      return "Precondition Required";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 502:
      return "Bad Gateway";
    case 503:
      return "Service Unavailable";
    case 504:
      return "Gateway Timeout";
    case 505:
      return "HTTP Version Not Supported";
    default:
      return "";
  }
}

void append_number(std::string& out, std::size_t number) {
  std::array<char, 20> digits{};
  auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number);
  out.append(digits.data(), end.ptr);
}

/// The lengths tell most names apart before they are compared.
bool is_ours(std::string_view name) {
  switch (name.size()) {
    case 4:
      return same_text(name, "Date");
    case 10:
      return same_text(name, "Connection") || same_text(name, "Keep-Alive");
    case 14:
      return same_text(name, "Content-Length");
    case 17:
      return same_text(name, "Transfer-Encoding");
    default:
      return false;
  }
}

}  // namespace

bool sends_no_body(const Response& response, const Framing& framing) noexcept {
  return framing.to_head || response.status == 204 || response.status == 304;
}

bool sends_chunks(const Response& response, const Framing& framing) noexcept {
  return response.body.stream() != nullptr && framing.http11;
}

bool wants_close(const Response& response) noexcept {
  const std::string* value = find_header(response.headers, "Connection");
  return value != nullptr && same_text(*value, "close");
}

void append_head(std::string& out, const Response& response, const Framing& framing, std::string_view date) {
  out += framing.http11 ? "HTTP/1.1 " : "HTTP/1.0 ";
  append_number(out, static_cast<std::size_t>(response.status));
  out.append(" ").append(reason(response.status)).append("\r\nDate: ").append(date).append("\r\n");
  for (const Header& header : response.headers) {
    if (is_ours(header.first) || !is_token(header.first) || !is_field_value(header.second)) continue;
    out.append(header.first).append(": ").append(header.second).append("\r\n");
  }
  if (response.status != 204 && response.status != 304) {
    if (sends_chunks(response, framing)) {
      out += "Transfer-Encoding: chunked\r\n";
    } else if (response.body.stream() == nullptr) {
      out += "Content-Length: ";
      append_number(out, response.body.size());
      out += "\r\n";
    }
  }
  out += framing.close ? "Connection: close\r\n\r\n" : "Connection: keep-alive\r\n\r\n";
}

std::string chunk_head(std::size_t size) {
  std::array<char, 18> digits{};
  auto end = std::to_chars(digits.data(), digits.data() + 16, size, 16);
  *end.ptr++ = '\r';
  *end.ptr++ = '\n';
  return {digits.data(), end.ptr};
}

std::string format_date(std::int64_t unix_seconds) {
  using namespace std::chrono;
  constexpr std::string_view days_of_week = "SunMonTueWedThuFriSat";
  constexpr std::string_view months = "JanFebMarAprMayJunJulAugSepOctNovDec";
  sys_seconds time{seconds(unix_seconds)};
  auto day = floor<days>(time);
  year_month_day date(day);
  hh_mm_ss<seconds> clock(time - day);
  auto two = [](auto number) {
    std::string text = std::to_string(number);
    return text.size() < 2 ? "0" + text : text;
  };
  std::string out(days_of_week.substr(std::size_t{weekday(day).c_encoding()} * 3, 3));
  out.append(", ").append(two(static_cast<unsigned>(date.day()))).append(" ");
  out.append(months.substr((std::size_t{static_cast<unsigned>(date.month())} - 1) * 3, 3)).append(" ");
  out.append(std::to_string(static_cast<int>(date.year()))).append(" ").append(two(clock.hours().count())).append(":");
  return out.append(two(clock.minutes().count())).append(":").append(two(clock.seconds().count())).append(" GMT");
}

}  // namespace netweave::http
