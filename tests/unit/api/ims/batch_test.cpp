#include "api/ims/batch.hpp"

#include <doctest/doctest.h>

using namespace netweave;
using api::ims::Batch;

namespace {

/// The faults of a batch, or "" where it reads.
std::string faults(ims::Operation operation, std::string_view json, Batch* into = nullptr) {
  Batch batch;
  batch.kind = Kind::resource_pool;
  batch.operation = operation;
  auto refusal = api::ims::read_batch(Value::parse(json).value(), batch);
  if (into != nullptr) *into = batch;
  std::string all;
  if (refusal)
    for (const Fault& fault : refusal->faults) all += (all.empty() ? "" : "; ") + fault.field + " " + fault.reason;
  return all;
}

std::string entries(std::size_t count, std::string_view one) {
  std::string all = R"({"items":[)";
  for (std::size_t i = 0; i < count; ++i) all.append(i > 0 ? "," : "").append(one);
  return all + "]}";
}

}  // namespace

TEST_CASE("a batch is atomic unless it says otherwise") {
  Batch batch;
  CHECK(faults(ims::Operation::create, R"({"items":[{"resourcePoolId":"a"},{}]})", &batch).empty());
  CHECK(batch.atomic);
  REQUIRE(batch.entries.size() == 2);
  CHECK(batch.entries[0].id == "a");
  CHECK(batch.entries[1].id.empty());
  CHECK(faults(ims::Operation::remove, R"({"atomic":false,"ids":["a","b"]})", &batch).empty());
  CHECK_FALSE(batch.atomic);
  CHECK(batch.entries[1].id == "b");
}

TEST_CASE("a batch has 1 to 100 entries") {
  CHECK(faults(ims::Operation::create, entries(1, "{}")).empty());
  CHECK(faults(ims::Operation::create, entries(100, "{}")).empty());
  for (std::size_t count : {std::size_t{0}, std::size_t{101}})
    CHECK(faults(ims::Operation::create, entries(count, "{}")) == "items must be an array of 1 to 100 entries");
  CHECK(faults(ims::Operation::remove, "{}") == "ids must be an array of 1 to 100 entries");
}

TEST_CASE("an update names its object, and perhaps a tag") {
  Batch batch;
  CHECK(faults(ims::Operation::update, R"({"items":[{"id":"a","body":{"x":1},"ifMatch":"\"1.2\""}]})", &batch).empty());
  CHECK(batch.entries[0].if_match == "\"1.2\"");
  CHECK(batch.entries[0].body.at("x") == Value(1));
  CHECK(faults(ims::Operation::update, R"({"items":[{}, 7]})") ==
        "items[0].id must be an id; items[0].body must be an object: a merge patch; items[1] must be an object");
}

TEST_CASE("an id stands once in a batch") {
  CHECK(faults(ims::Operation::remove, R"({"ids":["a","b","a"]})") ==
        "ids[2] has the id of ids[0]: a batch takes each once");
  CHECK(faults(ims::Operation::create, R"({"items":[{"resourcePoolId":"a"},{"resourcePoolId":"a"}]})") ==
        "items[1] has the id of items[0]: a batch takes each once");
}
