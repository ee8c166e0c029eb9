#include "api/validation.hpp"

#include <algorithm>
#include <utility>

namespace netweave::api {
namespace {

/// False where the media type is another one, which was answered.
bool read_body(Call& call, const openapi::Operation& operation, openapi::Places places) {
  const std::string* type = call.header("Content-Type");
  const openapi::Schema* schema = type == nullptr ? nullptr : operation.body_schema(openapi::media_type(*type));
  if (schema == nullptr) {
    call.answer(unsupported_media_type("send Content-Type: " + operation.media_types()));
    return false;
  }
  auto value = Value::parse(call.request.body);
  if (!value) {
    call.faults.push_back({"body", "is " + value.error().message});
    return true;
  }
  if (call.services.config.validation.enabled) openapi::check(*schema, *value, {}, nullptr, call.faults, places);
  call.body = std::move(*value);
  return true;
}

std::string detail_of(const std::vector<Fault>& faults) {
  if (faults.size() == 1) return faults[0].field + " " + faults[0].reason;
  return "the request is wrong in " + std::to_string(faults.size()) + " places";
}

}  // namespace

bool admit(Call& call, const openapi::Operation& operation, bool merged, openapi::Places places) {
  if (!call.query.empty()) {
    auto parameters = query::Parameters::parse(call.query);
    if (!parameters) {
      call.answer(bad_request("the query is not percent-encoded UTF-8, or has more than 200 parameters"));
      return false;
    }
    call.parameters = std::move(*parameters);
  }
  if (call.services.config.validation.enabled) {
    operation.check_path(call.parts, call.faults);
    operation.check_query(call.parameters, call.faults);
    operation.check_headers(call.request.headers, call.faults);
  }
  bool reads = operation.takes_body() && (operation.needs_body() || !call.request.body.empty());
  if (reads && !read_body(call, operation, places)) return false;
  return merged || !refuse(call, {});
}

bool refuse(Call& call, std::vector<Fault> own) {
  Refusal refusal = refusal_of(call, own.empty() ? Refusal() : bad_request({}, std::move(own)));
  if (refusal) call.answer(*refusal);
  return refusal.has_value();
}

Refusal refusal_of(Call& call, Refusal own) { return refusal_of(std::exchange(call.faults, {}), std::move(own)); }

Refusal refusal_of(std::vector<Fault> faults, Refusal own) {
  if (own && (own->status == 404 || (faults.empty() && own->status != 400))) return own;
  if (own && own->status == 400) {
    if (own->faults.empty() && faults.empty()) return own;
    for (Fault& fault : own->faults) {
      auto same = [&](const Fault& other) { return other.field == fault.field; };
      if (std::none_of(faults.begin(), faults.end(), same)) faults.push_back(std::move(fault));
    }
  }
  if (faults.empty()) return own;
  std::string detail = detail_of(faults);
  return bad_request(std::move(detail), std::move(faults));
}

void check_answer(const Call& call, http::Response& response) {
  std::vector<Fault> faults = call.operation->check_response(response, call.parameters);
  if (!call.faults.empty() && response.status < 300)
    faults.push_back({call.faults.front().field, "is wrong in the request, and was passed over"});
  if (faults.empty()) return;
  std::string text;
  for (const Fault& fault : faults) text += (text.empty() ? "" : "; ") + fault.field + " " + fault.reason;
  call.services.log.error("an answer breaks the OpenAPI document", {{"operation", call.operation->id},
                                                                    {"status", std::to_string(response.status)},
                                                                    {"request_id", call.request_id},
                                                                    {"trace_id", call.trace().trace_text()},
                                                                    {"faults", text}});
  Problem problem = to_problem(make_error(ErrorKind::internal, "the answer (" + std::to_string(response.status) +
                                                                   ") breaks the OpenAPI document: " + text));
  response = to_response(problem, call.path, call.request_id);
  call.add_headers(response);
}

}  // namespace netweave::api
