#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "netweave/adapter/ims.hpp"

/// What a feed was told, kept as the gateway keeps it: a pass applies its difference, older versions are dropped,
/// unchanged content is no event. Survives the feed, so that the next one can go on from it.
struct Memory {
  std::map<std::string, netweave::ims::Observed> objects;  // by id
  std::string checkpoint;
};

/// An object's content as text, for comparing.
std::string describe(const netweave::ims::Observed& observed);

class RecordingFeed final : public netweave::ims::Feed {
 public:
  explicit RecordingFeed(Memory memory = {}) : memory_(std::move(memory)) {}

  std::vector<netweave::ims::Observed> last_objects() override;
  std::string last_checkpoint() override;
  std::optional<netweave::ims::Observed> last_object(netweave::Kind kind, const std::string& id) override {
    for (netweave::ims::Observed& observed : last_objects())
      if (netweave::ims::kind_of(observed) == kind && netweave::ims::id_of(observed) == id) return std::move(observed);
    return std::nullopt;
  }
  std::unique_ptr<netweave::ims::Pass> begin(std::vector<netweave::Kind> kinds) override;
  netweave::Result<void> upsert(netweave::ims::Observed observed) override;
  netweave::Result<void> remove(netweave::Kind kind, std::string id, std::string uid) override;
  netweave::Result<void> checkpoint(std::string checkpoint) override;
  void alive() override;
  void failed(netweave::Error error) override;

  /// Waits for a condition on what was told, which runs under the lock. False: not within 30 s.
  bool wait(const std::function<bool(const RecordingFeed&)>& condition);
  bool wait_for(const std::string& id) {
    return wait([&](const RecordingFeed& f) { return f.memory_.objects.count(id) != 0; });
  }
  bool wait_gone(const std::string& id) {
    return wait([&](const RecordingFeed& f) { return f.memory_.objects.count(id) == 0; });
  }
  bool wait_passes(unsigned count) {
    return wait([&](const RecordingFeed& f) { return f.passes_ >= count; });
  }
  /// Waits until a resource or a pool is there and is as wanted.
  bool wait_resource(const std::string& id, const std::function<bool(const netweave::Resource&)>& wanted);
  bool wait_pool(const std::string& id, const std::function<bool(const netweave::ResourcePool&)>& wanted);

  // Inside `wait` conditions, and after the observation ended; else take a copy.
  Memory memory_;
  std::vector<std::string> events_;  // "created ID", "changed ID", "removed ID"
  std::vector<netweave::Error> failures_;
  unsigned passes_ = 0;
  unsigned alive_ = 0;

  Memory memory() const;
  std::vector<std::string> events() const;
  void clear_events();

 private:
  friend class RecordingPass;
  void apply(netweave::ims::Observed observed);

  mutable std::mutex mutex_;
  std::condition_variable changed_;
};
