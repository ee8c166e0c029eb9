#include "config/text.hpp"

#include <array>
#include <string>

#include <doctest/doctest.h>

using namespace netweave;
using namespace netweave::config;

TEST_CASE("durations read in every unit and print in the largest that fits") {
  CHECK(parse_duration("500ms") == 500);
  CHECK(parse_duration("10s") == 10000);
  CHECK(parse_duration("5m") == 300000);
  CHECK(parse_duration("24h") == 86400000);
  CHECK(parse_duration("14d") == 14 * 86400000LL);
  CHECK(parse_duration("1h30m") == 5400000);
  CHECK(parse_duration("0") == 0);
  for (const char* text : {"", "s", "10", "-1s", "+1s", "1.5s", "1 s", "1S", "1y", "1s1", "99999999999999999999s",
                           "36501d", "9223372036854775807d", " 1s"})
    CHECK_FALSE(parse_duration(text).has_value());
  for (const char* text : {"0s", "1ms", "1500ms", "2m", "90s", "168h"})
    CHECK(format_duration(*parse_duration(text)) == text);
}

TEST_CASE("plain scalars mean what JSON would say, and else are text") {
  CHECK(plain_value("1").to_json() == "1");
  CHECK(plain_value("-1").to_json() == "-1");
  CHECK(plain_value("1e3").to_json() == "1000");
  CHECK(plain_value("true").is_bool());
  CHECK(plain_value("~").is_null());
  for (const char* text : {"007", "0x10", "1_000", "yes", "-", "1.2.3", ".inf", "1e999", "-x"})
    CHECK(plain_value(text).is_text());
}

TEST_CASE("a near name is suggested, a far one is not") {
  constexpr std::array<std::string_view, 4> names = {"host", "port", "max_connections", "max_in_flight"};
  CHECK(nearest("prot", names) == "port");
  CHECK(nearest("hots", names) == "host");
  CHECK(nearest("MaxConnections", names) == "max_connections");
  CHECK(nearest("max-inflight", names) == "max_in_flight");
  CHECK(nearest("colour", names).empty());
  CHECK(nearest("", names).empty());
  CHECK(nearest(std::string(10000, 'a'), names).empty());
}

TEST_CASE("a list takes commas and forgets the space around them") {
  CHECK(split_list("a, b ,c") == std::vector<std::string>{"a", "b", "c"});
  CHECK(split_list(" ").empty());
  CHECK(split_list("a,,b").size() == 3);
}
