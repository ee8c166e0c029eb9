#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "api/call.hpp"

namespace netweave::api {

using CallHandler = std::function<void(const CallRef&)>;

/// Paths and methods to handlers. Filled before it is used; then immutable.
class Router {
 public:
  /// `path` is a template: "/o2ims/v1/resources/{id}". A part in braces takes one segment that is not empty.
  void add(std::string_view method, std::string path, CallHandler handler);

  /// Finds the handler and calls it, or answers 400, 404, 405 or OPTIONS itself. GET serves HEAD too.
  void dispatch(const CallRef& call) const;

  /// All templates with their methods: what metrics and documents name.
  struct Route {
    std::string path;
    std::vector<std::string> segments;
    std::string version;  ///< the segment that names one; empty: none does
    std::vector<std::pair<std::string, CallHandler>> methods;
  };
  [[nodiscard]] const std::vector<Route>& routes() const noexcept { return routes_; }

 private:
  std::vector<Route> routes_;
};

}  // namespace netweave::api
