#include "events/reader.hpp"

#include <thread>

#include <doctest/doctest.h>

#include "model/kinds.hpp"

using namespace netweave;
using namespace netweave::events;

namespace {

struct Journal {
  std::unique_ptr<store::Store> store = store::open_memory();

  model::ObjectRef put(Kind kind, const std::string& id, const model::ObjectRef& prior = {}) {
    model::Draft draft;
    draft.kind = kind;
    draft.id = id;
    draft.json = R"({"id":")" + id + "\"}";
    auto object = model::Object::make(draft);
    REQUIRE(store->log().commit({{{object, prior}}, {}, {}, 1000}));
    return object;
  }
  store::Log& log() { return store->log(); }
};

constexpr auto no_time = std::chrono::milliseconds(0);

}  // namespace

TEST_CASE("a reader gives public kinds alone, in order, each with where to go on") {
  Journal journal;
  auto pool = journal.put(Kind::resource_pool, "pool-1");
  journal.put(model::webhook, "hidden");
  journal.put(Kind::subscription, "hidden");
  journal.put(Kind::resource_pool, "pool-1", pool);
  Reader reader(journal.log(), 0);
  auto first = reader.next(no_time, {});
  REQUIRE((first && *first));
  CHECK((*first)->event_type == "ResourcePoolCreated");
  CHECK((*first)->revision == journal.log().epoch() + ".1");
  CHECK((*first)->id == "pool-1");
  CHECK((*first)->prior_state.empty());
  CHECK((*first)->timestamp == "1970-01-01T00:00:01.000Z");
  auto second = reader.next(no_time, {});
  REQUIRE((second && *second));
  CHECK((*second)->event_type == "ResourcePoolUpdated");
  CHECK((*second)->prior_state == R"({"id":"pool-1"})");
  auto none = reader.next(no_time, {});
  REQUIRE(none.has_value());
  CHECK_FALSE(none->has_value());
  CHECK(reader.position() == 4);
  CHECK(read_position(journal.log(), (*second)->revision).value() == 4);
}

TEST_CASE("a reader waits for what comes, and for no longer than the stop") {
  Journal journal;
  Reader reader(journal.log(), 0);
  std::stop_source stop;
  std::thread writer([&] { journal.put(Kind::resource_pool, "pool-1"); });
  auto event = reader.next(std::chrono::minutes(1), stop.get_token());
  writer.join();
  REQUIRE((event && *event));
  std::thread stopper([&] { stop.request_stop(); });
  auto ended = reader.next(std::chrono::milliseconds::max(), stop.get_token());
  stopper.join();
  REQUIRE_FALSE(ended.has_value());
  CHECK(ended.error().kind == ErrorKind::cancelled);
}

TEST_CASE("a position that the log no longer holds is not found") {
  Journal journal;
  for (int i = 0; i < 5; ++i) journal.put(Kind::resource_pool, std::to_string(i));
  REQUIRE(journal.log().trim(3));
  Reader reader(journal.log(), 1);
  CHECK(reader.next(no_time, {}).error().kind == ErrorKind::not_found);
  std::string epoch = journal.log().epoch();
  CHECK(read_position(journal.log(), epoch + ".2").error().kind == ErrorKind::not_found);
  CHECK(read_position(journal.log(), epoch + ".3").value() == 3);
  CHECK(read_position(journal.log(), "00000000.3").error().kind == ErrorKind::not_found);
  for (const std::string& bad :
       {std::string("x"), std::string("3"), epoch + ".", epoch + ".x", epoch + ".99", epoch + ".3x"})
    CHECK(read_position(journal.log(), bad).error().kind == ErrorKind::invalid);
}
