#include "store/record.hpp"

#include <random>
#include <string>

#include <doctest/doctest.h>

#include "model/kinds.hpp"

using namespace netweave;
using netweave::store::decode_record;
using netweave::store::encode_record;

namespace {

model::Draft full_draft() {
  model::Draft draft;
  draft.kind = Kind::resource;
  draft.id = "r1";
  draft.json = R"({"resourceId":"r1","resourceTypeId":"t1","resourcePoolId":"p1"})";
  draft.pool = "p1";
  draft.type = "t1";
  draft.adapter = "kubernetes";
  draft.reference = "nodes/r1";
  draft.uid = std::string("binary\0uid", 10);
  draft.tenant = "blue";
  draft.version = UINT64_MAX;
  draft.revision = 300;
  return draft;
}

model::Draft draft_of(Kind kind, const std::string& id, const std::string& json, model::Revision revision) {
  model::Draft draft;
  draft.kind = kind;
  draft.id = id;
  draft.json = json;
  draft.revision = revision;
  return draft;
}

std::string encoded(const model::Draft& draft) {
  std::string bytes;
  encode_record(*model::Object::make(draft), draft.revision, bytes);
  return bytes;
}

std::string refusal(const std::string& bytes) {
  auto object = decode_record(bytes);
  REQUIRE_FALSE(object.has_value());
  CHECK(object.error().kind == ErrorKind::internal);
  return object.error().message;
}

bool says(const std::string& bytes, const char* what) { return refusal(bytes).find(what) != std::string::npos; }

}  // namespace

TEST_CASE("a record holds every field of an object") {
  model::Draft draft = full_draft();
  model::Draft back = decode_record(encoded(draft)).value()->draft();
  CHECK(back.kind == draft.kind);
  CHECK(back.id == draft.id);
  CHECK(back.json == draft.json);
  CHECK(back.pool == draft.pool);
  CHECK(back.type == draft.type);
  CHECK(back.adapter == draft.adapter);
  CHECK(back.reference == draft.reference);
  CHECK(back.uid == draft.uid);
  CHECK(back.tenant == draft.tenant);
  CHECK(back.version == draft.version);
  CHECK(back.revision == draft.revision);
}

TEST_CASE("an object of the gateway's own, whose JSON does not hold its id, comes back too") {
  auto back = decode_record(encoded(draft_of(model::checkpoint, "k8s", "{}", 1))).value();
  CHECK(back->id() == "k8s");
  CHECK(back->json() == "{}");
}

TEST_CASE("one scratch serves many records, and nothing of one stays in the next") {
  model::Draft scratch;
  CHECK(decode_record(encoded(full_draft()), scratch).has_value());
  auto second = decode_record(encoded(draft_of(Kind::resource, "s", "{}", 1)), scratch).value();
  CHECK(second->draft().json == "{}");
  CHECK(second->tenant().empty());
  CHECK(second->version() == 0);
}

TEST_CASE("a record's bytes are those that record.hpp writes down") {
  model::Draft draft = draft_of(Kind::resource_pool, "p", "{}", 300);
  draft.adapter = "sim";
  draft.version = 5;
  CHECK(encoded(draft) == std::string("\x01\x02\xac\x02\x05\x01p\0\0\x03sim\0\0\0\x02{}", 19));
}

TEST_CASE("every shortened record is refused") {
  std::string whole = encoded(full_draft());
  for (std::size_t size = 0; size < whole.size(); ++size) CHECK_FALSE(decode_record(whole.substr(0, size)).has_value());
}

TEST_CASE("what is malformed is refused with the reason") {
  std::string whole = encoded(full_draft());
  CHECK(says("", "ends too early"));
  CHECK(says("\x02" + whole.substr(1), "another version"));
  CHECK(says(whole + "x", "something follows"));
  CHECK(says(std::string("\x01\x04\xac\x82\x00", 5) + whole.substr(4), "longer than it needs"));
  CHECK(says("\x01\x04" + std::string(10, '\xff'), "does not fit 64 bits"));
  CHECK(says("\x01\x04\x01\x01\xff\xff\xff\xff\x7f", "too long"));
  CHECK(says(std::string("\x01\x04\x00\x00\x01p\0\0\0\0\0\0\x02{}", 15), "no kind, revision or id"));
  CHECK(says(std::string("\x01\x00\x01\x00\x01p\0\0\0\0\0\0\x02{}", 15), "no kind, revision or id"));
  CHECK(says(std::string("\x01\x04\x01\x00\0\0\0\0\0\0\0\x02{}", 14), "no kind, revision or id"));
  CHECK(says(std::string("\x01\x04\x01\x00\x01p\x01q\0\0\0\0\0\x02{}", 16), "missing from its JSON"));
}

TEST_CASE("what decodes after random damage has one encoding") {
  std::mt19937 random(7);
  std::string whole = encoded(full_draft());
  int decoded = 0;
  for (int i = 0; i < 20000; ++i) {
    std::string bytes = whole;
    for (auto left = 1 + random() % 3; left > 0; --left) bytes[random() % bytes.size()] = static_cast<char>(random());
    auto object = decode_record(bytes);
    if (!object) continue;
    ++decoded;
    std::string again;
    encode_record(**object, (*object)->revision(), again);
    CHECK(again == bytes);
  }
  CHECK(decoded > 100);
}
