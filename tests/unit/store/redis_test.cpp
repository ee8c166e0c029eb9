#include <doctest/doctest.h>

#include "store/record.hpp"
#include "store/redis/address.hpp"
#include "store/redis/connection.hpp"
#include "store/redis/entry.hpp"
#include "store/redis/keys.hpp"

using namespace netweave;
using namespace netweave::store;

namespace {

ObjectRef object(const std::string& json, Revision revision) {
  model::Draft draft;
  draft.kind = Kind::resource_pool;
  draft.id = "a";
  draft.json = json;
  draft.revision = revision;
  return model::Object::make(draft);
}

/// The prior state's JSON after a way through the bytes.
std::string there_and_back(const std::string& before, const std::string& after) {
  Change change{after.empty() ? ObjectRef() : object(after, 9), object(before, 3)};
  std::string record;
  if (change.object) encode_record(*change.object, 9, record);
  model::Draft scratch;
  auto made = redis::decode_entry("9-0", {"12345678", "", "5", record, redis::encode_before(change)}, scratch);
  REQUIRE_MESSAGE(made.has_value(), made.error().message);
  CHECK(made->entry.prior->revision() == 3);
  return std::string(made->entry.prior->json());
}

}  // namespace

TEST_CASE("a prior state is kept as what differs, and comes back whole") {
  for (const char* before : {"{}", R"({"a":1})", R"({"a":1,"b":2})", R"({"a":11,"a":11})"})
    for (const char* after : {"", "{}", R"({"a":1})", R"({"a":2})", R"({"a":1,"b":2})", R"({"a":1,"a":11,"a":11})"})
      CHECK(there_and_back(before, after) == before);
  std::string large(5000, 'x');
  Change change{object("{\"x\":\"" + large + "\",\"y\":1}", 9), object("{\"x\":\"" + large + "\",\"y\":22}", 3)};
  CHECK(redis::encode_before(change).size() < 60);
}

TEST_CASE("addresses of servers") {
  using redis::parse_address;
  CHECK(parse_address("redis-0.example:7000") == redis::Address{"redis-0.example", 7000});
  CHECK(parse_address("10.0.0.1") == redis::Address{"10.0.0.1", 6379});
  CHECK(parse_address("[::1]:6380") == redis::Address{"::1", 6380});
  CHECK(redis::Address{"::1", 6380}.text() == "[::1]:6380");
  for (const char* bad : {"", ":1", "a:", "a:0", "a:65536", "a:1x", "[::1", "[]:1", "::1:6379"})
    CHECK_MESSAGE(!parse_address(bad), bad);
}

TEST_CASE("a stream's id is a revision") {
  CHECK(redis::revision_of("17-0") == 17);
  CHECK(redis::revision_of("18446744073709551615-0") == UINT64_MAX);
  for (const char* bad : {"", "-0", "17", "17-1", "x-0", "18446744073709551616-0"}) CHECK(redis::revision_of(bad) == 0);
}

TEST_CASE("commands are written in Redis' protocol, and replies read from any pieces") {
  CHECK(redis::Command("SET").add("k").add(std::string_view("\0\r\n", 3)).bytes() ==
        std::string("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$3\r\n\0\r\n\r\n", 29));
  redis::ReplyReader reader;
  std::string bytes = "*3\r\n:7\r\n$2\r\nhi\r\n$-1\r\n";
  for (char byte : bytes.substr(0, bytes.size() - 1)) {
    reader.feed({&byte, 1});
    CHECK_FALSE(reader.next().value().has_value());
  }
  reader.feed("\n");
  auto reply = reader.next().value();
  REQUIRE(reply.has_value());
  CHECK(reply->at(0).number() == 7);
  CHECK(reply->at(1).text() == "hi");
  CHECK(reply->at(2).is_nil());
  CHECK(reply->at(3).is_nil());
  CHECK(reply->at(1).at(0).text().empty());
  reader.feed("HTTP/1.1 400 Bad Request\r\n");
  CHECK(reader.next().error().kind == ErrorKind::internal);
}

TEST_CASE("what a server refuses says what to do") {
  auto says = [](const char* reply) { return redis::error_of(reply, "a:1").message; };
  CHECK(redis::error_of("OOM command not allowed", "a:1").kind == ErrorKind::unavailable);
  CHECK(says("NOPERM this user has no permissions").find("docs/operations.md") != std::string::npos);
  CHECK(says("ERR invalid password").find("set redis.password") != std::string::npos);
  CHECK(redis::error_of("ERR something", "a:1").kind == ErrorKind::internal);
}
