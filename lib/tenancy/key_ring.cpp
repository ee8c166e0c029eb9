#include "tenancy/key_ring.hpp"

#include <algorithm>
#include <utility>

namespace netweave::tenancy {

KeyRing::KeyRing(KeySource source, Log log, Pace pace)
    : source_(std::move(source)),
      log_(std::move(log)),
      pace_(pace),
      retry_(pace.first_retry),
      thread_([this](const std::stop_token& stop) { run(stop); }) {}

void KeyRing::stop() {
  thread_.request_stop();
  if (thread_.joinable()) thread_.join();
}

KeyRing::Keys KeyRing::keys() const {
  std::lock_guard lock(mutex_);
  return keys_;
}

void KeyRing::renew(const Keys& lacking, Answer answer) {
  std::unique_lock lock(mutex_);
  bool waits = !ended_ && keys_ == lacking && (under_way_ || Steady::now() >= last_end_ + pace_.between_renewals);
  if (waits && waiting_.size() < pace_.max_waiting) {
    under_way_ = true;
    waiting_.push_back(std::move(answer));
    changed_.notify_all();
    return;
  }
  Result<Keys> result = waits ? make_error(ErrorKind::unavailable, "too many wait for keys") : outcome();
  lock.unlock();
  answer(std::move(result));
}

Result<KeyRing::Keys> KeyRing::outcome() const {
  if (fault_.empty()) return keys_;
  Error error = make_error(ErrorKind::unavailable, "The keys of the token's issuer can't be had at present.");
  error.cause = fault_;
  error.retry_after = pace_.between_renewals;
  return error;
}

void KeyRing::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    Result<KeyText> text = source_(stop);
    if (stop.stop_requested()) break;
    take(std::move(text));
    std::unique_lock lock(mutex_);
    under_way_ = false;
    last_end_ = Steady::now();
    answer_all(lock);
    changed_.wait_until(lock, stop, next_, [this] { return under_way_; });
    under_way_ = true;
  }
  std::unique_lock lock(mutex_);
  ended_ = true;
  fault_ = "the gateway stops";
  answer_all(lock);
}

void KeyRing::answer_all(std::unique_lock<std::mutex>& lock) {
  std::vector<Answer> answers = std::exchange(waiting_, {});
  Result<Keys> result = outcome();
  lock.unlock();
  for (const Answer& answer : answers) answer(result);
  lock.lock();
}

/// A fetch's end: the new set, or why it is none, and when to fetch again.
void KeyRing::take(Result<KeyText> text) {
  bool changed = text && (text->text != text_ || !keys());
  Result<KeySet> set = !text ? text.error() : changed ? KeySet::parse(text->text) : Result<KeySet>(KeySet());
  if (!set) {
    log_.warn("the token issuer's keys can't be renewed", {{"cause", set.error().message}});
    next_ = Steady::now() + retry_;
    retry_ = std::min(retry_ * 2, pace_.last_retry);
    std::lock_guard lock(mutex_);
    fault_ = set.error().message;
    return;
  }
  next_ = Steady::now() + text->fresh_for;
  retry_ = pace_.first_retry;
  if (changed) {
    log_.info("the token issuer's keys are new", {{"keys", std::to_string(set->size())}});
    for (const std::string& line : set->left_out()) log_.warn("a key of the token issuer is left out", {{"key", line}});
    text_ = std::move(text->text);
  }
  std::lock_guard lock(mutex_);
  if (changed) keys_ = std::make_shared<const KeySet>(std::move(*set));
  fault_.clear();
}

}  // namespace netweave::tenancy
