#include "store/redis/history.hpp"

#include <algorithm>
#include <iterator>

namespace netweave::store::redis {

void History::begin(Seen seen, Revision oldest) {
  {
    std::lock_guard lock(mutex_);
    recent_.begin(oldest, seen.revision);
    recent_.set_broken(false);
    seen_ = std::move(seen);
    ended_ = false;
  }
  begun_.notify_all();
}

Seen History::seen() const {
  std::lock_guard lock(mutex_);
  return seen_;
}

void History::end(const std::string& from, const std::string& epoch) {
  std::lock_guard lock(mutex_);
  if (seen_.epoch != from) return;
  seen_.epoch = epoch;
  ended_ = true;
  recent_.set_broken(true);
}

bool History::end_at(const Seen& seen) {
  std::lock_guard lock(mutex_);
  if (seen_.epoch != seen.epoch || seen_.revision != seen.revision) return ended_;
  ended_ = true;
  recent_.set_broken(true);
  return true;
}

bool History::ended() const {
  std::lock_guard lock(mutex_);
  return ended_;
}

bool History::wait_begun(std::stop_token stop) const {
  std::unique_lock lock(mutex_);
  return begun_.wait(lock, stop, [&] { return !ended_; });
}

void History::set_fault(std::optional<Error> fault) {
  std::lock_guard lock(mutex_);
  fault_ = std::move(fault);
}

std::optional<Error> History::fault() const {
  std::lock_guard lock(mutex_);
  return fault_;
}

bool History::append(const std::string& epoch, std::vector<LogEntry> entries) {
  std::lock_guard lock(mutex_);
  if (ended_ || seen_.epoch != epoch) return true;  // they are of a history that nobody follows
  auto first = std::find_if(entries.begin(), entries.end(),
                            [&](const LogEntry& each) { return each.entry.revision > seen_.revision; });
  std::vector<Entry> fresh;
  for (; first != entries.end(); ++first) {
    if (first->entry.revision != seen_.revision + 1 || first->previous != seen_.commit) break;
    seen_.revision = first->entry.revision;
    seen_.commit = std::move(first->commit);
    fresh.push_back(std::move(first->entry));
  }
  recent_.append(std::move(fresh));
  return first == entries.end();
}

}  // namespace netweave::store::redis
