#pragma once

#include <deque>
#include <memory>
#include <string>
#include <string_view>

#include "netweave/config.hpp"
#include "netweave/result.hpp"

#include "api/openapi/operation.hpp"

namespace netweave::api::openapi {

/// The OpenAPI document and its operations, compiled. Immutable; any thread.
class Document {
 public:
  /// Errors: a keyword, a format or a reference that is not known.
  static Result<std::unique_ptr<const Document>> make(Value json);

  [[nodiscard]] const Value& json() const noexcept { return json_; }
  /// In the document's order. They stay where they are.
  [[nodiscard]] const std::deque<Operation>& operations() const noexcept { return operations_; }

 private:
  explicit Document(Value json) : json_(std::move(json)), schemas_(json_) {}

  Value json_;
  Schemas schemas_;
  std::deque<Operation> operations_;
};

/// The project's own document as the build made it from api/openapi/: JSON.
std::string_view embedded_json() noexcept;

/// The same as this configuration makes it: the limits of a page and of a batch, the metrics' path.
Value configured(const Config& config);

}  // namespace netweave::api::openapi
