#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "netweave/http/message.hpp"
#include "netweave/result.hpp"

/// Errors on the wire (RFC 7807). The one place where kinds become titles and statuses.
namespace netweave::api {

struct Problem {
  int status = 500;
  std::string_view title = "Internal";  ///< a stable word, see the contract
  std::string detail;                   ///< says what to change
  std::vector<Fault> faults;
  std::string code;  ///< a backend's
  http::Headers headers;
  std::string oldest_revision = {};  ///< of a 410: where the log begins
};

/// Why something is refused; nothing: it is not.
using Refusal = std::optional<Problem>;

/// The problem that an error is.
Problem to_problem(const Error& error);

/// There is too much of something under way; a client may try again after a second.
Error busy(std::string message);

Problem bad_request(std::string detail, std::vector<Fault> faults = {});
Problem not_found(std::string detail);
Problem conflict(std::string detail);
Problem gone(std::string detail);
Problem unprocessable(std::string detail, std::vector<Fault> faults);
Problem unsupported_media_type(std::string detail);
Problem method_not_allowed(std::string allow);
Problem not_acceptable(std::string detail);
Problem precondition_failed(std::string detail);
/// The log does not hold a revision; `oldest` is the first one that it does.
Problem gone(std::string detail, std::string oldest);

/// As JSON; `instance` is the request's path.
std::string to_json(const Problem& problem, std::string_view instance, std::string_view request_id);
/// As a response.
http::Response to_response(const Problem& problem, std::string_view instance, std::string_view request_id);

}  // namespace netweave::api
