#pragma once

#include <thread>

#include "store/redis/journal.hpp"

namespace netweave::store::redis {

/// Follows the log for all readers of this process: blocks at the server until something is acknowledged, fetches it
/// once, and looks each second whether another epoch began. One thread, one connection of its own.
class Follower {
 public:
  explicit Follower(Journal& journal) : journal_(journal) {}
  ~Follower() { stop(); }
  void start();
  void stop();

 private:
  void follow(const std::stop_token& stop);
  std::optional<Error> keep_up();
  std::optional<Error> wait_for_more();

  Journal& journal_;
  std::optional<Connection> connection_;
  std::jthread thread_;
};

}  // namespace netweave::store::redis
