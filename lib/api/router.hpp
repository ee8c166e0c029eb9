#pragma once

#include <array>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "api/call.hpp"
#include "api/guard.hpp"
#include "api/openapi/document.hpp"

namespace netweave::api {

using CallHandler = std::function<void(const CallRef&)>;

/// Who answers for what a request has wrong by the document.
enum class Faults {
  answered,  ///< the router, before the handler is called
  merged,    ///< the handler, together with what it finds itself: it must call `refuse`
  pointed    ///< the same, and faults of the body have a JSON pointer for a place
};

/// Handlers by the operationId that they serve.
class Handlers {
 public:
  struct Handler {
    std::string operation;
    CallHandler handle;
    Faults faults;
  };

  void add(std::string operation, CallHandler handle, Faults faults = Faults::answered) {
    all_.push_back({std::move(operation), std::move(handle), faults});
  }
  [[nodiscard]] const std::vector<Handler>& all() const noexcept { return all_; }

 private:
  std::vector<Handler> all_;
};

/// The document's paths and methods to handlers. Immutable; any thread.
class Router {
 public:
  using Serves = std::function<bool(const openapi::Operation& operation)>;

  /// There is a route for each operation of the document, or for those that it `serves`. Errors: an operation without a
  /// handler, a handler without an operation, two operations of one path and method. `document` and `guard` must
  /// outlive the router; without a guard everybody is let in.
  static Result<Router> make(const openapi::Document& document, const Handlers& handlers, const Guard* guard = nullptr,
                             const Serves& serves = {});

  /// Finds the handler and calls it, or answers 400, 404, 405, 415, 429 or OPTIONS itself. GET serves HEAD too.
  void dispatch(const CallRef& call) const;

 private:
  static constexpr std::size_t max_segments = 16;
  using Segments = std::array<std::string_view, max_segments>;
  static constexpr std::size_t none = static_cast<std::size_t>(-1);

  struct Method {
    const openapi::Operation* operation;
    CallHandler handle;
    Faults faults;
    std::size_t number;  ///< in the document
  };
  struct Route {
    std::string_view path;          ///< the template
    std::vector<std::size_t> open;  ///< which segments stand in braces
    std::vector<Method> methods;
    std::string allow;
  };
  /// One step of the paths: the segments that may come next.
  struct Node {
    std::vector<std::pair<std::string, std::size_t>> next;
    std::size_t open = none;  ///< after a segment in braces
    std::size_t route = none;
  };

  static bool split(std::string_view path, Segments& segments, std::size_t& count);
  Result<void> add(const openapi::Operation& operation, std::size_t number, const Handlers::Handler& handler);
  std::size_t step(std::size_t node, std::string_view segment);
  std::size_t find(std::size_t node, const Segments& segments, std::size_t at, std::size_t count) const;

  const Guard* guard_ = nullptr;
  std::string_view unmatched_ = "no such path: GET /o2ims lists what there is";
  std::vector<Route> routes_;
  std::vector<Node> nodes_{1};
};

}  // namespace netweave::api
