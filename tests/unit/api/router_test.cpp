#include "api/router.hpp"

#include <doctest/doctest.h>

#include "api/openapi/document.hpp"

using namespace netweave;
using namespace netweave::api;

namespace {

/// A document of GET operations: name and path.
std::unique_ptr<const openapi::Document> document_of(
    std::initializer_list<std::pair<const char*, const char*>> operations) {
  Value json = Value::object();
  for (const auto& [name, path] : operations) {
    json["paths"][path]["get"]["operationId"] = name;
    json["paths"][path]["get"]["responses"]["200"]["description"] = "good";
  }
  return openapi::Document::make(std::move(json)).value();
}

Handlers handlers_of(std::initializer_list<const char*> operations) {
  Handlers handlers;
  for (const char* operation : operations) handlers.add(operation, [](const CallRef&) {});
  return handlers;
}

std::string refusal(const openapi::Document& document, const Handlers& handlers) {
  auto router = Router::make(document, handlers);
  return router ? "" : router.error().message;
}

}  // namespace

TEST_CASE("each operation has a handler, and each handler an operation") {
  auto document = document_of({{"a", "/a"}, {"b", "/b/{id}"}});
  CHECK(refusal(*document, handlers_of({"a", "b"})).empty());
  CHECK(refusal(*document, handlers_of({"a"})) == "OpenAPI: nothing serves b (/b/{id})");
  CHECK(refusal(*document, handlers_of({"a", "b", "c"})) == "OpenAPI: the document has no operation c");
  CHECK(refusal(*document, handlers_of({"a", "b", "b"})) == "OpenAPI: two handlers serve b");
}

TEST_CASE("two operations of one path and method are refused, whatever the parameter is called") {
  auto document = document_of({{"a", "/x/{id}"}, {"b", "/x/{name}"}});
  CHECK(refusal(*document, handlers_of({"a", "b"})) == "OpenAPI: a and b are both GET /x/{name}");
}

TEST_CASE("a path of more segments than a request may have is refused") {
  auto document = document_of({{"a", "/1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16/17"}});
  CHECK(refusal(*document, handlers_of({"a"})).ends_with("has too many segments"));
}
