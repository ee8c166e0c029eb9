#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "netweave/result.hpp"
#include "netweave/value.hpp"

#include "query/parameters.hpp"

namespace re2 {
class RE2;
}

/// The OpenAPI document, compiled: what a request must be, and what an answer is.
namespace netweave::api::openapi {

/// An OpenAPI 3.0 schema, compiled. Immutable once its Schemas are complete; any thread.
struct Schema {
  enum Type : std::uint8_t { null = 1, boolean = 2, integer = 4, number = 8, text = 16, array = 32, object = 64 };
  static constexpr std::uint8_t any = 127;

  struct Property {
    std::string name;
    const Schema* schema = nullptr;
  };

  std::uint8_t types = any;  ///< those that it takes; `number` takes whole ones too
  bool nullable = false;     ///< takes null, whatever its parts say
  std::optional<double> minimum;
  std::optional<double> maximum;
  std::size_t min_length = 0;  ///< characters of a text, items of an array, members of an object
  std::size_t max_length = std::numeric_limits<std::size_t>::max();
  std::shared_ptr<const re2::RE2> pattern;
  bool time = false;  ///< format: date-time
  std::vector<Value> choices;
  std::vector<Property> properties;
  std::vector<std::string> required;
  const Schema* others = nullptr;  ///< what further members must be
  bool closed = false;             ///< no further members
  const Schema* items = nullptr;
  std::vector<const Schema*> all_of;
  std::vector<const Schema*> any_of;
  std::string only_with;  ///< x-netweave-only-with: good where the request has that query parameter
  std::string reason;     ///< x-netweave-reason: what a value has wrong, in words

  [[nodiscard]] const Schema* find(std::string_view property) const noexcept;
  /// Whether every text is good.
  [[nodiscard]] bool any_text() const noexcept;
};

/// The schemas of one document. A keyword that is not known is an error: nothing is silently passed over.
class Schemas {
 public:
  /// `document` must live as long as the compiling does.
  explicit Schemas(const Value& document) : document_(document) {}

  /// The schema at that place of the document, which may be a reference. The pointer is good as long as this lives.
  Result<const Schema*> compile(const Value& schema);

 private:
  Result<const Schema*> compile_reference(const std::string& reference);
  Result<void> fill(Schema& into, const Value& from);
  Result<void> fill_keyword(Schema& into, const std::string& keyword, const Value& value);
  Result<void> fill_parts(std::vector<const Schema*>& into, const Value& value);
  Result<void> fill_properties(Schema& into, const Value& value);
  Result<void> fill_type(Schema& into, std::string_view type);

  const Value& document_;
  std::deque<Schema> schemas_;
  std::map<std::string, const Schema*> by_reference_;
  std::map<std::string, std::shared_ptr<const re2::RE2>> patterns_;
};

/// What `$ref` names, of the form "#/a/b/c"; nullptr where there is nothing.
const Value* look_up(const Value& document, std::string_view reference);

/// How a fault names a place of the body.
enum class Places {
  dotted,   ///< filter.labels, eventTypes[0]
  pointers  ///< /items/3/name (RFC 6901)
};

/// Adds a fault for each place in which `value` is not what the schema says. `where` is the value's own place
/// ("filter.labels"), empty for a body; `query`, where given, are the request's parameters.
void check(const Schema& schema, const Value& value, const std::string& where, const query::Parameters* query,
           std::vector<Fault>& faults, Places places = Places::dotted);

}  // namespace netweave::api::openapi
