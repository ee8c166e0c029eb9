// From a backend's change to the first byte of its webhook:
//
//     bench-events PER_SECOND SECONDS SUBSCRIPTIONS memory|sqlite|redis [FILE|HOST:PORT]
//
// An adapter in the process stamps each change with the time at which it was due; a receiver in the process reads the
// stamp when the POST arrives. Each subscription names a pool of its own, and the changes go round the pools. Prints
// p50, p99, the largest (milliseconds) and how many arrived of how many.

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>

#include "bench_gateway.hpp"
#include "receiver.hpp"

using namespace netweave;

int main(int count, char** arguments) {
  if (count < 5) {
    std::fputs("usage: bench-events PER_SECOND SECONDS SUBSCRIPTIONS memory|sqlite|redis [FILE|HOST:PORT]\n", stderr);
    return 64;
  }
  auto number = [&](int at) { return static_cast<unsigned>(std::strtoul(arguments[at], nullptr, 10)); };
  unsigned per_second = number(1);
  unsigned total = per_second * number(2);
  unsigned subscriptions = number(3);
  auto tick = [=](ims::Feed& feed, const std::stop_token& stop) {
    auto next = std::chrono::steady_clock::now();
    for (unsigned i = 0; i < total && !stop.stop_requested(); ++i) {
      next += std::chrono::nanoseconds(1000000000 / per_second);
      std::this_thread::sleep_until(next);
      (void)feed.upsert(bench::resource(i % 1000, subscriptions, next.time_since_epoch().count()));
    }
  };
  bench::Receiver receiver;
  bench::BenchGateway gateway(bench::config_over(arguments[4], count > 5 ? arguments[5] : ""), subscriptions, tick);
  for (unsigned i = 0; i < subscriptions; ++i) gateway.subscribe(receiver.port(), "t-pool-" + std::to_string(i));
  gateway.open();
  auto latencies = receiver.wait(total);
  std::sort(latencies.begin(), latencies.end());
  if (latencies.empty()) bench::fail("no notification arrived");
  std::printf("%.3f %.3f %.3f %zu %u\n", latencies[latencies.size() / 2], latencies[latencies.size() * 99 / 100],
              latencies.back(), latencies.size(), total);
  std::fflush(stdout);
  std::_Exit(0);
}
