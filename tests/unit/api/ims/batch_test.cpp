#include "api/ims/batch.hpp"

#include <doctest/doctest.h>

using namespace netweave;
using api::ims::Batch;

namespace {

std::string joined(const std::vector<Fault>& faults) {
  std::string all;
  for (const Fault& fault : faults) all += (all.empty() ? "" : "; ") + fault.field + " " + fault.reason;
  return all;
}

Batch batch_of(ims::Operation operation) {
  Batch batch;
  batch.kind = Kind::resource_pool;
  batch.operation = operation;
  return batch;
}

/// What is wrong with a batch of at most three beyond the document's word.
std::string own_faults(ims::Operation operation, std::string_view json, Batch* into = nullptr) {
  Batch batch = batch_of(operation);
  std::vector<Fault> none;
  std::string all = joined(api::ims::read_batch(Value::parse(json).value(), 3, none, batch));
  if (into != nullptr) *into = batch;
  return all;
}

}  // namespace

TEST_CASE("a batch is atomic unless it says otherwise") {
  Batch batch;
  CHECK(own_faults(ims::Operation::create, R"({"items":[{"resourcePoolId":"a"},{}]})", &batch).empty());
  CHECK(batch.atomic);
  REQUIRE(batch.entries.size() == 2);
  CHECK(batch.entries[0].id == "a");
  CHECK(batch.entries[1].id.empty());
  CHECK(own_faults(ims::Operation::remove, R"({"atomic":false,"ids":["a","b"]})", &batch).empty());
  CHECK_FALSE(batch.atomic);
  CHECK(batch.entries[1].id == "b");
}

TEST_CASE("a batch has at least one entry, and at most as many as are allowed") {
  CHECK(own_faults(ims::Operation::create, R"({"items":[{},{},{}]})").empty());
  CHECK(own_faults(ims::Operation::create, R"({"items":[{},{},{},{}]})") == "/items at most 3 items");
  CHECK(own_faults(ims::Operation::create, R"({"items":[]})") == "/items must not be empty");
  CHECK(own_faults(ims::Operation::remove, "{}") == "/ids must not be empty");
}

TEST_CASE("an update names its object, and perhaps a tag") {
  Batch batch;
  CHECK(own_faults(ims::Operation::update, R"({"items":[{"id":"a","body":{"x":1},"ifMatch":"\"1.2\""}]})", &batch)
            .empty());
  CHECK(batch.entries[0].if_match == "\"1.2\"");
  CHECK(batch.entries[0].body.at("x") == Value(1));
}

TEST_CASE("an id stands once in a batch") {
  CHECK(own_faults(ims::Operation::remove, R"({"ids":["a","b","a"]})") ==
        "/ids/2 has the id of /ids/0: a batch takes each once");
  CHECK(own_faults(ims::Operation::create, R"({"items":[{"resourcePoolId":"a"},{"resourcePoolId":"a"}]})") ==
        "/items/1 has the id of /items/0: a batch takes each once");
}

TEST_CASE("what the document says of an entry is the entry's, unless the batch itself is wrong") {
  Value body = Value::parse(R"({"items":[{"name":7},{"name":"b"}]})").value();
  Batch batch = batch_of(ims::Operation::create);
  std::vector<Fault> faults = {{"/items/0/name", "must be a string"}};
  CHECK(api::ims::read_batch(body, 3, faults, batch).empty());
  CHECK(faults.empty());
  CHECK(joined(batch.entries[0].faults) == "/items/0/name must be a string");
  CHECK(batch.entries[1].faults.empty());
  batch = batch_of(ims::Operation::create);
  faults = {{"/items/0/name", "must be a string"}, {"/colour", "no such member"}};
  CHECK(api::ims::read_batch(body, 3, faults, batch).empty());
  CHECK(faults.size() == 2);
  CHECK(batch.entries[0].faults.empty());
}

TEST_CASE("what is found against an entry is told with the document's word, each place once") {
  Batch batch = batch_of(ims::Operation::update);
  std::vector<Fault> faults = {{"/items/0/body/name", "must be a string"}};
  api::ims::read_batch(Value::parse(R"({"items":[{"id":"a","body":{"name":7,"oCloudId":"x"}}]})").value(), 3, faults,
                       batch);
  auto refusal = api::ims::entry_refusal(
      batch, 0, api::bad_request("", {{"name", "is wrong"}, {"oCloudId", "can't be changed"}, {"X-Header", "no"}}));
  REQUIRE(refusal);
  CHECK(joined(refusal->faults) ==
        "/items/0/body/name must be a string; /items/0/body/oCloudId can't be changed; X-Header no");
  CHECK(api::ims::entry_refusal(batch, 0, {})->status == 400);
  batch.entries[0].faults.clear();
  CHECK_FALSE(api::ims::entry_refusal(batch, 0, {}));
}
