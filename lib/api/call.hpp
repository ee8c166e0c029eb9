#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "netweave/http/message.hpp"

#include "api/problem.hpp"
#include "api/services.hpp"
#include "query/parameters.hpp"
#include "tenancy/access.hpp"

namespace netweave::api::openapi {
class Operation;
}

namespace netweave::api {

/// One thing that a request wrote, for the audit.
struct Note {
  std::string id;
  std::string tenant;  ///< whose it is; empty: the caller's
  Value details = Value::object();
};

/// One request on its way: what was asked, and the answer's headers that every path has. Shared by the steps of an
/// answer that comes later; answered exactly once, from whichever thread has it.
class Call {
 public:
  Call(const Services& services, http::Request request, http::Completion done);

  const Services& services;
  const http::Request request;
  std::string request_id;
  std::string path;                               ///< raw, without the query
  std::string_view routed;                        ///< the path as the documents spell it
  std::string_view query;                         ///< raw
  std::vector<std::string> parts;                 ///< what the route's {…} stand for, decoded
  query::Parameters parameters;                   ///< the query's
  std::optional<Value> body;                      ///< where the operation takes one, and it is JSON
  std::vector<Fault> faults;                      ///< what the request has wrong by the document: see validation.hpp
  const openapi::Operation* operation = nullptr;  ///< what the document says of it; nullptr where no route was found
  std::shared_ptr<const tenancy::Access> access;  ///< who asks; nullptr without multi-tenancy, and where anybody may
  tenancy::Scope scope;                           ///< whose objects it reaches
  std::size_t limited_route = limits::Limiter::no_route;  ///< the operation's, for the rate limits
  std::optional<limits::Decision> limited;                ///< where rate limits hold for it
  const openapi::Operation* asked = nullptr;              ///< the same before it was allowed
  std::string subject;                                    ///< who says to ask, before that was looked up
  Millis expires_at = 0;                                  ///< of who asks, when its token does; 0: never
  std::string refused;                                    ///< why it was not allowed
  std::vector<Note> notes;                                ///< what it wrote
  std::string_view version = "v1";                        ///< for X-API-Version
  std::string_view route = "unmatched";                   ///< the template, for metrics and logs

  [[nodiscard]] const std::string* header(std::string_view name) const {
    return http::find_header(request.headers, name);
  }

  /// Whose what it makes is, where it does not say: the tenant that it was narrowed to, else who asks.
  [[nodiscard]] std::string own_tenant() const;

  /// Says to the audit that this was written.
  void note(const model::Object& object);

  /// Since it arrived.
  [[nodiscard]] std::chrono::nanoseconds took() const { return std::chrono::steady_clock::now() - began_; }

  void answer(http::Response response);
  void answer(const Problem& problem);
  void answer(const Error& error) { answer(to_problem(error)); }
  /// 204.
  void answer_no_content();
  /// 200 with a JSON value.
  void answer_json(const Value& value);

  /// The headers that every answer has.
  void add_headers(http::Response& response) const;

  /// Called with the status when it is answered, for metrics and the log.
  std::function<void(const Call&, int status)> finished;

 private:
  std::string clean_path_;  // where it is not the path itself
  http::Completion done_;
  const std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
};

using CallRef = std::shared_ptr<Call>;

}  // namespace netweave::api
