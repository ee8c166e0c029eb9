#include "limits/lessee.hpp"

#include <algorithm>

namespace netweave::limits {
namespace {

using namespace std::chrono_literals;

constexpr auto beat = 20ms;
constexpr std::size_t most_kept = 65536;
constexpr std::size_t at_once = 500;  // buckets in a round trip
constexpr double trips_per_request = 1.0 / 100;
constexpr double trips_per_second = 2;
constexpr double most_saved = 5;                                  // so that who was quiet is in step at once
constexpr Nanos pause = std::chrono::nanoseconds(500ms).count();  // after a failure

}  // namespace

Lessee::Lessee(Context context) : context_(std::move(context)), budget_(most_saved), looked_(context_.now()) {}

void Lessee::start() {
  members_ = std::max(1U, context_.members());
  thread_ = std::jthread([this](const std::stop_token& stop) { work(stop); });
}

void Lessee::keep(std::shared_ptr<Bucket> bucket) {
  {
    std::lock_guard lock(mutex_);
    if (kept_ >= most_kept) return bucket->doze();
    ++kept_;
    fresh_.push_back(std::move(bucket));
  }
  timer_.notify_one();
}

void Lessee::work(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    {
      std::unique_lock lock(mutex_);
      // nothing to keep in step: all that may change is how many we are
      if (awake_.empty()) timer_.wait_for(lock, stop, 1s, [&] { return !fresh_.empty(); });
      timer_.wait_for(lock, stop, beat, [] { return false; });
    }
    if (!stop.stop_requested()) round();
  }
}

void Lessee::round() {
  members_ = std::max(1U, context_.members());
  {
    std::lock_guard lock(mutex_);
    awake_.insert(awake_.end(), fresh_.begin(), fresh_.end());
    fresh_.clear();
  }
  if (due(context_.now()) && !awake_.empty()) exchange(std::min(awake_.size(), at_once));
}

bool Lessee::due(Nanos now) {
  auto requests = static_cast<double>(requests_.exchange(0, std::memory_order_relaxed));
  double seconds = static_cast<double>(now - looked_) / 1e9;
  looked_ = now;
  budget_ = std::min(most_saved, budget_ + requests * trips_per_request + seconds * trips_per_second);
  return budget_ >= 1 && now >= not_before_;
}

/// With those that were asked for most: it is they that matter, and the others' turn comes.
void Lessee::exchange(std::size_t count) {
  auto middle = awake_.begin() + static_cast<std::ptrdiff_t>(count);
  if (count < awake_.size())
    std::nth_element(awake_.begin(), middle, awake_.end(),
                     [](const auto& a, const auto& b) { return a->asked() > b->asked(); });
  if (cut_off()) forgive();
  std::vector<store::Draw> draws;
  for (auto bucket = awake_.begin(); bucket != middle; ++bucket) draws.push_back((*bucket)->draw());
  budget_ -= 1;
  round_trips_.fetch_add(1, std::memory_order_relaxed);
  auto drawn = context_.store.draw(draws);
  if (!drawn) return lose_touch(drawn.error());
  if (cut_off_.exchange(false)) {
    forgive();
    context_.log.info("rate limits are shared with the fleet again");
  }
  settle(*drawn);
}

/// What was spent while the store was away came out of our own share: it is no debt.
void Lessee::forgive() {
  for (const auto& bucket : awake_) bucket->forgive();
}

void Lessee::settle(const std::vector<store::Drawn>& drawn) {
  Nanos now = context_.now();
  std::size_t kept = 0;
  for (std::size_t i = 0; i < awake_.size(); ++i) {
    bool idle = false;
    if (i < drawn.size()) {
      awake_[i]->settle(drawn[i], now, members());
      idle = !awake_[i]->wanted() && awake_[i]->rest();
    }
    if (!idle) std::swap(awake_[kept++], awake_[i]);
  }
  {
    std::lock_guard lock(mutex_);
    kept_ -= awake_.size() - kept;
  }
  awake_.resize(kept);
}

/// What was told is lost with the answer: it was spent from our own share, as all will be until the store is back.
void Lessee::lose_touch(const Error& error) {
  not_before_ = context_.now() + pause;
  if (cut_off_.exchange(true)) return;
  context_.log.warn("rate limits are local: the buckets that the fleet shares can't be reached",
                    {{"members", std::to_string(members())}, {"error", error.message}});
}

void Lessee::stop() {
  if (!thread_.joinable()) return;
  thread_.request_stop();
  thread_.join();
  if (cut_off() || awake_.empty()) return;
  std::vector<store::Draw> draws;
  for (const auto& bucket : awake_) draws.push_back(bucket->draw(true));
  static_cast<void>(context_.store.draw(draws));
}

}  // namespace netweave::limits
