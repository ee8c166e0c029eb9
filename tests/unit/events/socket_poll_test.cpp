#include "events/socket_poll.hpp"

#include <array>
#include <thread>
#include <utility>

#include <doctest/doctest.h>
#include <sys/socket.h>
#include <unistd.h>

using namespace netweave::events;
using namespace std::chrono_literals;

namespace {

/// Two ends of a connection.
struct Pair {
  std::array<int, 2> ends{-1, -1};
  Pair() { REQUIRE(socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()) == 0); }
  ~Pair() { close_all(); }
  Pair(const Pair&) = delete;
  Pair& operator=(const Pair&) = delete;
  void close_all() {
    for (int& end : ends)
      if (end >= 0) close(std::exchange(end, -1));
  }
  void say() const { REQUIRE(write(ends[1], "x", 1) == 1); }
};

}  // namespace

TEST_CASE("a socket is given while it can be read or written and somebody waits for that") {
  SocketPoll poll;
  Pair pair;
  poll.watch(pair.ends[0], true, false);
  CHECK(poll.wait(0ms).empty());
  pair.say();
  auto ready = poll.wait(1000ms);
  REQUIRE(ready.size() == 1);
  CHECK((ready[0].socket == pair.ends[0] && ready[0].reads && !ready[0].writes));
  poll.watch(pair.ends[0], false, true);
  ready = poll.wait(1000ms);
  REQUIRE(ready.size() == 1);
  CHECK((!ready[0].reads && ready[0].writes));
  poll.watch(pair.ends[0], false, false);
  CHECK(poll.wait(0ms).empty());
}

TEST_CASE("a number that another socket has got is that socket's") {
  SocketPoll poll;
  int number = -1;
  {
    Pair first;
    number = first.ends[0];
    poll.watch(number, true, false);
    poll.watch(number, false, false);
  }
  Pair second;
  REQUIRE(second.ends[0] == number);
  poll.watch(number, true, false);
  second.say();
  CHECK(poll.wait(1000ms).size() == 1);
}

TEST_CASE("a wake ends the next wait, or the one that is under way") {
  SocketPoll poll;
  poll.wake();
  CHECK(poll.wait(1h).empty());
  std::jthread other([&] { poll.wake(); });
  CHECK(poll.wait(1h).empty());
}
