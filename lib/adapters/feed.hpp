#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <set>

#include "adapters/host.hpp"

namespace netweave::adapters {

class HostPass;

/// The Feed that a host gives its adapter.
class HostFeed final : public ims::Feed {
 public:
  struct Hooks {
    std::function<void(bool synced)> alive;
    std::function<void(const Error&)> failed;
  };
  /// What it feeds is committed only while the log is in the epoch that it is in now and, with a fence, while that
  /// holds.
  HostFeed(const Source& source, const HostContext& context, Hooks hooks, std::optional<store::Fence> fence = {});
  /// Waits until what it queued is committed or dropped.
  ~HostFeed() override;

  std::vector<ims::Observed> last_objects() override;
  std::string last_checkpoint() override;
  std::optional<ims::Observed> last_object(Kind kind, const std::string& id) override;
  std::unique_ptr<ims::Pass> begin(std::vector<Kind> kinds) override;
  Result<void> upsert(ims::Observed observed) override;
  Result<void> remove(Kind kind, std::string id, std::string uid) override;
  Result<void> checkpoint(std::string checkpoint) override;
  void alive() override;
  void failed(Error error) override;

  /// Runs a step and waits, unless the writer is the one that calls.
  Result<void> run(state::Step step);
  /// Queues a step and returns.
  Result<void> queue(state::Step step);

  [[nodiscard]] const Source& source() const noexcept { return source_; }
  [[nodiscard]] const HostContext& context() const noexcept { return context_; }

 private:
  friend class HostPass;
  [[nodiscard]] state::Step guarded(state::Step step) const;
  /// Blocks until what was queued is committed or dropped.
  void settle();
  /// What is queued and not yet answered; shared, since answers may come after the feed is gone.
  struct Flight;

  const Source& source_;
  const HostContext& context_;
  Hooks hooks_;
  const std::optional<store::Fence> fence_;
  const std::string epoch_;      // of the log that it began on
  std::atomic<Millis> told_{0};  // when the log was last told that the backend lives
  std::shared_ptr<Flight> flight_;
  std::mutex passes_mutex_;
  std::set<HostPass*> passes_;  // begun and not ended
};

}  // namespace netweave::adapters
