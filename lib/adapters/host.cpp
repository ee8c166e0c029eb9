#include "adapters/host.hpp"

#include <algorithm>
#include <exception>

#include "adapters/feed.hpp"
#include "adapters/ledger.hpp"

namespace netweave::adapters {
namespace {

std::vector<Assignment> assignments_of(const std::string& adapter, const std::vector<AssignmentConfig>& all) {
  std::vector<Assignment> own;
  for (const AssignmentConfig& each : all)
    if (each.adapter.empty() || each.adapter == adapter) own.push_back({each.pool, each.labels, each.tenant});
  return own;
}

}  // namespace

Host::Host(AdapterConfig config, std::unique_ptr<ims::Adapter> adapter, HostContext context)
    : config_(std::move(config)),
      source_{config_.name, context.o_cloud_id, config_.visibility_grace, assignments_of(config_.name, context.assign),
              config_.tenant},
      adapter_(std::move(adapter)),
      context_(std::move(context)) {
  status_.name = config_.name;
  status_.type = config_.type;
  status_.mode = config_.mode;
}

Host::~Host() { stop(); }

/// What an earlier gateway saw of the backend counts: it is served while the backend is down, and is that old.
void Host::start(std::optional<store::Fence> fence) {
  stop();
  {
    std::lock_guard lock(mutex_);
    status_.last_contact = std::max(status_.last_contact, checkpoint_time());
    status_.synced = std::exchange(follows_, false) && status_.last_contact > 0;
    status_.failed = false;
    status_.error.clear();
  }
  running_ = true;
  thread_ = std::jthread([this, fence = std::move(fence)](std::stop_token stop) {
    work(fence, std::move(stop));
    running_ = false;
  });
}

void Host::request_stop() { thread_.request_stop(); }

void Host::stop() {
  request_stop();
  if (thread_.joinable()) thread_.join();
}

void Host::follow() {
  std::lock_guard lock(mutex_);
  follows_ = true;
}

/// When the backend was last seen, by the gateway that observes it; 0: never.
Millis Host::checkpoint_time() const {
  auto snapshot = context_.state.snapshot();
  const model::Object* object = snapshot->find(model::checkpoint, config_.name);
  return object == nullptr ? 0 : to_checkpoint(*object).time;
}

/// `observe` is to run until it is stopped. One that returns or throws is called again, later each time.
void Host::work(const std::optional<store::Fence>& fence, std::stop_token stop) {
  auto pause = std::chrono::milliseconds(100);
  while (!stop.stop_requested()) {
    std::string reason = "observe returned";
    try {
      HostFeed feed(source_, context_, {[this](bool synced) { alive(synced); }, [this](const Error& e) { failed(e); }},
                    fence);
      adapter_->observe(feed, stop);
    } catch (const std::exception& exception) {
      reason = exception.what();
    } catch (...) {
      reason = "an exception of unknown type";
    }
    if (stop.stop_requested()) return;
    failed(make_error(ErrorKind::internal, "the adapter ended: " + reason));
    std::unique_lock lock(mutex_);
    std::condition_variable_any timer;
    timer.wait_for(lock, stop, pause, [] { return false; });
    pause = std::min(pause * 2, std::chrono::milliseconds(30000));
  }
}

void Host::alive(bool synced) {
  {
    std::lock_guard lock(mutex_);
    status_.last_contact = to_millis(context_.clock());
    if (status_.failed) context_.logger.info("backend observed again", {{"adapter", config_.name}});
    status_.failed = false;
    status_.error.clear();
    status_.synced = status_.synced || synced;
  }
  changed_.notify_all();
}

void Host::failed(const Error& error) {
  std::lock_guard lock(mutex_);
  if (!status_.failed || status_.error != error.message)
    context_.logger.warn("backend can't be observed", {{"adapter", config_.name}, {"error", error.message}});
  status_.failed = true;
  status_.error = error.message;
}

AdapterStatus Host::status() const {
  std::lock_guard lock(mutex_);
  AdapterStatus status = status_;
  status.observed = !follows_;
  if (!follows_) return status;
  status.last_contact = checkpoint_time();
  status.synced = status.last_contact > 0;
  status.failed = false;
  status.error.clear();
  return status;
}

bool Host::can(Kind kind, ims::Operation operation) const {
  const auto capabilities = adapter_->info().capabilities;
  return std::any_of(capabilities.begin(), capabilities.end(), [&](const ims::Capability& capability) {
    return capability.kind == kind && capability.operation == operation;
  });
}

bool Host::wait_synced(std::chrono::steady_clock::time_point deadline) const {
  constexpr auto look_again = std::chrono::milliseconds(20);  // what another observes comes by the log
  while (!status().synced) {
    auto now = std::chrono::steady_clock::now();
    if (now >= deadline) return false;
    std::unique_lock lock(mutex_);
    changed_.wait_until(lock, std::min(deadline, now + look_again), [&] { return status_.synced; });
  }
  return true;
}

}  // namespace netweave::adapters
