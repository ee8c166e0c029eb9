#pragma once

#include <memory>
#include <shared_mutex>
#include <stop_token>
#include <utility>
#include <vector>

#include "netweave/adapter/ims.hpp"

#include "python.hpp"

/// What a Python adapter is given: Feed, Pass, Stop and CallContext. Python may keep them longer than C++ keeps what
/// they stand for; they then raise CancelledError.
namespace netweave::python {

class Stop {
 public:
  explicit Stop(std::stop_token token) : token_(std::move(token)) {}

  [[nodiscard]] bool requested() const { return token_.stop_requested(); }
  /// True as soon as the stop is requested, false when the time has passed.
  bool wait(const py::object& seconds) const;

 private:
  std::stop_token token_;
};

class Pass;

/// The gateway's Feed while `observe` runs, and nothing after it.
class Feed {
 public:
  explicit Feed(ims::Feed& feed) : feed_(&feed) {}

  /// Waits for the calls of other threads that are under way. Without the GIL.
  void end();

  /// Calls `use(ims::Feed&)` without the GIL; `cancelled` after the end. Gives a Result.
  template <class Use>
  auto call(Use&& use) -> decltype(use(std::declval<ims::Feed&>())) {
    Unlocked unlocked;
    std::shared_lock lock(mutex_);
    if (feed_ == nullptr) return make_error(ErrorKind::cancelled, "observe has ended: the feed is closed");
    return use(*feed_);
  }

  /// For `end`: a pass does not outlive the feed. With the GIL held.
  void remember(const std::shared_ptr<Pass>& pass);

 private:
  std::shared_mutex mutex_;
  ims::Feed* feed_;
  std::vector<std::weak_ptr<Pass>> passes_;  // under the GIL
};

/// One full list, for one thread at a time.
class Pass {
 public:
  Pass(std::shared_ptr<Feed> feed, std::unique_ptr<ims::Pass> pass) : feed_(std::move(feed)), pass_(std::move(pass)) {}

  void add(py::handle observed);
  void commit(const std::string& checkpoint);
  /// With the GIL held. A commit under way keeps the list until it has ended.
  void drop() {
    if (!busy_) pass_.reset();
  }

 private:
  ims::Pass& open();

  std::shared_ptr<Feed> feed_;
  std::unique_ptr<ims::Pass> pass_;
  bool busy_ = false;  // under the GIL: a commit is under way
};

/// Defines the four classes.
void define_feed(py::module_& module);

}  // namespace netweave::python
