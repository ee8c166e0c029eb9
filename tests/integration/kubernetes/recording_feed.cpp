#include "integration/kubernetes/recording_feed.hpp"

#include <algorithm>
#include <chrono>
#include <set>

using namespace netweave;

namespace {

std::string number(const std::optional<double>& value) { return value ? std::to_string(*value) : "-"; }

struct Text {
  std::string operator()(const DeploymentManager& o) const {
    return o.name + "|" + o.service_uri + "|" + number(o.capacity.total_cpu) + "|" + number(o.capacity.available_cpu) +
           "|" + number(o.capacity.total_memory_mb) + "|" + o.extensions.to_json();
  }
  std::string operator()(const ResourcePool& o) const {
    return o.name + "|" + o.description + "|" + o.location + "|" + o.created_at + "|" + o.extensions.to_json();
  }
  std::string operator()(const ResourceType& o) const {
    return o.name + "|" + o.description + "|" + o.vendor + "|" + o.model + "|" + o.extensions.to_json();
  }
  std::string operator()(const Resource& o) const {
    return o.resource_type_id + "|" + o.resource_pool_id + "|" + o.global_asset_id + "|" + o.extensions.to_json();
  }
  // what no cluster tells of
  template <class Other>
  std::string operator()(const Other&) const {
    return {};
  }
};

}  // namespace

std::string describe(const ims::Observed& observed) { return std::visit(Text(), observed.object); }

class RecordingPass final : public ims::Pass {
 public:
  RecordingPass(RecordingFeed& feed, std::vector<Kind> kinds) : feed_(feed), kinds_(std::move(kinds)) {}

  void add(ims::Observed observed) override {
    std::string id(ims::id_of(observed));
    staged_[std::move(id)] = std::move(observed);
  }

  Result<void> commit(std::string checkpoint) override {
    std::lock_guard lock(feed_.mutex_);
    std::set<std::string> gone;
    for (const auto& [id, observed] : feed_.memory_.objects)
      if (staged_.count(id) == 0 && std::find(kinds_.begin(), kinds_.end(), ims::kind_of(observed)) != kinds_.end())
        gone.insert(id);
    for (auto& [id, observed] : staged_) feed_.apply(std::move(observed));
    for (const std::string& id : gone) {
      feed_.memory_.objects.erase(id);
      feed_.events_.push_back("removed " + id);
    }
    feed_.memory_.checkpoint = std::move(checkpoint);
    ++feed_.passes_;
    feed_.changed_.notify_all();
    return {};
  }

 private:
  RecordingFeed& feed_;
  std::vector<Kind> kinds_;
  std::map<std::string, ims::Observed> staged_;
};

std::vector<ims::Observed> RecordingFeed::last_objects() {
  std::lock_guard lock(mutex_);
  std::vector<ims::Observed> out;
  for (const auto& [id, observed] : memory_.objects) out.push_back(observed);
  return out;
}

std::string RecordingFeed::last_checkpoint() {
  std::lock_guard lock(mutex_);
  return memory_.checkpoint;
}

std::unique_ptr<ims::Pass> RecordingFeed::begin(std::vector<Kind> kinds) {
  return std::make_unique<RecordingPass>(*this, std::move(kinds));
}

void RecordingFeed::apply(ims::Observed observed) {
  std::string id(ims::id_of(observed));
  auto known = memory_.objects.find(id);
  if (known == memory_.objects.end()) {
    events_.push_back("created " + id);
    memory_.objects[id] = std::move(observed);
    return;
  }
  if (observed.version < known->second.version) return;
  bool another = observed.uid != known->second.uid;
  if (another) events_.push_back("removed " + id);
  if (another || describe(observed) != describe(known->second))
    events_.push_back((another ? "created " : "changed ") + id);
  known->second = std::move(observed);
}

Result<void> RecordingFeed::upsert(ims::Observed observed) {
  std::lock_guard lock(mutex_);
  apply(std::move(observed));
  changed_.notify_all();
  return {};
}

Result<void> RecordingFeed::remove(Kind, std::string id, std::string uid) {
  std::lock_guard lock(mutex_);
  auto known = memory_.objects.find(id);
  if (known == memory_.objects.end() || (!uid.empty() && known->second.uid != uid)) return {};
  memory_.objects.erase(known);
  events_.push_back("removed " + id);
  changed_.notify_all();
  return {};
}

Result<void> RecordingFeed::checkpoint(std::string checkpoint) {
  std::lock_guard lock(mutex_);
  memory_.checkpoint = std::move(checkpoint);
  changed_.notify_all();
  return {};
}

void RecordingFeed::alive() {
  std::lock_guard lock(mutex_);
  ++alive_;
  changed_.notify_all();
}

void RecordingFeed::failed(Error error) {
  std::lock_guard lock(mutex_);
  failures_.push_back(std::move(error));
  changed_.notify_all();
}

bool RecordingFeed::wait(const std::function<bool(const RecordingFeed&)>& condition) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, std::chrono::seconds(30), [&] { return condition(*this); });
}

bool RecordingFeed::wait_resource(const std::string& id, const std::function<bool(const Resource&)>& wanted) {
  return wait([&](const RecordingFeed& feed) {
    auto found = feed.memory_.objects.find(id);
    return found != feed.memory_.objects.end() && wanted(std::get<Resource>(found->second.object));
  });
}

bool RecordingFeed::wait_pool(const std::string& id, const std::function<bool(const ResourcePool&)>& wanted) {
  return wait([&](const RecordingFeed& feed) {
    auto found = feed.memory_.objects.find(id);
    return found != feed.memory_.objects.end() && wanted(std::get<ResourcePool>(found->second.object));
  });
}

Memory RecordingFeed::memory() const {
  std::lock_guard lock(mutex_);
  return memory_;
}

std::vector<std::string> RecordingFeed::events() const {
  std::lock_guard lock(mutex_);
  return events_;
}

void RecordingFeed::clear_events() {
  std::lock_guard lock(mutex_);
  events_.clear();
}
