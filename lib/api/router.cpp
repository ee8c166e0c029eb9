#include "api/router.hpp"

#include <algorithm>
#include <map>

#include "api/browser.hpp"
#include "api/limits.hpp"
#include "api/validation.hpp"

namespace netweave::api {
namespace {

bool open_part(std::string_view segment) { return !segment.empty() && segment.front() == '{'; }

void answer_options(Call& call, const std::string& allow) {
  http::Response response;
  response.status = 204;
  response.headers.emplace_back("Allow", allow);
  add_preflight(call, allow, response.headers);
  call.answer(std::move(response));
}

Error mismatch(std::string text) { return make_error(ErrorKind::internal, "OpenAPI: " + std::move(text)); }

}  // namespace

/// The raw segments of a path; false where it has too many.
bool Router::split(std::string_view path, Segments& segments, std::size_t& count) {
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

Result<Router> Router::make(const openapi::Document& document, const Handlers& handlers, const Guard* guard,
                            const Serves& serves) {
  std::map<std::string_view, const Handlers::Handler*> by_operation;
  for (const Handlers::Handler& handler : handlers.all())
    if (!by_operation.emplace(handler.operation, &handler).second)
      return mismatch("two handlers serve " + handler.operation);
  Router router;
  router.guard_ = guard;
  if (serves) router.unmatched_ = "no such path: this address has probes and metrics alone";
  std::size_t number = 0;
  for (const openapi::Operation& operation : document.operations()) {
    auto handler = by_operation.extract(operation.id);
    if (handler.empty()) return mismatch("nothing serves " + operation.id + " (" + operation.path + ")");
    std::size_t own = number++;
    if (serves && !serves(operation)) continue;
    if (auto added = router.add(operation, own, *handler.mapped()); !added) return std::move(added).error();
  }
  if (!by_operation.empty())
    return mismatch("the document has no operation " + std::string(by_operation.begin()->first));
  for (Route& route : router.routes_) {
    for (const Method& method : route.methods)
      route.allow += method.operation->method + (method.operation->method == "GET" ? ", HEAD, " : ", ");
    route.allow += "OPTIONS";
  }
  return router;
}

Result<void> Router::add(const openapi::Operation& operation, std::size_t number, const Handlers::Handler& handler) {
  Segments segments;
  std::size_t count = 0;
  if (!split(operation.path, segments, count)) return mismatch(operation.path + " has too many segments");
  std::size_t node = 0;
  for (std::size_t i = 0; i < count; ++i) node = step(node, segments[i]);
  if (nodes_[node].route == none) {
    nodes_[node].route = routes_.size();
    Route& route = routes_.emplace_back();
    route.path = operation.path;
    for (std::size_t i = 0; i < count; ++i)
      if (open_part(segments[i])) route.open.push_back(i);
  }
  std::vector<Method>& methods = routes_[nodes_[node].route].methods;
  for (const Method& method : methods)
    if (method.operation->method == operation.method)
      return mismatch(method.operation->id + " and " + operation.id + " are both " + operation.method + " " +
                      operation.path);
  methods.push_back({&operation, handler.handle, handler.faults, number});
  return {};
}

/// The node after that segment of a template, made if need be.
std::size_t Router::step(std::size_t node, std::string_view segment) {
  if (open_part(segment)) {
    if (nodes_[node].open == none) {
      nodes_[node].open = nodes_.size();
      nodes_.emplace_back();
    }
    return nodes_[node].open;
  }
  for (const auto& next : nodes_[node].next)
    if (next.first == segment) return next.second;
  nodes_[node].next.emplace_back(segment, nodes_.size());
  nodes_.emplace_back();
  return nodes_.size() - 1;
}

/// The route of a path; a segment as it is written goes before one in braces, which takes any that is not empty.
std::size_t Router::find(std::size_t node, const Segments& segments, std::size_t at, std::size_t count) const {
  const Node& here = nodes_[node];
  if (at == count) return here.route;
  for (const auto& next : here.next)
    if (next.first == segments[at])
      if (std::size_t route = find(next.second, segments, at + 1, count); route != none) return route;
  if (here.open == none || segments[at].empty()) return none;
  return find(here.open, segments, at + 1, count);
}

void Router::dispatch(const CallRef& call) const {
  Segments segments;
  std::size_t count = 0;
  std::size_t index = split(call->routed, segments, count) ? find(0, segments, 0, count) : none;
  if (index == none) {
    if (within_limits(*call)) call->answer(not_found(std::string(unmatched_)));
    return;
  }
  const Route& route = routes_[index];
  call->route = route.path;
  if (!route.methods.front().operation->version.empty()) call->version = route.methods.front().operation->version;
  std::string_view served = call->request.method == "HEAD" ? std::string_view("GET") : call->request.method;
  auto method = std::find_if(route.methods.begin(), route.methods.end(),
                             [&](const Method& each) { return each.operation->method == served; });
  bool found = method != route.methods.end();
  if (found) call->operation = method->operation;
  if (found) call->limited_route = method->number;
  bool guarded = found && guard_ != nullptr;  // then who asks is found out first: limits are by tenant
  if (!guarded && !within_limits(*call)) return;
  for (std::size_t place : route.open) {
    auto part = query::percent_decode(segments[place]);
    if (!part) return call->answer(bad_request("the path is not percent-encoded UTF-8"));
    call->parts.push_back(std::move(*part));
  }
  if (call->request.method == "OPTIONS") return answer_options(*call, route.allow);
  if (!found) return call->answer(method_not_allowed(route.allow));
  auto serve = [call, method] {
    auto places = method->faults == Faults::pointed ? openapi::Places::pointers : openapi::Places::dotted;
    if (admit(*call, *method->operation, method->faults != Faults::answered, places)) method->handle(call);
  };
  if (!guarded) return serve();
  guard_->admit(call, *method->operation, [call, serve] {
    if (within_limits(*call)) serve();
  });
}

}  // namespace netweave::api
