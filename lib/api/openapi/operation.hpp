#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "netweave/http/message.hpp"
#include "netweave/result.hpp"

#include "api/openapi/schema.hpp"
#include "query/parameters.hpp"

namespace netweave::api::openapi {

/// The type and subtype of a Content-Type, without its parameters.
std::string_view media_type(std::string_view header);
/// Whether two media types, or two header names, are the same.
bool same_text(std::string_view a, std::string_view b);

/// One operation of the document, compiled: a method of a path, what it takes, and what it answers. Immutable; any
/// thread. Its schemas live in the Document.
class Operation {
 public:
  /// `item` is the path item that `operation` stands in.
  static Result<Operation> make(const Value& document, Schemas& schemas, std::string path, std::string method,
                                const Value& operation);

  std::string id;          ///< operationId
  std::string path;        ///< "/o2ims/v1/resources/{id}"
  std::string method;      ///< "GET"
  std::string version;     ///< of the API: "v1"; empty outside the versions
  std::string permission;  ///< what it takes to be allowed it: see guard.hpp

  /// Whether it takes a body.
  [[nodiscard]] bool takes_body() const noexcept { return !body_.empty(); }
  /// Whether it takes none without one.
  [[nodiscard]] bool needs_body() const noexcept { return needs_body_; }
  /// The body's schema by its media type; nullptr where it is none of those that are taken.
  [[nodiscard]] const Schema* body_schema(std::string_view media_type) const noexcept;
  /// "application/merge-patch+json or application/json"
  [[nodiscard]] std::string media_types() const;

  /// Adds a fault for each part of the path, in its order, that is not what the document says.
  void check_path(const std::vector<std::string>& parts, std::vector<Fault>& faults) const;
  void check_query(const query::Parameters& query, std::vector<Fault>& faults) const;
  void check_headers(const http::Headers& headers, std::vector<Fault>& faults) const;
  /// What the document does not say of this answer; `query` are the request's parameters. Parses the body.
  [[nodiscard]] std::vector<Fault> check_response(const http::Response& response, const query::Parameters& query) const;

 private:
  struct Parameter {
    std::string name;
    bool required = false;
    bool list = false;  ///< an array: may be repeated
    const Schema* schema = nullptr;
  };
  struct Content {
    std::string type;
    const Schema* schema = nullptr;
  };
  struct Answer {
    std::vector<Parameter> headers;
    std::vector<Content> content;
  };

  Result<void> add_parameter(const Value& document, Schemas& schemas, const Value& parameter);
  Result<void> add_answer(const Value& document, Schemas& schemas, const std::string& status, const Value& answer);
  static Result<void> add_content(Schemas& schemas, const Value& content, std::vector<Content>& into);
  static void check_text(const Parameter& parameter, const std::vector<std::string>& texts, std::vector<Fault>& faults);
  const Parameter* find_query(std::string_view name) const noexcept;

  std::vector<Parameter> path_;
  std::vector<Parameter> query_;
  std::vector<Parameter> headers_;
  std::vector<Content> body_;
  std::map<int, Answer> answers_;
  bool needs_body_ = false;
  bool operators_ = false;        ///< path[operator]=value is left to the query grammar
  bool ignores_unknown_ = false;  ///< query parameters that the document does not know are passed over
};

}  // namespace netweave::api::openapi
