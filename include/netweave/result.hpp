#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace netweave {

/// What the caller will do about an error decides its kind; what happened is said in the message.
enum class ErrorKind {
  invalid,          ///< the input is wrong: change it, `faults` say where
  not_found,        ///< the named object is not there
  conflict,         ///< the object's present state forbids it (taken, still in use)
  precondition,     ///< a version given by the caller no longer holds: read again
  exhausted,        ///< a limit is reached: wait for `retry_after`, or ask for less
  unavailable,      ///< the other side can't be reached: retry later
  timeout,          ///< no answer in time: the outcome is unknown, read before retrying
  unimplemented,    ///< this backend can't do it, ever
  denied,           ///< known caller, not allowed
  unauthenticated,  ///< unknown caller
  cancelled,        ///< the caller, or a stop, ended it
  internal          ///< a fault of this program or of the other side: report it
};

/// The kind's name as written above; a static string.
std::string_view to_string(ErrorKind kind) noexcept;

/// One fault of one input. `field` is a JSON path ("extensions.replicas") or a parameter's name.
struct Fault {
  std::string field;
  std::string reason;

  friend bool operator==(const Fault&, const Fault&) = default;
};

/// An error as a value. `message` says what to change, for a person; programs look at `kind`, and at
/// `code` where a backend gave one: a word of the closed list in docs/architecture.md (UNAUTHENTICATED,
/// UNAUTHORIZED, QUOTA_EXCEEDED, RESOURCES_DEPLETED, DEPENDENCIES, CONFIGURATION_PROBLEM, RATE_LIMITED, RETRYABLE).
struct Error {
  ErrorKind kind = ErrorKind::internal;
  std::string message;
  std::vector<Fault> faults;
  std::string cause;  ///< the lower floor's words, for the log; never shown to an API's caller
  std::string code;   ///< empty where no backend is at fault, but for a tenant's own quota
  std::optional<std::chrono::milliseconds> retry_after;
  bool from_backend = false;  ///< the fault is a backend's, not this program's and not the caller's
};

inline Error make_error(ErrorKind kind, std::string message) {
  Error error;
  error.kind = kind;
  error.message = std::move(message);
  return error;
}

/// A value or an Error, with std::expected's names (which this compiler floor lacks). Reading the side that is
/// not there is undefined, as in std::expected: ask first.
template <class T>
class [[nodiscard]] Result {
 public:
  using value_type = T;

  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

  [[nodiscard]] bool has_value() const noexcept { return state_.index() == 0; }
  explicit operator bool() const noexcept { return has_value(); }

  T& value() & { return *std::get_if<0>(&state_); }
  const T& value() const& { return *std::get_if<0>(&state_); }
  T&& value() && { return std::move(*std::get_if<0>(&state_)); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return std::get_if<0>(&state_); }
  const T* operator->() const { return std::get_if<0>(&state_); }

  Error& error() & { return *std::get_if<1>(&state_); }
  const Error& error() const& { return *std::get_if<1>(&state_); }
  Error&& error() && { return std::move(*std::get_if<1>(&state_)); }

  T value_or(T other) const& { return has_value() ? value() : std::move(other); }

 private:
  std::variant<T, Error> state_;
};

/// Success without a value.
template <>
class [[nodiscard]] Result<void> {
 public:
  using value_type = void;

  Result() = default;
  Result(Error error) : error_(std::move(error)) {}

  [[nodiscard]] bool has_value() const noexcept { return !error_.has_value(); }
  explicit operator bool() const noexcept { return has_value(); }

  Error& error() & { return *error_; }
  const Error& error() const& { return *error_; }
  Error&& error() && { return std::move(*error_); }

 private:
  std::optional<Error> error_;
};

}  // namespace netweave
