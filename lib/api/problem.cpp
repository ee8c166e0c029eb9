#include "api/problem.hpp"

#include <algorithm>

#include "base/json.hpp"

namespace netweave::api {
namespace {

struct Mapped {
  int status;
  std::string_view title;
};

/// A tenant has what it may have: not of a backend, whose own quota has the same code.
bool over_quota(const Error& error) {
  return error.kind == ErrorKind::exhausted && !error.from_backend && error.code == "QUOTA_EXCEEDED";
}

Mapped map_kind(const Error& error) {
  if (over_quota(error)) return {429, "QuotaExceeded"};
  switch (error.kind) {
    case ErrorKind::invalid:
      return {400, "BadRequest"};
    case ErrorKind::not_found:
      return {404, "NotFound"};
    case ErrorKind::conflict:
      return {409, "Conflict"};
    case ErrorKind::precondition:
      return {412, "PreconditionFailed"};
    case ErrorKind::exhausted:
    case ErrorKind::cancelled:
    case ErrorKind::unavailable:
      return {503, "BackendUnavailable"};
    case ErrorKind::timeout:
      return {504, "BackendTimeout"};
    case ErrorKind::unimplemented:
      return {501, "NotImplemented"};
    case ErrorKind::denied:
      return {403, "Forbidden"};
    case ErrorKind::unauthenticated:
      return {401, "Unauthorized"};
    case ErrorKind::internal:
      break;
  }
  return {500, "Internal"};
}

/// What the backend refused us is no fault of the caller's.
Mapped map_backend(const Error& error) {
  switch (error.kind) {
    case ErrorKind::unauthenticated:
    case ErrorKind::denied:
    case ErrorKind::internal:
      return {502, "BackendError"};
    default:
      return map_kind(error);
  }
}

void add_member(std::string& out, std::string_view name, std::string_view text) {
  out.append(",\"").append(name).append("\":");
  append_json_text(out, text);
}

}  // namespace

Problem to_problem(const Error& error) {
  Mapped mapped = error.from_backend ? map_backend(error) : map_kind(error);
  Problem problem{
      mapped.status, mapped.title, error.message, error.faults, over_quota(error) ? std::string() : error.code, {}, {}};
  if (error.retry_after) {
    auto seconds = std::chrono::ceil<std::chrono::seconds>(*error.retry_after).count();
    problem.headers.emplace_back("Retry-After", std::to_string(std::max<long>(1, seconds)));
  }
  return problem;
}

Error busy(std::string message) {
  Error error = make_error(ErrorKind::exhausted, std::move(message));
  error.retry_after = std::chrono::seconds(1);
  return error;
}

Problem bad_request(std::string detail, std::vector<Fault> faults) {
  return {400, "BadRequest", std::move(detail), std::move(faults), {}, {}};
}
Problem not_found(std::string detail) { return {404, "NotFound", std::move(detail), {}, {}, {}}; }
Problem conflict(std::string detail) { return {409, "Conflict", std::move(detail), {}, {}, {}}; }
Problem gone(std::string detail) { return {410, "Gone", std::move(detail), {}, {}, {}}; }
Problem unprocessable(std::string detail, std::vector<Fault> faults) {
  return {422, "UnprocessableEntity", std::move(detail), std::move(faults), {}, {}};
}
Problem unsupported_media_type(std::string detail) {
  return {415, "UnsupportedMediaType", std::move(detail), {}, {}, {}};
}
Problem method_not_allowed(std::string allow) {
  return {405, "MethodNotAllowed", "this path takes " + allow, {}, {}, {{"Allow", allow}}};
}
Problem not_acceptable(std::string detail) { return {406, "NotAcceptable", std::move(detail), {}, {}, {}}; }
Problem precondition_failed(std::string detail) { return {412, "PreconditionFailed", std::move(detail), {}, {}, {}}; }
Problem gone(std::string detail, std::string oldest) {
  return {410, "Gone", std::move(detail), {}, {}, {}, std::move(oldest)};
}

std::string to_json(const Problem& problem, std::string_view instance, std::string_view request_id) {
  std::string body = R"({"type":"about:blank","title":")";
  body.append(problem.title).append("\",\"status\":").append(std::to_string(problem.status));
  add_member(body, "detail", problem.detail);
  if (!instance.empty()) add_member(body, "instance", instance);
  if (!request_id.empty()) add_member(body, "requestId", request_id);
  if (!problem.code.empty()) add_member(body, "backendCode", problem.code);
  if (!problem.oldest_revision.empty()) add_member(body, "oldestRevision", problem.oldest_revision);
  if (!problem.faults.empty()) {
    body += R"(,"invalidParams":[)";
    for (const Fault& fault : problem.faults) {
      if (body.back() != '[') body += ',';
      body += R"({"name":)";
      append_json_text(body, fault.field);
      add_member(body, "reason", fault.reason);
      body += '}';
    }
    body += ']';
  }
  return body + '}';
}

http::Response to_response(const Problem& problem, std::string_view instance, std::string_view request_id) {
  http::Response response;
  response.status = problem.status;
  response.headers = problem.headers;
  response.headers.emplace_back("Content-Type", "application/problem+json");
  response.body = http::Body(to_json(problem, instance, request_id));
  return response;
}

}  // namespace netweave::api
