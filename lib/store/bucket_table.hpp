#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "store/store.hpp"

namespace netweave::store {

/// The buckets of a store that one process alone has open, by that process's clock. Any thread.
class BucketTable final : public Buckets {
 public:
  using Now = std::function<std::chrono::steady_clock::time_point()>;
  explicit BucketTable(Now now = std::chrono::steady_clock::now, bool shared = false)
      : now_(std::move(now)), shared_(shared) {}

  [[nodiscard]] bool shared() const override { return shared_; }
  Result<std::vector<Drawn>> draw(const std::vector<Draw>& draws) override;

 private:
  struct Row {
    double level = 0;
    std::chrono::steady_clock::time_point at;
    std::chrono::steady_clock::time_point full;  // when it can be forgotten
  };
  Drawn draw(const Draw& draw, std::chrono::steady_clock::time_point now);

  Now now_;
  const bool shared_;
  std::mutex mutex_;
  std::map<std::string, Row> rows_;
};

}  // namespace netweave::store
