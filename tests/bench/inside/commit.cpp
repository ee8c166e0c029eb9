// What one committed change costs with a given number of resources in the state: bench-commit COUNT.
// Prints the median and p99 of 2,000 single changes, in microseconds, from the step's submission to its answer.

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "adapters/ims/simulator/topology.hpp"
#include "adapters/reconcile.hpp"
#include "state/writer.hpp"
#include "store/store.hpp"

using namespace netweave;

int main(int count, char** arguments) {
  if (count != 2) return std::fputs("usage: bench-commit COUNT\n", stderr), 64;
  ims::simulator::Generate sizes;
  sizes.pools = 100;
  sizes.resources = std::strtoull(arguments[1], nullptr, 10);
  auto store = store::open_memory();
  state::State state;
  state::Tail tail(store->log(), state, {});
  tail.start();
  state::Writer writer(store->log(), state, {});
  adapters::Source source{"bench", "ocloud-1"};
  for (std::size_t at = 0; at < sizes.resources; at += 500) {
    auto filled = writer.run([&](state::Transaction& transaction) -> Result<void> {
      for (std::size_t i = at; i < std::min(at + 500, sizes.resources); ++i)
        adapters::upsert(transaction, source, ims::simulator::generate_resource("bench", sizes, i, 0), {});
      return {};
    });
    if (!filled) return std::fprintf(stderr, "%s\n", filled.error().message.c_str()), 1;
  }
  std::vector<double> times;
  for (std::size_t round = 0; round < 2000; ++round) {
    auto changed = ims::simulator::generate_resource("bench", sizes, round * 7919 % sizes.resources, round + 1);
    auto began = std::chrono::steady_clock::now();
    auto done = writer.run([&](state::Transaction& transaction) -> Result<void> {
      adapters::upsert(transaction, source, changed, {});
      return {};
    });
    if (!done) return 1;
    times.push_back(std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - began).count());
  }
  std::sort(times.begin(), times.end());
  std::printf("%.2f %.2f\n", times[times.size() / 2], times[times.size() * 99 / 100]);
  writer.stop();
}
