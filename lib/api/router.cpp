#include "api/router.hpp"

#include <algorithm>
#include <array>

namespace netweave::api {
namespace {

constexpr std::size_t max_segments = 16;

/// The raw segments of a path; false where it has too many.
bool split(std::string_view path, std::array<std::string_view, max_segments>& segments, std::size_t& count) {
  count = 0;
  if (path.empty() || path.front() != '/') return false;
  path.remove_prefix(1);
  while (count < max_segments) {
    std::size_t end = path.find('/');
    segments[count++] = path.substr(0, end);
    if (end == std::string_view::npos) return true;
    path.remove_prefix(end + 1);
  }
  return false;
}

bool is_version(std::string_view segment) {
  return segment.size() == 2 && segment[0] == 'v' && segment[1] >= '1' && segment[1] <= '9';
}

bool open_part(std::string_view segment) { return !segment.empty() && segment.front() == '{'; }

bool matches(const Router::Route& route, const std::array<std::string_view, max_segments>& segments,
             std::size_t count) {
  if (route.segments.size() != count) return false;
  for (std::size_t i = 0; i < count; ++i) {
    const std::string& wanted = route.segments[i];
    if (open_part(wanted) ? segments[i].empty() : wanted != segments[i]) return false;
  }
  return true;
}

std::string allow_header(const Router::Route& route) {
  std::string allow;
  for (const auto& [method, handler] : route.methods) {
    allow.append(allow.empty() ? "" : ", ").append(method);
    if (method == "GET") allow += ", HEAD";
  }
  return allow + ", OPTIONS";
}

void answer_options(Call& call, const Router::Route& route) {
  http::Response response;
  response.status = 204;
  response.headers.emplace_back("Allow", allow_header(route));
  call.answer(std::move(response));
}

}  // namespace

void Router::add(std::string_view method, std::string path, CallHandler handler) {
  auto place = std::find_if(routes_.begin(), routes_.end(), [&](const Route& route) { return route.path == path; });
  if (place == routes_.end()) {
    std::array<std::string_view, max_segments> segments;
    std::size_t count = 0;
    split(path, segments, count);
    Route route{path, {segments.begin(), segments.begin() + static_cast<std::ptrdiff_t>(count)}, {}, {}};
    for (const std::string& segment : route.segments)
      if (is_version(segment)) route.version = segment;
    routes_.push_back(std::move(route));
    place = std::prev(routes_.end());
  }
  place->methods.emplace_back(method, std::move(handler));
}

void Router::dispatch(const CallRef& call) const {
  std::array<std::string_view, max_segments> segments;
  std::size_t count = 0;
  bool whole = split(call->path, segments, count);
  const Route* route = nullptr;
  for (const Route& candidate : routes_)
    if (whole && matches(candidate, segments, count)) {
      route = &candidate;
      break;
    }
  if (route == nullptr) return call->answer(not_found("no such path: GET /o2ims lists what there is"));
  call->route = route->path;
  if (!route->version.empty()) call->version = route->version;
  for (std::size_t i = 0; i < count; ++i) {
    if (!open_part(route->segments[i])) continue;
    auto part = query::percent_decode(segments[i]);
    if (!part) return call->answer(bad_request("the path is not percent-encoded UTF-8"));
    call->parts.push_back(std::move(*part));
  }
  const std::string& method = call->request.method;
  if (method == "OPTIONS") return answer_options(*call, *route);
  std::string_view served = method == "HEAD" ? std::string_view("GET") : std::string_view(method);
  for (const auto& [name, handler] : route->methods)
    if (name == served) return handler(call);
  call->answer(method_not_allowed(allow_header(*route)));
}

}  // namespace netweave::api
