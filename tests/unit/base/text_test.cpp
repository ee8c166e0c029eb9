#include <doctest/doctest.h>

#include "netweave/http/message.hpp"

#include "base/crypto.hpp"
#include "base/ids.hpp"
#include "base/json.hpp"
#include "base/log.hpp"
#include "base/time.hpp"

using namespace netweave;

TEST_CASE("times are read with any offset and fraction, and written in UTC") {
  CHECK(format_rfc3339(0) == "1970-01-01T00:00:00.000Z");
  CHECK(parse_rfc3339("1970-01-01T01:00:00+01:00") == 0);
  CHECK(parse_rfc3339("2026-01-02T03:04:05.6789Z") == parse_rfc3339("2026-01-02T03:04:05.678Z"));
  CHECK(format_rfc3339(*parse_rfc3339("2026-02-28T23:59:59-00:01")) == "2026-03-01T00:00:59.000Z");
  for (const char* bad : {"", "2026-02-30T00:00:00Z", "2026-01-01T00:00:00", "2026-01-01", "2026-01-01T24:00:00Z"})
    CHECK_FALSE(parse_rfc3339(bad).has_value());
}

TEST_CASE("base64 and hex read back; what is not base64 is refused") {
  for (const char* text : {"", "f", "fo", "foo", "foob"}) {
    CHECK(crypto::from_base64(crypto::to_base64(text)) == text);
    CHECK(crypto::from_base64url(crypto::to_base64url(text)) == text);
  }
  CHECK(crypto::to_base64("foob") == "Zm9vYg==");
  CHECK_FALSE(crypto::from_base64("a").has_value());
  CHECK_FALSE(crypto::from_base64("Zm9vYh==").has_value());
  CHECK(crypto::to_hex("\x01\xff") == "01ff");
}

TEST_CASE("HMAC-SHA256 gives RFC 4231's second test vector") {
  CHECK(crypto::to_hex(crypto::hmac_sha256("Jefe", "what do ya want for nothing?")) ==
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

TEST_CASE("a sealed text opens under its own key alone, unchanged") {
  std::string key(32, 'k');
  std::string sealed = crypto::seal(key, "secret");
  CHECK(crypto::open(key, sealed) == "secret");
  CHECK_FALSE(crypto::open(std::string(32, 'x'), sealed).has_value());
  sealed[15] = static_cast<char>(sealed[15] ^ 1);
  CHECK_FALSE(crypto::open(key, sealed).has_value());
}

TEST_CASE("UUIDs have their version; version 5 is RFC 9562's example") {
  CHECK(make_uuid() != make_uuid());
  CHECK(make_uuid()[14] == '4');
  constexpr std::array<std::uint8_t, 16> dns = {0x6b, 0xa7, 0xb8, 0x10, 0x9d, 0xad, 0x11, 0xd1,
                                                0x80, 0xb4, 0x00, 0xc0, 0x4f, 0xd4, 0x30, 0xc8};
  CHECK(make_uuid5(dns, "www.example.com") == "2ed6657d-e927-568b-95e1-2665a8aea6a2");
}

TEST_CASE("identifiers are checked on both sides of their length") {
  CHECK(valid_id("a"));
  CHECK(valid_id(std::string(255, 'a')));
  CHECK_FALSE(valid_id(std::string(256, 'a')));
  CHECK_FALSE(valid_id(""));
  CHECK_FALSE(valid_id("-a"));
  CHECK_FALSE(valid_id("a/b"));
}

TEST_CASE("JSON text escapes what must be and mends what is not UTF-8") {
  std::string out;
  append_json_text(out, "a\"\\\n\x01\xff\xc3\xa9");
  CHECK(out == "\"a\\\"\\\\\\n\\u0001\xef\xbf\xbd\xc3\xa9\"");
}

TEST_CASE("a log line is one JSON object and obeys the level") {
  std::vector<std::string> lines;
  Log log =
      Log::to_sink([&](std::string_view, std::string_view line) { lines.emplace_back(line); }, LogLevel::info, true);
  log.debug("not this");
  log.warn("two\nlines", {{"route", "/x"}});
  REQUIRE(lines.size() == 1);
  CHECK(lines[0].find(R"("level":"warn","msg":"two\nlines","route":"/x"})") != std::string::npos);
}

TEST_CASE("headers are found whatever their case") {
  http::Headers headers = {{"Content-Type", "a"}, {"X-A", "b"}};
  CHECK(*http::find_header(headers, "content-type") == "a");
  CHECK(http::find_header(headers, "content") == nullptr);
}
