#include "api/call.hpp"

#include <algorithm>

#include "api/browser.hpp"
#include "api/limits.hpp"
#include "api/oran/path.hpp"
#include "api/validation.hpp"
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

}  // namespace

Call::Call(const Services& with, http::Request received, http::Completion done)
    : services(with), request(std::move(received)), done_(std::move(done)) {
  const std::string* given = header("X-Request-ID");
  request_id = given != nullptr && valid_request_id(*given) ? *given : make_uuid();
  std::string_view target = origin_form(request.target);
  std::size_t mark = target.find('?');
  path = target.substr(0, mark);
  if (mark != std::string_view::npos) query = target.substr(mark + 1);
  routed = path;
  if (auto clean = oran::clean_path(path)) {
    clean_path_ = std::move(clean->known);
    routed = clean_path_;
  }
}

std::string Call::own_tenant() const {
  if (!scope.all()) return scope.tenant();
  return access ? access->tenant : std::string(model::default_tenant);
}

const TraceContext& Call::trace() const {
  if (trace_.valid()) return trace_;
  auto caller = find_traceparent(request.headers);
  if (services.tracer != nullptr)
    trace_ = services.tracer->begin(caller);
  else
    trace_ = caller ? *caller : new_trace();
  return trace_;
}

void Call::answer(http::Response response) {
  add_headers(response);
  if (std::string_view full = oran::full_version(oran::major_version(clean_path_)); !full.empty())
    response.headers.emplace_back("Version", full);
  if (operation != nullptr && services.config.validation.validate_response) check_answer(*this, response);
  if (finished) finished(*this, response.status);
  done_(std::move(response));
}

void Call::add_headers(http::Response& response) const {
  add_browser_headers(*this, response.headers);
  response.headers.emplace_back("X-Request-ID", request_id);
  response.headers.emplace_back("X-API-Version", version);
  if (limited) add_limit_headers(*limited, services.clock, response.headers);
}

void Call::answer(const Problem& problem) {
  if (problem.status == 401 || problem.status == 403) refused = problem.detail;
  answer(to_response(problem, path, request_id));
}

void Call::answer_no_content() {
  http::Response response;
  response.status = 204;
  answer(std::move(response));
}

void Call::answer_json(const Value& value) {
  http::Response response;
  response.headers.emplace_back("Content-Type", "application/json");
  response.body = http::Body(value.to_json());
  answer(std::move(response));
}

}  // namespace netweave::api
