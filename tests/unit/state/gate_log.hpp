#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>

#include "store/store.hpp"

namespace netweave::test {

/// A store's log behind a gate that a test opens and shuts: commits can be held, refused, or cut off for good, which
/// for whoever stands in front of it is what a kill -9 is to the store.
class GateLog final : public store::Log {
 public:
  explicit GateLog(store::Log& behind) : behind_(behind) {}

  /// Commits wait from here on, until `release`.
  void hold() { set(held_, true); }
  void release() { set(held_, false); }
  /// Blocks until a commit waits.
  bool wait_held() {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(30), [&] { return waiting_ > 0; });
  }
  /// The next commit is answered with this and goes no further.
  void refuse_next(Error error) {
    std::lock_guard lock(mutex_);
    refusals_.push_back(std::move(error));
  }
  void forget_refusals() {
    std::lock_guard lock(mutex_);
    refusals_.clear();
  }
  /// Nothing gets in any more after `commits` further ones.
  void cut_after(std::size_t commits) {
    {
      std::lock_guard lock(mutex_);
      left_ = commits;
    }
    changed_.notify_all();
  }
  [[nodiscard]] std::size_t attempts() const {
    std::lock_guard lock(mutex_);
    return attempts_;
  }

  Result<store::Revision> commit(const store::Commit& commit) override {
    {
      std::unique_lock lock(mutex_);
      ++attempts_;
      ++waiting_;
      changed_.notify_all();
      changed_.wait(lock, [&] { return !held_ || left_ == 0; });
      --waiting_;
      if (left_ == 0) return make_error(ErrorKind::unavailable, "the store is cut off");
      if (left_ != endless) --left_;
      if (!refusals_.empty()) {
        Error error = std::move(refusals_.front());
        refusals_.pop_front();
        return error;
      }
    }
    return behind_.commit(commit);
  }

  Result<store::Revision> load(const std::function<void(store::ObjectRef)>& each) override {
    return behind_.load(each);
  }
  Result<std::vector<store::Entry>> read(store::Revision after, std::size_t max) override {
    return behind_.read(after, max);
  }
  store::Revision wait(store::Revision after, std::chrono::steady_clock::time_point deadline,
                       std::stop_token stop) override {
    return behind_.wait(after, deadline, std::move(stop));
  }
  [[nodiscard]] store::Revision head() const override { return behind_.head(); }
  [[nodiscard]] store::Revision oldest() const override { return behind_.oldest(); }
  Result<void> trim(store::Revision upto) override { return behind_.trim(upto); }
  Result<store::Revision> before(Millis time) override { return behind_.before(time); }
  [[nodiscard]] std::string epoch() const override { return behind_.epoch(); }
  Result<std::string> begin_epoch(const std::string& from) override { return behind_.begin_epoch(from); }

 private:
  static constexpr std::size_t endless = SIZE_MAX;

  void set(bool& flag, bool to) {
    {
      std::lock_guard lock(mutex_);
      flag = to;
    }
    changed_.notify_all();
  }

  store::Log& behind_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  bool held_ = false;
  std::size_t waiting_ = 0;
  std::size_t attempts_ = 0;
  std::size_t left_ = endless;
  std::deque<Error> refusals_;
};

}  // namespace netweave::test
