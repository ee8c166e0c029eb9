#include "adapters/inventory_counts.hpp"

#include <doctest/doctest.h>

#include "state/state.hpp"

using namespace netweave;
using adapters::InventoryCounts;

namespace {

model::ObjectRef object(Kind kind, const std::string& id, const std::string& adapter) {
  model::Draft draft;
  draft.kind = kind;
  draft.id = id;
  draft.adapter = adapter;
  draft.json = R"({"id":")" + id + R"("})";
  return model::Object::make(draft);
}

double count(const InventoryCounts& counts, Kind kind, const std::string& adapter) {
  double found = -1;
  counts.read([&](const telemetry::Labels& labels, double value) {
    if (labels[0].second == to_string(kind) && labels[1].second == adapter) found = value;
  });
  return found;
}

store::Entry entry(model::ObjectRef now, model::ObjectRef before) { return {1, 1, std::move(now), std::move(before)}; }

}  // namespace

TEST_CASE("objects are counted by kind and adapter, as they come, change hands and go") {
  state::State state;
  std::vector<model::ObjectRef> first = {object(Kind::resource, "a", "one"), object(Kind::resource, "b", "one")};
  state.load(std::move(first), 1, "epoch");
  std::vector<AdapterConfig> known(1);
  known[0].name = "idle";
  InventoryCounts counts;
  counts.begin(*state.snapshot(), known);
  CHECK(count(counts, Kind::resource, "one") == 2);
  CHECK(count(counts, Kind::resource, "idle") == 0);
  CHECK(count(counts, Kind::resource_pool, "idle") == 0);
  CHECK(count(counts, Kind::resource, "two") == -1);

  auto a = object(Kind::resource, "a", "one");
  auto moved = object(Kind::resource, "a", "two");
  std::vector<store::Entry> entries;
  entries.push_back(entry(moved, a));
  entries.push_back(entry(object(Kind::resource_pool, "p", "two"), {}));
  entries.push_back(entry(object(Kind::subscription, "s", ""), {}));
  counts.count(entries);
  CHECK(count(counts, Kind::resource, "one") == 1);
  CHECK(count(counts, Kind::resource, "two") == 1);
  CHECK(count(counts, Kind::resource_pool, "two") == 1);
  CHECK(count(counts, Kind::subscription, "") == -1);

  entries.clear();
  entries.push_back(entry({}, moved));
  counts.count(entries);
  CHECK(count(counts, Kind::resource, "two") == 0);
}
