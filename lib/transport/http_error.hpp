#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "netweave/result.hpp"

#include "transport/http_client.hpp"

namespace netweave::transport {

/// The error that a status of 300 or more stands for, with `from_backend`, `code` and `retry_after` set: 401
/// unauthenticated, 403 denied, 404 not_found, 409 conflict, 410 and 412 precondition, 400 and 422 invalid, 405 and 501
/// unimplemented, 429 exhausted, 408 and 504 timeout, other 5xx unavailable, anything else internal. `message` is the
/// backend's own explanation, cut to what a person reads; empty: the status alone.
Error error_of(const HttpResponse& response, const std::string& message = {});

/// What a `Retry-After` says (RFC 9110 clause 10.2.3): seconds, or a date in one of the three forms of clause 5.6.7, as
/// from now on: at most a day, nothing for one that has passed. nullopt: neither.
std::optional<std::chrono::seconds> parse_retry_after(const std::string& text);
/// `Retry-After` in seconds or as an HTTP date (RFC 9110 clause 10.2.3), at most an hour; nullopt: none, or not valid.
std::optional<std::chrono::milliseconds> retry_after(const HttpResponse& response);

}  // namespace netweave::transport
