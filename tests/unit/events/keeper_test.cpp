#include "events/keeper.hpp"

#include <doctest/doctest.h>

using namespace netweave;
using namespace netweave::events;

TEST_CASE("around a takeover a dead letter is written by whoever holds the share, and the other's is dropped") {
  auto store = store::open_memory();
  auto& leases = store->leases();
  auto take = [&](const std::string& holder) {
    return store::Fence{"deliver/1", leases.acquire("deliver/1", holder, std::chrono::hours(1)).value()};
  };
  store::Fence lost = take("one");
  REQUIRE(leases.release("deliver/1", "one"));
  store::Fence held = take("two");
  Keeper one(store->positions(), store->streams(), {});
  Keeper two(store->positions(), store->streams(), {});
  one.bury("deadletters/s", "late", 1, lost);
  one.keep({"subscription/s", 7, 7, "late"}, lost);
  two.bury("deadletters/s", "theirs", 2, held);
  CHECK_FALSE(one.settled("deliver/1"));  // so the share is not let go of before
  CHECK_FALSE(one.is_written("deadletters/s"));
  for (Keeper* keeper : {&one, &two}) {
    keeper->start();
    keeper->stop();
    CHECK(keeper->settled("deliver/1"));
    CHECK(keeper->is_written("deadletters/s"));
  }
  auto letters = store->streams().read("deadletters/s", 0, 10).value();
  REQUIRE(letters.size() == 1);
  CHECK(letters[0].bytes == "theirs");
  CHECK_FALSE(store->positions().find("subscription/s").value().has_value());
}
