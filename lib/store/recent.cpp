#include "store/recent.hpp"

#include <algorithm>
#include <iterator>

#include "store/commit_check.hpp"

namespace netweave::store {

void Recent::begin(Revision oldest, Revision head) {
  std::deque<Entry> dropped;  // freed after the lock: it may hold the last references
  std::lock_guard lock(mutex_);
  oldest_ = oldest;
  head_ = head;
  dropped.swap(entries_);
}

void Recent::set_broken(bool broken) {
  {
    std::lock_guard lock(mutex_);
    broken_ = broken;
  }
  if (broken) grown_.notify_all();
}

void Recent::append(std::vector<Entry> entries) {
  if (entries.empty()) return;
  std::deque<Entry> dropped;
  {
    std::lock_guard lock(mutex_);
    head_ = entries.back().revision;
    entries_.insert(entries_.end(), std::make_move_iterator(entries.begin()), std::make_move_iterator(entries.end()));
    for (; entries_.size() > capacity_; entries_.pop_front()) dropped.push_back(std::move(entries_.front()));
  }
  grown_.notify_all();
}

void Recent::forget(Revision upto) {
  std::deque<Entry> dropped;
  std::lock_guard lock(mutex_);
  oldest_ = std::max(oldest_, upto);
  for (; !entries_.empty() && entries_.front().revision <= oldest_; entries_.pop_front())
    dropped.push_back(std::move(entries_.front()));
}

Result<std::optional<std::vector<Entry>>> Recent::read(Revision after, std::size_t max) const {
  std::lock_guard lock(mutex_);
  if (after < oldest_ || after > head_) return trimmed(after, oldest_);
  Revision first = head_ - entries_.size();
  if (after < first) return std::optional<std::vector<Entry>>();
  auto begin = entries_.begin() + static_cast<std::ptrdiff_t>(after - first);
  auto count = std::min(max, static_cast<std::size_t>(entries_.end() - begin));
  return std::optional(std::vector<Entry>(begin, begin + static_cast<std::ptrdiff_t>(count)));
}

Revision Recent::wait(Revision after, std::chrono::steady_clock::time_point deadline, std::stop_token stop) const {
  std::unique_lock lock(mutex_);
  grown_.wait_until(lock, stop, deadline, [&] { return head_ > after || broken_; });
  return head_;
}

Revision Recent::head() const {
  std::lock_guard lock(mutex_);
  return head_;
}

Revision Recent::oldest() const {
  std::lock_guard lock(mutex_);
  return oldest_;
}

}  // namespace netweave::store
