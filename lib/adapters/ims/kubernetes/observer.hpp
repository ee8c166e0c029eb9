#pragma once

#include <chrono>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

#include "netweave/adapter/ims.hpp"

#include "adapters/ims/kubernetes/discovery.hpp"
#include "adapters/ims/kubernetes/inventory.hpp"
#include "adapters/ims/kubernetes/list_watch.hpp"

namespace netweave::ims::kubernetes {

/// Observes the cluster: one full list, then a watch on each collection, each on a thread of its own; all of them feed
/// under one lock, so that the order of each collection is the order of the feed. A watch that is too old (410) leads
/// to a new full list. Debounces what is derived from many objects to once a second.
class Observer {
 public:
  /// Keeps references.
  Observer(const Settings& settings, ApiClient& api, const LabelPools& label_pools);

  /// Blocks until `stop`. One thread.
  void run(Feed& feed, const std::vector<Observed>& last, const std::string& checkpoint, const std::stop_token& stop);

  /// The cluster's version as it was last seen; any thread.
  [[nodiscard]] std::string cluster_version() const;

 private:
  Result<void> prepare(Feed& feed, const std::vector<Observed>& last, const std::string& checkpoint,
                       const std::stop_token& stop);
  Result<void> full_list(Feed& feed, const std::stop_token& stop);
  [[nodiscard]] std::unique_ptr<Inventory> make_inventory() const;
  void watch_all(Feed& feed, const std::stop_token& stop);
  void watch_one(const Collection& collection, Feed& feed, const std::stop_token& stop);
  Result<void> watch_once(const Collection& collection, Feed& feed, const std::stop_token& stop);
  bool on_event(const Collection& collection, std::string_view type, const Json& object, Feed& feed,
                const std::stop_token& stop);
  void look_up_machine(const Json& node, const std::stop_token& stop);
  void look_again(const std::stop_token& stop);
  void watch_failed(const Collection& collection, const Error& error, Feed& feed);
  void watch_open(const Collection& collection, Feed& feed);
  bool tell(Changes& changes, Feed& feed);
  void tick(Feed& feed);
  void ask_for_list();
  [[nodiscard]] std::string checkpoint_text() const;
  [[nodiscard]] bool resumes(const std::string& checkpoint);

  const Settings& settings_;
  ApiClient& api_;
  const LabelPools& label_pools_;
  ListWatch list_watch_;

  mutable std::mutex mutex_;  // guards what follows, and every call of the feed while watches run
  std::condition_variable_any changed_;
  Discovery discovery_;
  std::vector<Collection> collections_;
  std::unique_ptr<Inventory> inventory_;
  std::map<std::string, std::string> revisions_;  // of each collection, by path: up to where it was fed
  std::set<std::string> failing_;                 // paths of the collections whose watch can't be had
  bool heard_ = false;                            // something arrived since the last tick
  bool list_wanted_ = false;
  std::string told_checkpoint_;
};

}  // namespace netweave::ims::kubernetes
