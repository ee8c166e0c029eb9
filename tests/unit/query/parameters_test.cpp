#include "query/parameters.hpp"

#include <doctest/doctest.h>

using namespace netweave::query;

TEST_CASE("percent escapes are decoded, broken ones and what is not UTF-8 are refused") {
  CHECK(percent_decode("a%20b") == "a b");
  CHECK(percent_decode("%41%6a%6A") == "Ajj");
  CHECK(percent_decode("a+b") == "a+b");
  CHECK(percent_decode("a+b", true) == "a b");
  CHECK(percent_decode("%2B", true) == "+");
  CHECK(percent_decode("%C3%A9") == "\xc3\xa9");
  CHECK(percent_decode("%00") == std::string(1, '\0'));
  CHECK(percent_decode("") == "");
  for (const char* bad : {"%", "%4", "%zz", "a%2", "%%41", "% 1", "%-1", "%C3", "%ff", "%C0%80", "%ED%A0%80"})
    CHECK_FALSE(percent_decode(bad));
}

TEST_CASE("what is encoded decodes to the same, and is plain") {
  std::string all;
  for (int c = 1; c < 128; ++c) all += static_cast<char>(c);
  all += "\xc3\xa9\xf0\x9f\x98\x80";
  std::string encoded = percent_encode(all);
  CHECK(percent_decode(encoded) == all);
  CHECK(percent_decode(encoded, true) == all);
  CHECK(percent_encode("aZ09-._~") == "aZ09-._~");
  CHECK(percent_encode("a b&=") == "a%20b%26%3D");
}

TEST_CASE("parameters keep their order and their repeats") {
  auto parameters = Parameters::parse("b=2&a=1&b=3&flag&empty=&=nameless&x=1=2");
  REQUIRE(parameters);
  using Item = Parameters::Item;
  CHECK(parameters->items() ==
        std::vector<Item>{
            {"b", "2"}, {"a", "1"}, {"b", "3"}, {"flag", ""}, {"empty", ""}, {"", "nameless"}, {"x", "1=2"}});
  CHECK(*parameters->find("b") == "2");
  CHECK(parameters->all("b") == std::vector<std::string>{"2", "3"});
  CHECK(parameters->find("nope") == nullptr);
  CHECK(parameters->all("nope").empty());
}

TEST_CASE("empty parts are passed over") {
  auto parameters = Parameters::parse("&&a=1&&");
  REQUIRE(parameters);
  CHECK(parameters->items().size() == 1);
  CHECK(Parameters::parse("")->items().empty());
}

TEST_CASE("a broken escape in a name or a value spoils the whole") {
  CHECK_FALSE(Parameters::parse("a=%"));
  CHECK_FALSE(Parameters::parse("%=a"));
  CHECK_FALSE(Parameters::parse("a=1&b=%ff"));
}

TEST_CASE("two hundred parameters are taken, one more is not") {
  std::string query;
  for (int i = 0; i < 200; ++i) query += "a=1&";
  REQUIRE(Parameters::parse(query));
  CHECK(Parameters::parse(query)->items().size() == 200);
  CHECK_FALSE(Parameters::parse(query + "a=1"));
}
