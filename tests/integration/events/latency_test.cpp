#include <algorithm>

#include <doctest/doctest.h>

#include "receiver.hpp"
#include "world.hpp"

using namespace netweave;
using namespace netweave::testing;

// Not run by default, for a busy machine says nothing: integration-events --no-skip --test-case='at 1*' --success
TEST_CASE("at 1,000 changes a second the time from the change to the receiver's first byte" * doctest::skip()) {
  using std::chrono::steady_clock;
  constexpr std::size_t count = 10000;
  Receiver receiver;
  World world;
  world.subscribe(subscription_to(receiver.url()));
  std::vector<steady_clock::time_point> changed(count);
  auto begin = steady_clock::now();
  for (std::size_t i = 0; i < count; ++i) {
    std::this_thread::sleep_until(begin + i * std::chrono::milliseconds(1));
    changed[i] = steady_clock::now();
    model::Draft draft;
    draft.id = std::to_string(i);
    draft.json = R"({"resourceId":")" + draft.id + R"(","extensions":{"labels":{"zone":"1"},"k8s":{"node":"a"}}})";
    world.writer().submit(
        [draft](state::Transaction& transaction) -> Result<void> {
          transaction.put(draft);
          return {};
        },
        {});
  }
  REQUIRE(receiver.wait_for(count, std::chrono::seconds(60)));
  std::vector<double> times;
  for (const Received& told : receiver.all()) {
    std::size_t which = std::stoul(std::string(body_of(told.body).at("resource").at("resourceId").as_text()));
    times.push_back(std::chrono::duration<double, std::milli>(told.at - changed[which]).count());
  }
  std::sort(times.begin(), times.end());
  MESSAGE("milliseconds: p50 " << times[count / 2] << ", p99 " << times[count * 99 / 100] << ", most " << times.back());
}
