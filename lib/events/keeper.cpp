#include "events/keeper.hpp"

#include <algorithm>
#include <chrono>
#include <utility>
#include <vector>

#include "events/dead_letters.hpp"

namespace netweave::events {
namespace {

constexpr auto batch_time = std::chrono::milliseconds(50);
constexpr auto retry_time = std::chrono::milliseconds(500);

}  // namespace

Keeper::Keeper(store::Positions& positions, store::Streams& streams, Log log)
    : positions_(positions), streams_(streams), log_(std::move(log)) {}

Keeper::~Keeper() { stop(); }

void Keeper::start() {
  thread_ = std::jthread([this](std::stop_token stop) { work(std::move(stop)); });
}

void Keeper::stop() {
  if (!thread_.joinable()) return;
  thread_.request_stop();
  thread_.join();
}

void Keeper::abandon() {
  {
    std::lock_guard lock(mutex_);
    abandoned_ = true;
  }
  stop();
}

/// Of a batch only the first wakes the writer, which gathers the rest without being told. (Measured with 64
/// subscriptions on one core: a wake for each took a sixth of the time of delivering.)
void Keeper::keep(store::Position position, const std::optional<store::Fence>& fence) {
  bool first = false;
  {
    std::lock_guard lock(mutex_);
    first = next_.empty();
    std::string reader = position.reader;
    next_.positions[std::move(reader)] = {std::move(position), fence};
  }
  if (first) changed_.notify_one();
}

void Keeper::bury(std::string stream, std::string bytes, Millis time, const std::optional<store::Fence>& fence) {
  {
    std::lock_guard lock(mutex_);
    ++unwritten_[stream];
    next_.letters.push_back({std::move(stream), std::move(bytes), time, fence});
  }
  changed_.notify_one();
}

void Keeper::forget(const std::string& reader, const std::string& stream) {
  {
    std::lock_guard lock(mutex_);
    next_.positions.erase(reader);
    std::erase_if(next_.letters, [&](const Letter& letter) { return letter.stream == stream; });
    next_.forgotten[reader] = stream;
    unwritten_.erase(stream);
  }
  changed_.notify_one();
}

bool Keeper::settled(const std::string& lease) const {
  std::lock_guard lock(mutex_);
  auto under = [&](const std::optional<store::Fence>& fence) { return fence && fence->lease == lease; };
  return !writing_.contains(lease) &&
         std::ranges::none_of(next_.letters, [&](const Letter& letter) { return under(letter.fence); }) &&
         std::ranges::none_of(next_.positions, [&](const auto& kept) { return under(kept.second.fence); });
}

bool Keeper::is_written(const std::string& stream) const {
  std::lock_guard lock(mutex_);
  return !unwritten_.contains(stream);
}

void Keeper::work(std::stop_token stop) {
  while (true) {
    Batch batch;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, stop, [&] { return !next_.empty(); });
      // gathers what comes along within the batch's time
      if (!stop.stop_requested()) changed_.wait_for(lock, stop, batch_time, [] { return false; });
      if (abandoned_) return;
      batch = std::exchange(next_, Batch());
      for (const auto& [reader, kept] : batch.positions)
        if (kept.fence) writing_.insert(kept.fence->lease);
      for (const Letter& letter : batch.letters)
        if (letter.fence) writing_.insert(letter.fence->lease);
    }
    bool last = stop.stop_requested();
    if (write(batch)) {
      std::lock_guard lock(mutex_);
      writing_.clear();
      if (last) return;
      continue;
    }
    if (last) {
      log_.error("positions of subscriptions could not be written before the end");
      return;
    }
    put_back(std::move(batch));
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, stop, retry_time, [] { return false; });
  }
}

/// False where something is left in the batch.
bool Keeper::write(Batch& batch) {
  while (!batch.forgotten.empty()) {
    const auto& [reader, stream] = *batch.forgotten.begin();
    if (!positions_.remove({reader}) || !streams_.trim(stream, UINT64_MAX)) return false;
    batch.forgotten.erase(batch.forgotten.begin());
  }
  while (!batch.letters.empty()) {
    Letter& letter = batch.letters.front();
    if (!write_letter(letter)) return false;
    {
      std::lock_guard lock(mutex_);
      auto place = unwritten_.find(letter.stream);
      if (place != unwritten_.end() && --place->second == 0) unwritten_.erase(place);
    }
    batch.letters.pop_front();
  }
  if (batch.positions.empty()) return true;
  return write_positions(batch.positions);
}

bool Keeper::write_letter(const Letter& letter) {
  std::vector<store::Fence> fences;
  if (letter.fence) fences.push_back(*letter.fence);
  auto appended = streams_.append(letter.stream, letter.bytes, letter.time, fences);
  if (appended) {
    if (*appended > max_records) static_cast<void>(streams_.trim(letter.stream, *appended - max_records));
    return true;
  }
  if (letter.fence && appended.error().kind == ErrorKind::denied) {
    log_.info("a dead letter of a lost lease is dropped", {{"lease", letter.fence->lease}});
    return true;
  }
  log_.warn("a dead letter can't be written", {{"error", appended.error().message}});
  return false;
}

/// Under all their fences at once, which is the rule; where one of those is lost, lease by lease.
bool Keeper::write_positions(const Positions& positions) {
  auto written = write_at_once(positions);
  if (!written && written.error().kind == ErrorKind::denied) return write_by_lease(positions);
  if (!written) log_.warn("positions can't be written", {{"error", written.error().message}});
  return written.has_value();
}

Result<void> Keeper::write_at_once(const Positions& positions) {
  std::vector<store::Position> all;
  std::vector<store::Fence> fences;
  std::set<std::pair<std::string, std::uint64_t>> known;
  all.reserve(positions.size());
  for (const auto& [reader, kept] : positions) {
    all.push_back(kept.position);
    if (kept.fence && known.emplace(kept.fence->lease, kept.fence->token).second) fences.push_back(*kept.fence);
  }
  return positions_.write(all, fences);
}

bool Keeper::write_by_lease(const Positions& positions) {
  std::map<std::pair<std::string, std::uint64_t>, Positions> by_lease;
  for (const auto& [reader, kept] : positions) {
    std::pair<std::string, std::uint64_t> lease;
    if (kept.fence) lease = {kept.fence->lease, kept.fence->token};
    by_lease[lease].emplace(reader, kept);
  }
  bool all = true;
  for (const auto& [lease, theirs] : by_lease) {
    auto written = write_at_once(theirs);
    if (!written && written.error().kind == ErrorKind::denied)
      log_.info("positions of a lost lease are dropped", {{"lease", lease.first}});
    else if (!written)
      all = false;
  }
  return all;
}

/// Before what has come since.
void Keeper::put_back(Batch batch) {
  std::lock_guard lock(mutex_);
  for (auto& [reader, stream] : next_.forgotten) {
    batch.positions.erase(reader);
    std::erase_if(batch.letters, [&, &name = stream](const Letter& letter) { return letter.stream == name; });
  }
  writing_.clear();
  next_.forgotten.merge(batch.forgotten);
  next_.positions.merge(batch.positions);
  next_.letters.insert(next_.letters.begin(), std::make_move_iterator(batch.letters.begin()),
                       std::make_move_iterator(batch.letters.end()));
}

}  // namespace netweave::events
