#include "tenancy/quota.hpp"

#include <atomic>
#include <thread>

#include <doctest/doctest.h>

#include "model/fields.hpp"
#include "model/kinds.hpp"

using namespace netweave;

namespace {

/// One gateway of a fleet: what it has of its own, over the log that all share.
struct Member {
  explicit Member(store::Log& log) : writer(log, state, {}), tail(log, state, {}) {
    state.load({}, log.head(), log.epoch());
    tail.start();
  }
  ~Member() {
    writer.stop();
    tail.stop();
  }
  state::State state;
  state::Writer writer;
  state::Tail tail;
};

model::Draft draft(Kind kind, const std::string& id, std::string json) {
  model::Draft draft;
  draft.kind = kind;
  draft.id = id;
  draft.json = std::move(json);
  return draft;
}

}  // namespace

TEST_CASE("over a fleet, a quota of ten lets ten of a hundred through") {
  auto store = store::open_memory();
  Member first(store->log());
  Member second(store->log());
  auto made = first.writer.run([](state::Transaction& transaction) -> Result<void> {
    transaction.put(
        draft(Kind::tenant, "acme", R"({"tenantId":"acme","name":"a","status":"active","quota":{"maxResources":10}})"));
    return {};
  });
  REQUIRE(made);
  REQUIRE(second.state.wait(*made, std::chrono::steady_clock::time_point::max()));
  std::atomic<int> refused{0};
  tenancy::Quotas quotas({}, [&](Kind) { ++refused; });
  std::atomic<int> passed{0};
  std::vector<std::jthread> threads;
  for (int i = 0; i < 10; ++i)
    threads.emplace_back([&, i] {
      Member& member = i % 2 == 0 ? first : second;
      for (int j = 0; j < 10; ++j) {
        std::string id = std::to_string(i) + "-" + std::to_string(j);
        auto outcome = member.writer.run([&](state::Transaction& transaction) {
          model::Draft intent = draft(model::intent, id, R"({"creates":"resource"})");
          intent.tenant = "acme";
          intent.type = "resource";
          transaction.put(intent);
          return quotas.check(transaction, Kind::resource, "acme");
        });
        if (outcome) ++passed;
      }
    });
  threads.clear();
  CHECK(passed == 10);
  CHECK(refused == 90);
  CHECK(tenancy::count_of(*first.state.snapshot(), Kind::resource, "acme") == 0);
}
