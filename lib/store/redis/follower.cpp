#include "store/redis/follower.hpp"

#include <algorithm>

namespace netweave::store::redis {
namespace {

using namespace std::chrono_literals;
constexpr std::chrono::milliseconds look_again = 1s;

}  // namespace

void Follower::start() {
  thread_ = std::jthread([this](const std::stop_token& stop) { follow(stop); });
}

void Follower::stop() {
  thread_.request_stop();
  journal_.server().interrupt.raise();
  if (thread_.joinable()) thread_.join();
}

void Follower::follow(const std::stop_token& stop) {
  std::chrono::milliseconds pause = 10ms;
  while (!stop.stop_requested()) {
    if (!journal_.history().wait_begun(stop)) return;
    auto fault = keep_up();
    if (!fault) {
      pause = 10ms;
      continue;
    }
    connection_.reset();
    if (fault->kind == ErrorKind::precondition) continue;  // until somebody loads
    if (!journal_.server().interrupt.pause(pause)) return;
    pause = std::min(pause * 2, look_again);
  }
}

std::optional<Error> Follower::keep_up() {
  auto fault = journal_.catch_up();
  bool unreadable = fault && fault->kind == ErrorKind::internal;
  journal_.history().set_fault(unreadable ? fault : std::nullopt);
  if (fault) return fault;
  // what a commit left behind whose replicas were too slow
  if (journal_.unacknowledged() && journal_.server().options.wait_replicas > 0)
    if (journal_.acknowledge(journal_.history().seen().epoch)) return wait_for_more();
  return wait_for_more();
}

std::optional<Error> Follower::wait_for_more() {
  if (!connection_) {
    auto made = journal_.server().pool.dial();
    if (!made) return std::move(made).error();
    connection_.emplace(std::move(*made));
  }
  Seen seen = journal_.history().seen();
  Command read("XREAD");
  read.add("COUNT").add("1").add("BLOCK").add(static_cast<std::uint64_t>(look_again.count())).add("STREAMS");
  read.add(journal_.server().keys.acked(seen.epoch)).add(std::to_string(seen.revision) + "-0");
  auto more = connection_->call(read, look_again);
  return more ? std::nullopt : std::optional(std::move(more).error());
}

}  // namespace netweave::store::redis
