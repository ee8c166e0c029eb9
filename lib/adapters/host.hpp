#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "netweave/adapter/ims.hpp"
#include "netweave/config.hpp"

#include "adapters/reconcile.hpp"
#include "base/log.hpp"
#include "state/writer.hpp"

namespace netweave::adapters {

/// How an adapter is doing, for /readyz, /features and the metrics.
struct AdapterStatus {
  std::string name;
  std::string type;
  AdapterMode mode = AdapterMode::manage;
  bool synced = false;      ///< its first full list is in the inventory
  bool failed = false;      ///< the backend can't be observed at present
  Millis last_contact = 0;  ///< when what is known was last current; 0: never in this run
  std::string error;        ///< while failed
};

/// What a host stands on.
struct HostContext {
  store::Log& log;
  const state::State& state;
  state::Writer& writer;
  std::string o_cloud_id;
  Clock clock;
  Log logger;
  /// Whether the write of that client token is under way in this process. Any thread.
  std::function<bool(const std::string& token)> in_flight;
};

/// One adapter at work: its thread, its feed, its status. Adapters come and go with their host.
class Host {
 public:
  Host(AdapterConfig config, std::unique_ptr<ims::Adapter> adapter, HostContext context);
  /// As `stop`.
  ~Host();

  void start();
  /// Blocks until `observe` has returned.
  void stop();

  [[nodiscard]] const AdapterConfig& config() const noexcept { return config_; }
  [[nodiscard]] const Source& source() const noexcept { return source_; }
  [[nodiscard]] ims::Adapter& adapter() noexcept { return *adapter_; }
  [[nodiscard]] const ims::Adapter& adapter() const noexcept { return *adapter_; }
  [[nodiscard]] AdapterStatus status() const;
  [[nodiscard]] bool can(Kind kind, ims::Operation operation) const;
  /// Blocks until the first full list is in, or the deadline.
  bool wait_synced(std::chrono::steady_clock::time_point deadline) const;

 private:
  void work(std::stop_token stop);
  void alive(bool synced);
  void failed(const Error& error);

  AdapterConfig config_;
  Source source_;
  std::unique_ptr<ims::Adapter> adapter_;
  HostContext context_;
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  AdapterStatus status_;
  std::jthread thread_;
};

}  // namespace netweave::adapters
