#include "base/executor.hpp"

#include <semaphore>

#include <doctest/doctest.h>

using namespace netweave;

TEST_CASE("an executor takes a job for each thread and so many more, and no further one until one has ended") {
  for (std::size_t waiting : {std::size_t{0}, std::size_t{3}}) {
    std::counting_semaphore<8> go(0);
    std::counting_semaphore<8> ended(0);
    Executor executor(2, waiting);
    auto job = [&] {
      go.acquire();
      ended.release();
    };
    for (std::size_t i = 0; i < 2 + waiting; ++i) CHECK(executor.offer(job));
    CHECK_FALSE(executor.offer(job));
    go.release();
    ended.acquire();
    while (!executor.offer(job)) std::this_thread::yield();  // its place is free soon after it ended
    CHECK_FALSE(executor.offer(job));
    go.release(static_cast<std::ptrdiff_t>(2 + waiting));
  }
}
