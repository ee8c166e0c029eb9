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

#include "adapters/ledger.hpp"
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
  bool observed = false;    ///< by this gateway; else by another, of which the log tells
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
  /// Whether the write of that intent is under way, here or in another gateway that lives. Any thread.
  std::function<bool(const Intent& intent)> in_flight;
  std::string member{};                    ///< this gateway's name among those that share the store
  std::vector<AssignmentConfig> assign{};  ///< of all adapters
};

/// One adapter at work: its thread, its feed, its status. Adapters come and go with their host. Of the gateways that
/// share a store one observes a backend; the others follow what it writes to the log, and know of the backend what that
/// says.
class Host {
 public:
  Host(AdapterConfig config, std::unique_ptr<ims::Adapter> adapter, HostContext context);
  /// As `stop`.
  ~Host();

  /// Begins to observe; under a fence, where others could. After `stop`, or when it has ended, it may begin again.
  void start(std::optional<store::Fence> fence = {});
  /// Asks `observe` to return; from then on another gateway's word counts.
  void request_stop();
  /// Whether `observe` has returned.
  [[nodiscard]] bool ended() const { return !running_; }
  /// Both, and waits for it. Blocks.
  void stop();
  /// Another gateway observes.
  void follow();

  [[nodiscard]] const AdapterConfig& config() const noexcept { return config_; }
  [[nodiscard]] const Source& source() const noexcept { return source_; }
  [[nodiscard]] ims::Adapter& adapter() noexcept { return *adapter_; }
  [[nodiscard]] const ims::Adapter& adapter() const noexcept { return *adapter_; }
  [[nodiscard]] AdapterStatus status() const;
  [[nodiscard]] bool can(Kind kind, ims::Operation operation) const;
  /// Blocks until the first full list is in, or the deadline.
  bool wait_synced(std::chrono::steady_clock::time_point deadline) const;

 private:
  void work(const std::optional<store::Fence>& fence, std::stop_token stop);
  [[nodiscard]] Millis checkpoint_time() const;
  void alive(bool synced);
  void failed(const Error& error);

  AdapterConfig config_;
  Source source_;
  std::unique_ptr<ims::Adapter> adapter_;
  HostContext context_;
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  AdapterStatus status_;
  bool follows_ = false;
  std::atomic<bool> running_{false};
  std::jthread thread_;
};

}  // namespace netweave::adapters
