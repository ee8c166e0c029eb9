#include "model/uuid.hpp"

#include <doctest/doctest.h>

using namespace netweave;

TEST_CASE("UUIDs are those of every earlier version: SMOs keep them") {
  CHECK(model::uuid_of(Kind::resource, "sim", "sim-res-0000001") == "5ba9fa52-2af1-5bd4-b135-fa64c4d1e2da");
  CHECK(model::uuid_of(Kind::resource_pool, "sim", "sim-pool-0001") == "eef53777-1f1e-5b19-b6aa-61964cf64605");
}

TEST_CASE("of an object that was given an id, the backend's own counts") {
  model::Draft draft;
  draft.kind = Kind::resource_pool;
  draft.id = "given";
  draft.adapter = "sim";
  draft.json = R"({"resourcePoolId":"given"})";
  CHECK(model::uuid_of(*model::Object::make(draft)) == model::uuid_of(Kind::resource_pool, "sim", "given"));
  draft.reference = "sim-pool-0001";
  CHECK(model::uuid_of(*model::Object::make(draft)) == model::uuid_of(Kind::resource_pool, "sim", "sim-pool-0001"));
}

TEST_CASE("adapters and kinds do not share UUIDs") {
  std::string one = model::uuid_of(Kind::resource, "a", "x");
  CHECK(one != model::uuid_of(Kind::resource, "b", "x"));
  CHECK(one != model::uuid_of(Kind::resource_pool, "a", "x"));
  CHECK(model::has_uuid(Kind::deployment_manager));
  CHECK(model::has_uuid(Kind::alarm_dictionary));
  CHECK(model::has_uuid(Kind::performance_dictionary));
  CHECK_FALSE(model::has_uuid(Kind::subscription));
}

TEST_CASE("what a UUID looks like") {
  CHECK(model::is_uuid("7fd364a0-6d82-4e0c-a418-5c1a2f8b9c3e"));
  CHECK(model::is_uuid("7FD364A0-6D82-4E0C-A418-5C1A2F8B9C3E"));
  for (const char* other :
       {"", "sim-pool-0001", "7fd364a0-6d82-4e0c-a418-5c1a2f8b9c3", "7fd364a006d82-4e0c-a418-5c1a2f8b9c3e",
        "7fd364a0-6d82-4e0c-a418-5c1a2f8b9c3g", "7fd364a0-6d82-4e0c-a418-5c1a2f8b9c3e1"})
    CHECK_FALSE(model::is_uuid(other));
}
