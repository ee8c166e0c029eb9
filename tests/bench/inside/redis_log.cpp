// The log in Redis:
//
//     bench-redis-log commit HOST:PORT COUNT EACH         commits of EACH creations of about 1 kB, one after the other:
//                                                         prints commits a second
//     bench-redis-log lag HOST:PORT PER_SECOND SECONDS    one store commits, another's state follows: prints p50, p99
//                                                         and the largest time from a commit's return to the fold
//                                                         there (ms), and the changes a second that there really were
//
// Each run takes an O-Cloud of its own. Nothing in a record is empty or 0, so that its bytes can be an argument of
// redis-benchmark's; the only 12 digits in a row are the object's number, which that replaces.

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include <unistd.h>

#include "state/writer.hpp"
#include "store/store.hpp"

using namespace netweave;
using Steady = std::chrono::steady_clock;

namespace {

std::unique_ptr<store::Store> open(const std::string& address) {
  store::RedisOptions options;
  options.redis.addresses = {address};
  options.o_cloud = "bench-" + std::to_string(getpid());
  auto opened = store::open_redis(options);
  if (!opened) std::_Exit((std::fprintf(stderr, "%s\n", opened.error().message.c_str()), 1));
  return std::move(*opened);
}

model::ObjectRef resource(unsigned number, unsigned version) {
  char id[32];
  std::snprintf(id, sizeof(id), "bench-%012u", number);
  model::Draft draft;
  draft.id = id;
  draft.pool = "pool-1";
  draft.type = "type-1";
  draft.adapter = "bench";
  draft.reference = "reference";
  draft.uid = "uid";
  draft.tenant = "tenant";
  draft.version = version;
  draft.json = R"({"resourceId":")" + draft.id +
               R"(","resourcePoolId":"pool-1","resourceTypeId":"type-1","description":")" + "version " +
               std::to_string(version) + R"(","extensions":{"filler":")" + std::string(850, 'x') + R"("}})";
  return model::Object::make(draft);
}

store::Revision commit(store::Store& store, std::vector<store::Change> changes) {
  store::Commit commit;
  commit.changes = std::move(changes);
  commit.time = 1;
  auto done = store.log().commit(commit);
  if (!done) std::_Exit((std::fprintf(stderr, "%s\n", done.error().message.c_str()), 1));
  return *done;
}

int measure_commits(const std::string& address, unsigned count, unsigned each) {
  auto store = open(address);
  auto began = Steady::now();
  for (unsigned i = 0; i < count; ++i) {
    std::vector<store::Change> changes;
    for (unsigned k = 0; k < each; ++k) changes.push_back({resource(i * each + k, 1), {}});
    commit(*store, std::move(changes));
  }
  double seconds = std::chrono::duration<double>(Steady::now() - began).count();
  std::printf("%.1f\n", count / seconds);
  return 0;
}

/// When what was committed returned, and when it was folded elsewhere, by revision.
struct Times {
  std::vector<std::int64_t> returned;
  std::vector<std::int64_t> folded;
};

std::int64_t now_ns() { return Steady::now().time_since_epoch().count(); }

/// A thousand commits a second.
void commit_steadily(store::Store& store, unsigned per_second, Times& times, unsigned total) {
  constexpr unsigned objects = 1000;
  std::vector<model::ObjectRef> known(objects);
  auto next = Steady::now();
  unsigned at_once = std::max(1U, per_second / 1000);
  for (unsigned i = 0; i < total;) {
    next += std::chrono::nanoseconds(std::int64_t{1000000000} * at_once / per_second);
    std::this_thread::sleep_until(next);
    std::vector<store::Change> changes;
    for (unsigned k = 0; k < at_once && i < total; ++k, ++i) {
      model::ObjectRef& place = known[i % objects];
      model::ObjectRef made = resource(i % objects, i + 1);
      changes.push_back({made, place});
      place = made;
    }
    std::size_t count = changes.size();
    store::Revision last = commit(store, std::move(changes));
    std::int64_t present = now_ns();
    for (std::size_t k = 0; k < count; ++k) times.returned[last - k] = present;
  }
}

int measure_lag(const std::string& address, unsigned per_second, unsigned seconds) {
  unsigned total = per_second * seconds;
  Times times{std::vector<std::int64_t>(total + 1), std::vector<std::int64_t>(total + 1)};
  auto leader = open(address);
  auto follower = open(address);
  state::State state;
  auto head = follower->log().load([](const model::ObjectRef&) {});
  if (!head) return 1;
  state.load({}, *head, follower->log().epoch());
  state::Tail tail(follower->log(), state, {});
  tail.observe([&](std::span<const store::Entry> entries) {
    std::int64_t present = now_ns();
    for (const store::Entry& entry : entries) times.folded.at(entry.revision) = present;
  });
  tail.start();
  auto began = Steady::now();
  commit_steadily(*leader, per_second, times, total);
  double took = std::chrono::duration<double>(Steady::now() - began).count();
  if (!state.wait(total, Steady::now() + std::chrono::seconds(30))) return 1;
  tail.stop();
  std::vector<double> lags;
  for (unsigned i = 1; i <= total; ++i)
    lags.push_back(static_cast<double>(std::max<std::int64_t>(0, times.folded[i] - times.returned[i])) / 1e6);
  std::sort(lags.begin(), lags.end());
  std::printf("%.3f %.3f %.3f %.0f\n", lags[lags.size() / 2], lags[lags.size() * 99 / 100], lags.back(), total / took);
  return 0;
}

}  // namespace

int main(int count, char** arguments) {
  auto number = [&](int at) { return static_cast<unsigned>(std::strtoul(arguments[at], nullptr, 10)); };
  std::string what = count > 4 ? arguments[1] : "";
  if (what == "commit") return measure_commits(arguments[2], number(3), number(4));
  if (what == "lag") return measure_lag(arguments[2], number(3), number(4));
  std::fputs("usage: bench-redis-log commit HOST:PORT COUNT EACH | lag HOST:PORT PER_SECOND SECONDS\n", stderr);
  return 64;
}
