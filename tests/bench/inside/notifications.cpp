// How fast notifications go out, and what a change costs:
//
//     bench-notifications PORT SUBSCRIPTIONS OTHERS CHANGES memory|sqlite|redis [FILE|HOST:PORT]
//
// Each change of a resource is told to SUBSCRIPTIONS on a receiver at that port, and to none of OTHERS, which name
// other pools. The adapter stays at most 100 changes ahead, as one does that follows a backend. Prints notifications
// a second, and the processor time of a change in microseconds.

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>

#include <sys/resource.h>

#include "bench_gateway.hpp"

using namespace netweave;

namespace {

double processor_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

}  // namespace

int main(int count, char** arguments) {
  if (count < 6) {
    std::fputs("usage: bench-notifications PORT SUBSCRIPTIONS OTHERS CHANGES memory|sqlite|redis [FILE|HOST:PORT]\n",
               stderr);
    return 64;
  }
  auto number = [&](int at) { return static_cast<unsigned>(std::strtoul(arguments[at], nullptr, 10)); };
  int port = static_cast<int>(number(1));
  unsigned subscriptions = number(2);
  unsigned others = number(3);
  unsigned changes = number(4);
  constexpr unsigned pools = 100;
  constexpr unsigned ahead = 100;
  std::atomic<unsigned> told{0};  // changes that everybody has heard of
  auto change = [&](ims::Feed& feed, const std::stop_token& stop) {
    for (unsigned i = 0; i < changes && !stop.stop_requested(); ++i) {
      while (i >= told + ahead) std::this_thread::sleep_for(std::chrono::milliseconds(1));
      (void)feed.upsert(bench::resource(i % 10 * pools, pools, i + 1));
    }
  };
  bench::BenchGateway gateway(bench::config_over(arguments[5], count > 6 ? arguments[6] : ""), pools, change);
  for (unsigned i = 0; i < subscriptions; ++i) gateway.subscribe(port, "t-pool-0");
  for (unsigned i = 0; i < others; ++i) gateway.subscribe(port, "t-pool-" + std::to_string(1 + i % (pools - 1)));
  auto began = std::chrono::steady_clock::now();
  double used = processor_seconds();
  gateway.open();
  double all = static_cast<double>(changes) * subscriptions;
  for (double delivered = 0; delivered < all;) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    delivered = gateway.delivered();
    told = static_cast<unsigned>(delivered / subscriptions);
  }
  double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  std::printf("%.1f %.2f\n", all / seconds, (processor_seconds() - used) / changes * 1e6);
  std::fflush(stdout);
  std::_Exit(0);
}
