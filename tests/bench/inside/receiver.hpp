#pragma once

#include <condition_variable>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace netweave::bench {

std::int64_t now_ns();

/// Takes POSTs on a free port of loopback, one thread for all connections, and answers 204. Of each whose body has a
/// "stamp:<steady clock, ns>;" above 0 it notes how long after that its first byte came.
class Receiver {
 public:
  Receiver();
  [[nodiscard]] int port() const { return port_; }
  /// Milliseconds; once there are `count`, or after 30 s what there is.
  std::vector<double> wait(std::size_t count);

 private:
  struct Peer {
    std::string bytes;
    std::int64_t arrived = 0;
  };
  void work();
  bool receive(int socket, Peer& peer);
  void take(int socket, Peer& peer);

  int listener_ = -1;
  int port_ = 0;
  std::map<int, Peer> peers_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<double> latencies_;
};

}  // namespace netweave::bench
