#include "api/openapi/document.hpp"

#include <algorithm>
#include <set>

#include <doctest/doctest.h>

using namespace netweave;
using namespace netweave::api;

namespace {

const openapi::Operation& operation(const openapi::Document& document, std::string_view id) {
  auto place = std::find_if(document.operations().begin(), document.operations().end(),
                            [&](const openapi::Operation& one) { return one.id == id; });
  REQUIRE(place != document.operations().end());
  return *place;
}

std::unique_ptr<const openapi::Document> own() { return openapi::Document::make(openapi::configured({})).value(); }

std::string told(const std::vector<Fault>& faults) {
  std::string text;
  for (const Fault& fault : faults) text += (text.empty() ? "" : "; ") + fault.field + " " + fault.reason;
  return text;
}

std::string query_faults(const openapi::Operation& operation, std::string_view query) {
  std::vector<Fault> faults;
  operation.check_query(query::Parameters::parse(query).value(), faults);
  return told(faults);
}

http::Response good_answer(std::string body) {
  http::Response response;
  response.headers = {{"Content-Type", "application/json; charset=utf-8"},
                      {"X-Request-ID", "r"},
                      {"X-API-Version", "v1"},
                      {"ETag", "\"1.2\""}};
  response.body = http::Body(std::move(body));
  return response;
}

constexpr const char* whole_pool = R"({"resourcePoolId":"p","name":"n","oCloudId":"o"})";

}  // namespace

TEST_CASE("the own document compiles: the validator knows every keyword of it") {
  auto document = own();
  CHECK(document->operations().size() > 30);
  std::set<std::string> ids;
  for (const openapi::Operation& one : document->operations()) CHECK(ids.insert(one.id).second);
}

TEST_CASE("the document as configured has the limits and the metrics' path of this gateway") {
  Config config;
  config.query.max_limit = 50;
  config.query.default_limit = 20;
  config.metrics.path = "/numbers";
  auto document = openapi::Document::make(openapi::configured(config)).value();
  CHECK(operation(*document, "getMetrics").path == "/numbers");
  CHECK(query_faults(operation(*document, "listResourcesV1"), "limit=50").empty());
  CHECK(query_faults(operation(*document, "listResourcesV1"), "limit=51") ==
        "limit must be a whole number from 1 to 50");
  config.metrics.enabled = false;
  document = openapi::Document::make(openapi::configured(config)).value();
  CHECK(std::none_of(document->operations().begin(), document->operations().end(),
                     [](const openapi::Operation& one) { return one.id == "getMetrics"; }));
}

TEST_CASE("query parameters: every fault of them at once, by name") {
  auto document = own();
  const openapi::Operation& list = operation(*document, "listResourcesV1");
  CHECK(query_faults(list, "resourcePoolId=a&resourcePoolId=b&labels=a:b,c:&sortOrder=asc&limit=1000").empty());
  CHECK(query_faults(list, "colour=red&limit=0&offset=-1&sortOrder=up&labels=:b&fields=") ==
        "colour no such parameter of this path; labels must read key:value,key2:value2; "
        "limit must be a whole number from 1 to 1000; offset must be a whole number from 0 to 9007199254740991; "
        "sortOrder must be one of asc, desc; fields must not be empty");
  CHECK(query_faults(list, "limit=1&limit=2") == "limit is given more than once");
  CHECK(query_faults(operation(*document, "getHealthz"), "probe=1").empty());  // probes add their own
}

TEST_CASE("headers: what may be anything is not looked for") {
  auto document = own();
  std::vector<Fault> faults;
  const openapi::Operation& create = operation(*document, "createResourcePoolV1");
  create.check_headers({{"idempotency-key", std::string(255, 'k')}}, faults);
  CHECK(faults.empty());
  create.check_headers({{"Idempotency-Key", std::string(256, 'k')}}, faults);
  CHECK(told(faults) == "Idempotency-Key at most 255 characters");
}

TEST_CASE("bodies by media type") {
  auto document = own();
  const openapi::Operation& patch = operation(*document, "patchResourcePoolV1");
  CHECK(patch.body_schema("Application/Merge-Patch+JSON") != nullptr);
  CHECK(patch.body_schema("text/plain") == nullptr);
  CHECK(patch.media_types() == "application/merge-patch+json or application/json");
  CHECK_FALSE(operation(*document, "deleteResourcePoolV1").takes_body());
}

TEST_CASE("answers are held to status, headers, media type and schema") {
  auto document = own();
  const openapi::Operation& get = operation(*document, "getResourcePoolV1");
  query::Parameters none;
  CHECK(told(get.check_response(good_answer(whole_pool), none)).empty());
  http::Response answer = good_answer(whole_pool);
  answer.status = 418;
  CHECK(told(get.check_response(answer, none)) == "status 418 is not in the document");
  answer = good_answer(whole_pool);
  answer.headers.pop_back();
  CHECK(told(get.check_response(answer, none)) == "ETag is required");
  answer = good_answer(whole_pool);
  answer.headers[0].second = "text/plain";
  CHECK(told(get.check_response(answer, none)) == "Content-Type text/plain is not in the document");
  CHECK(told(get.check_response(good_answer("{"), none)).starts_with("body "));
  CHECK(told(get.check_response(good_answer(R"({"resourcePoolId":"p","name":7,"oCloudId":"o","colour":"red"})"),
                                none)) == "name must be a string; colour no such member");
}

TEST_CASE("an answer may be in part where fields were asked for") {
  auto document = own();
  const openapi::Operation& get = operation(*document, "getResourcePoolV1");
  query::Parameters with = *query::Parameters::parse("fields=location");
  CHECK(get.check_response(good_answer(R"({"resourcePoolId":"p"})"), with).empty());
  CHECK_FALSE(get.check_response(good_answer(R"({"resourcePoolId":"p"})"), {}).empty());
  CHECK_FALSE(get.check_response(good_answer(R"({"location":"l"})"), with).empty());
}

TEST_CASE("a merge patch takes null for every member, and requires none") {
  auto document = own();
  const openapi::Schema& schema = *operation(*document, "patchResourcePoolV1").body_schema("application/json");
  std::vector<Fault> faults;
  openapi::check(schema, Value::parse(R"({"name":null,"extensions":null,"location":"x"})").value(), {}, nullptr,
                 faults);
  CHECK(told(faults).empty());
  openapi::check(schema, Value::parse(R"({"name":1,"colour":null})").value(), {}, nullptr, faults);
  CHECK(told(faults) == "name must be a string or null; colour no such member");
}
