#pragma once

#include <memory>
#include <string>
#include <thread>

#include "netweave/adapter/ims.hpp"

#include "integration/kubernetes/recording_feed.hpp"
#include "transport/http_client.hpp"

/// The real API server that tests/backends/with-kube started, and its administrator.
class Cluster {
 public:
  Cluster();
  /// Removes what other tests left.
  void clear();
  /// The answer's body; fails the test on an error status.
  std::string call(const std::string& method, const std::string& path, const std::string& body = {});
  bool has(const std::string& path);
  void create_node(const std::string& name, const std::string& labels = {}, const std::string& annotations = {});
  void patch_node(const std::string& name, const std::string& merge_patch);
  void delete_node(const std::string& name);
  std::string node(const std::string& name);

  /// with-kube's control: stop, start, compact, capi, nodes?...
  void control(const std::string& action);
  /// A file of with-kube's server: "reader.kubeconfig".
  [[nodiscard]] std::string file(const std::string& name) const;
  [[nodiscard]] std::string url() const;

 private:
  netweave::transport::HttpClient http_;
};

netweave::ims::AdapterSettings settings_for(const Cluster& cluster, const std::string& identity,
                                            const std::string& more_config = {});
std::unique_ptr<netweave::ims::Adapter> make_adapter(const Cluster& cluster,
                                                     const std::string& identity = "admin-token",
                                                     const std::string& more_config = {});

/// An adapter that observes into a feed, on a thread of its own until `stop`.
class Observation {
 public:
  Observation(netweave::ims::Adapter& adapter, RecordingFeed& feed)
      : thread_([&adapter, &feed](const std::stop_token& stop) { adapter.observe(feed, stop); }) {}
  void stop() {
    thread_.request_stop();
    if (thread_.joinable()) thread_.join();
  }

 private:
  std::jthread thread_;
};
