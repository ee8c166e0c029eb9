#include "model/object.hpp"

#include <thread>
#include <vector>

#include <doctest/doctest.h>

using namespace netweave;
using namespace netweave::model;

namespace {

Draft full() {
  Draft draft;
  draft.kind = Kind::resource;
  draft.id = "res-1";
  draft.pool = "pool-1";
  draft.type = "type-1";
  draft.json = R"({"resourceId":"res-1","resourceTypeId":"type-1","resourcePoolId":"pool-1","description":"x"})";
  draft.adapter = "k8s";
  draft.reference = "k8s-node-1";
  draft.uid = "0b7e";
  draft.tenant = "acme";
  draft.version = 42;
  draft.revision = 7;
  return draft;
}

void check_same(const Draft& a, const Draft& b) {
  CHECK(a.kind == b.kind);
  CHECK(a.id == b.id);
  CHECK(a.json == b.json);
  CHECK(a.pool == b.pool);
  CHECK(a.type == b.type);
  CHECK(a.adapter == b.adapter);
  CHECK(a.reference == b.reference);
  CHECK(a.uid == b.uid);
  CHECK(a.tenant == b.tenant);
  CHECK(a.version == b.version);
  CHECK(a.revision == b.revision);
}

}  // namespace

TEST_CASE("an object gives back all that it was made from") {
  Draft draft = full();
  ObjectRef object = Object::make(draft);
  CHECK(object->kind() == Kind::resource);
  CHECK(object->id() == "res-1");
  CHECK(object->pool() == "pool-1");
  CHECK(object->type() == "type-1");
  CHECK(object->json() == draft.json);
  CHECK(object->json_comma() == draft.json + ",");
  CHECK(object->adapter() == "k8s");
  CHECK(object->reference() == "k8s-node-1");
  CHECK(object->uid() == "0b7e");
  CHECK(object->tenant() == "acme");
  CHECK(object->version() == 42);
  CHECK(object->revision() == 7);
  check_same(object->draft(), draft);
}

TEST_CASE("an object of the least has empty parts") {
  Draft draft;
  draft.id = "x";
  draft.json = std::string(1, '0');
  ObjectRef object = Object::make(draft);
  CHECK(object->id() == "x");
  CHECK(object->pool() == "");
  CHECK(object->type() == "");
  CHECK(object->adapter() == "");
  CHECK(object->uid() == "");
  CHECK(object->reference() == "");
  CHECK(object->tenant() == "");
  CHECK(object->json_comma() == "0,");
  check_same(object->draft(), draft);
}

TEST_CASE("the adapter's own id is the reference, or the id where there is none") {
  Draft draft = full();
  CHECK(Object::make(draft)->native_id() == "k8s-node-1");
  draft.reference = "";
  CHECK(Object::make(draft)->native_id() == "res-1");
}

TEST_CASE("an id is found in the JSON as a whole string, not as a part of another") {
  Draft draft = full();
  draft.id = "a";
  draft.pool = "aa";
  draft.type = "aaa";
  draft.json = R"({"x":"aaaa","y":"aaa","z":"aa","w":"a"})";
  ObjectRef object = Object::make(draft);
  CHECK(object->id() == "a");
  CHECK(object->pool() == "aa");
  CHECK(object->type() == "aaa");
}

TEST_CASE("an id that the JSON does not hold is kept behind it; a pool's or a type's is refused") {
  Draft draft = full();
  draft.id = "checkpoint of all";
  CHECK(Object::make(draft)->id() == "checkpoint of all");
  draft.pool = "pool-2";
  CHECK_THROWS_AS(Object::make(draft), std::invalid_argument);
  draft = full();
  draft.type = "type";
  CHECK_THROWS_AS(Object::make(draft), std::invalid_argument);
}

TEST_CASE("texts at their longest are kept whole, and longer ones are refused") {
  struct Limit {
    std::string Draft::*text;
    std::size_t most;
  };
  for (Limit limit : {Limit{&Draft::adapter, 255}, Limit{&Draft::tenant, 255}, Limit{&Draft::uid, 65535},
                      Limit{&Draft::reference, 65535}, Limit{&Draft::id, 65535}}) {
    CAPTURE(limit.most);
    Draft draft = full();
    (draft.*limit.text).assign(limit.most, 'x');
    check_same(Object::make(draft)->draft(), draft);
    (draft.*limit.text).assign(limit.most + 1, 'x');
    CHECK_THROWS_AS(Object::make(draft), std::invalid_argument);
  }
  for (std::string Draft::*text : {&Draft::pool, &Draft::type}) {
    for (std::size_t size : {65535U, 65536U}) {
      Draft draft = full();
      (draft.*text).assign(size, 'x');
      draft.json = R"({"a":"pool-1","b":"type-1","c":")" + draft.*text + R"("})";
      if (size == 65535U)
        check_same(Object::make(draft)->draft(), draft);
      else
        CHECK_THROWS_AS(Object::make(draft), std::invalid_argument);
    }
  }
}

TEST_CASE("all texts at their longest at once") {
  Draft draft;
  draft.id.assign(65535, 'i');
  draft.pool.assign(65535, 'p');
  draft.type.assign(65535, 't');
  draft.json = R"(["a)" + std::string(1000000, 'j') + R"(",")" + draft.id + R"(",")" + draft.pool + R"(",")" +
               draft.type + R"("])";
  draft.adapter.assign(255, 'a');
  draft.tenant.assign(255, 'n');
  draft.uid.assign(65535, 'u');
  draft.reference.assign(65535, 'r');
  check_same(Object::make(draft)->draft(), draft);
}

TEST_CASE("an object goes with its last reference, on whatever thread that is") {
  ObjectRef object = Object::make(full());
  std::vector<std::jthread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([mine = object] {
      for (int j = 0; j < 1000; ++j) {
        ObjectRef copy = mine;
        ObjectRef moved = std::move(copy);
        copy = moved;
        ObjectRef shared = ObjectRef::share(copy.get());
        ObjectRef adopted = ObjectRef::adopt(shared.detach());
        if (adopted->id() != "res-1") std::abort();
      }
    });
  object = ObjectRef();
  CHECK_FALSE(object);
}

TEST_CASE("the version moves on while others read") {
  ObjectRef object = Object::make(full());
  std::jthread reader([object] {
    for (int i = 0; i < 1000; ++i)
      if (object->version() < 42) std::abort();
  });
  for (std::uint64_t i = 43; i < 1043; ++i) object->seen_at(i);
  CHECK(object->version() == 1042);
}
