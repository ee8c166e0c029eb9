#include "http/problem.hpp"

#include <string>

#include "base/ids.hpp"
#include "base/json.hpp"

namespace netweave::http {
namespace {

std::string_view title_of(int status) {
  switch (status) {
    case 400:
      return "BadRequest";
    case 408:
      return "RequestTimeout";
    case 413:
      return "PayloadTooLarge";
    case 414:
      return "URITooLong";
    case 417:
      return "ExpectationFailed";
    case 431:
      return "RequestHeaderFieldsTooLarge";
    case 501:
      return "NotImplemented";
    case 503:
      return "ServiceUnavailable";
    case 505:
      return "HTTPVersionNotSupported";
    default:
      return "Internal";
  }
}

void add_member(std::string& json, std::string_view name, std::string_view text) {
  json.append(",\"").append(name).append("\":");
  append_json_text(json, text);
}

}  // namespace

Response problem(int status, std::string_view detail, const Request& request) {
  const std::string* given = find_header(request.headers, "X-Request-ID");
  std::string id = given != nullptr && valid_id(*given) ? *given : make_uuid();
  std::string json = R"({"type":"about:blank")";
  add_member(json, "title", title_of(status));
  json.append(",\"status\":").append(std::to_string(status));
  add_member(json, "detail", detail);
  add_member(json, "instance", std::string_view(request.target).substr(0, request.target.find('?')));
  add_member(json, "requestId", id);
  json += '}';
  Response response;
  response.status = status;
  response.headers.emplace_back("Content-Type", "application/problem+json");
  response.headers.emplace_back("X-Request-ID", std::move(id));
  if (status == 503) response.headers.emplace_back("Retry-After", "1");
  response.body = Body(std::move(json));
  return response;
}

}  // namespace netweave::http
