#pragma once

#include <atomic>
#include <functional>
#include <stop_token>
#include <string>
#include <string_view>

#include "netweave/result.hpp"

#include "adapters/ims/kubernetes/api_client.hpp"
#include "adapters/ims/kubernetes/collections.hpp"
#include "adapters/ims/kubernetes/json.hpp"

namespace netweave::ims::kubernetes {

/// Kubernetes' two ways of reading a collection. Blocks; any thread, each call for itself. An error of kind
/// `precondition` means 410 Gone: what was asked for is too old, a new full list is needed.
class ListWatch {
 public:
  /// Keeps references.
  ListWatch(ApiClient& api, const Settings& settings) : api_(api), settings_(settings) {}

  /// Reads the whole collection and gives each object to `item`, on the calling thread, while the rest arrives: in
  /// pages, or as a stream of events where the settings say so and the server has it. The resourceVersion it
  /// stands for. On an error some objects were given already: they are worth nothing.
  Result<std::string> list(const std::string& path, const std::function<void(const Json&)>& item,
                           const std::stop_token& stop);

  struct Handlers {
    std::function<void()> open;  ///< the server accepted the watch
    /// ADDED, MODIFIED, DELETED, or BOOKMARK (whose object has a resourceVersion alone). False ends the watch.
    std::function<bool(std::string_view type, const Json& object)> event;
  };
  /// Follows the collection from a resourceVersion on. A success: the server ended it as agreed, or a handler did.
  Result<void> watch(const std::string& path, const std::string& revision, const Handlers& handlers,
                     const std::stop_token& stop);

  /// For tests and measurements: whether the last list was streamed.
  [[nodiscard]] bool streamed() const { return streamed_; }

 private:
  Result<std::string> list_streamed(const std::string& path, const std::function<void(const Json&)>& item,
                                    const std::stop_token& stop);
  Result<std::string> list_in_pages(const std::string& path, const std::function<void(const Json&)>& item,
                                    const std::stop_token& stop);
  struct Page {
    std::string revision;
    std::string next;  ///< continue token; empty: the last
  };
  Result<Page> page(const std::string& target, const std::function<void(const Json&)>& item,
                    const std::stop_token& stop);
  Result<void> events(const std::string& target, std::chrono::milliseconds idle, const Handlers& handlers,
                      const std::stop_token& stop);

  ApiClient& api_;
  const Settings& settings_;
  std::atomic<bool> can_stream_ = true;    // until the server says otherwise
  std::atomic<bool> whole_lists_ = false;  // after a page expired: the next list is not cut
  std::atomic<bool> streamed_ = false;
};

}  // namespace netweave::ims::kubernetes
