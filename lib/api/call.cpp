#include "api/call.hpp"

#include <algorithm>

#include "base/ids.hpp"

namespace netweave::api {
namespace {

bool valid_request_id(std::string_view id) {
  return !id.empty() && id.size() <= 128 && std::all_of(id.begin(), id.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
           c == '.';
  });
}

/// An absolute-form target (RFC 9112 3.2.2) names the same path as an origin-form one.
std::string_view origin_form(std::string_view target) {
  std::size_t scheme = target.find("://");
  if (target.empty() || target.front() == '/' || scheme == std::string_view::npos) return target;
  std::size_t slash = target.find('/', scheme + 3);
  return slash == std::string_view::npos ? "/" : target.substr(slash);
}

std::string_view media_type(std::string_view header) {
  header = header.substr(0, header.find(';'));
  while (!header.empty() && (header.back() == ' ' || header.back() == '\t')) header.remove_suffix(1);
  return header;
}

bool same_text(std::string_view a, std::string_view b) {
  auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [&](char x, char y) { return lower(x) == lower(y); });
}

}  // namespace

Call::Call(const Services& with, http::Request asked, http::Completion done)
    : services(with), request(std::move(asked)), done_(std::move(done)) {
  const std::string* given = header("X-Request-ID");
  request_id = given != nullptr && valid_request_id(*given) ? *given : make_uuid();
  std::string_view target = origin_form(request.target);
  std::size_t mark = target.find('?');
  path = target.substr(0, mark);
  if (mark != std::string_view::npos) query = target.substr(mark + 1);
}

void Call::answer(http::Response response) {
  response.headers.emplace_back("X-Request-ID", request_id);
  response.headers.emplace_back("X-API-Version", version);
  if (finished) finished(*this, response.status);
  done_(std::move(response));
}

void Call::answer(const Problem& problem) { answer(to_response(problem, path, request_id)); }

void Call::answer_json(const Value& value) {
  http::Response response;
  response.headers.emplace_back("Content-Type", "application/json");
  response.body = http::Body(value.to_json());
  answer(std::move(response));
}

Refusal read_json(const Call& call, bool patch, Value& into) {
  const std::string* header = call.header("Content-Type");
  std::string_view type = header == nullptr ? std::string_view() : media_type(*header);
  bool known = same_text(type, "application/json") || (patch && same_text(type, "application/merge-patch+json"));
  if (!known)
    return unsupported_media_type(patch ? "send Content-Type: application/merge-patch+json (or application/json)"
                                        : "send Content-Type: application/json");
  auto value = Value::parse(call.request.body);
  if (!value) return bad_request("the body is " + value.error().message);
  if (!value->is_object()) return bad_request("the body must be a JSON object");
  into = std::move(*value);
  return {};
}

}  // namespace netweave::api
