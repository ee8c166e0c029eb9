#include "api/openapi/document.hpp"

#include <algorithm>
#include <array>

namespace netweave::api::openapi {

Result<std::unique_ptr<const Document>> Document::make(Value json) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 5> methods = {
      {{"get", "GET"}, {"post", "POST"}, {"put", "PUT"}, {"patch", "PATCH"}, {"delete", "DELETE"}}};
  std::unique_ptr<Document> made(new Document(std::move(json)));
  for (const Value::Member& path : made->json_.at("paths").as_object())
    for (const auto& method : methods) {
      const Value* from = path.second.find(method.first);
      if (from == nullptr) continue;
      auto operation = Operation::make(made->json_, made->schemas_, path.first, std::string(method.second), *from);
      if (!operation) return std::move(operation).error();
      made->operations_.push_back(std::move(*operation));
    }
  return std::unique_ptr<const Document>(std::move(made));
}

static void limit_batches(Value& schemas, std::int64_t most) {
  for (const Value::Member& schema : Value::Object(schemas.as_object()))
    for (std::string_view list : {"items", "ids"})
      if (schema.first.starts_with("Batch") && schema.second.at("properties").find(list) != nullptr)
        schemas[schema.first]["properties"][list]["maxItems"] = most;
}

Value configured(const Config& config) {
  Value document = Value::parse(embedded_json()).value_or(Value());
  Value& limit = document["components"]["parameters"]["Limit"]["schema"];
  limit["maximum"] = static_cast<std::int64_t>(config.query.max_limit);
  limit["default"] = static_cast<std::int64_t>(config.query.default_limit);
  limit_batches(document["components"]["schemas"], static_cast<std::int64_t>(config.batch.max_entries));
  Value::Object paths = document.at("paths").as_object();
  auto metrics = std::find_if(paths.begin(), paths.end(), [](const auto& path) { return path.first == "/metrics"; });
  if (metrics != paths.end()) metrics->first = config.metrics.path;
  if (metrics != paths.end() && !config.metrics.enabled) paths.erase(metrics);
  document["paths"] = Value(std::move(paths));
  return document;
}

}  // namespace netweave::api::openapi
