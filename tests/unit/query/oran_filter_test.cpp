#include "query/oran_filter.hpp"

#include <doctest/doctest.h>

using namespace netweave;
using namespace netweave::query;

namespace {

std::vector<Condition> good(std::string_view text) {
  std::vector<Fault> faults;
  auto conditions = parse_oran_filter(text, faults);
  for (const Fault& fault : faults) FAIL(text << ": " << fault.reason);
  return conditions;
}

/// What is wrong with the text; it must give nothing.
std::string bad(std::string_view text) {
  std::vector<Fault> faults;
  CHECK(parse_oran_filter(text, faults).empty());
  REQUIRE(faults.size() == 1);
  CHECK(faults[0].field == "filter");
  return faults[0].reason;
}

std::vector<std::string> texts(const Condition& condition) {
  std::vector<std::string> all;
  for (const Operand& operand : condition.operands) all.push_back(operand.text);
  return all;
}

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("every operator, and what it takes") {
  const std::vector<std::pair<std::string, Test>> one = {{"eq", Test::any_of},  {"neq", Test::none_of},
                                                         {"gt", Test::greater}, {"gte", Test::greater_equal},
                                                         {"lt", Test::less},    {"lte", Test::less_equal}};
  const std::vector<std::pair<std::string, Test>> several = {
      {"in", Test::any_of}, {"nin", Test::none_of}, {"cont", Test::contains}, {"ncont", Test::not_contains}};
  for (const auto& [name, test] : one) {
    auto conditions = good("(" + name + ",a/b,1)");
    REQUIRE(conditions.size() == 1);
    CHECK(conditions[0].test == test);
    CHECK(conditions[0].path == Path{"a", "b"});
    CHECK(texts(conditions[0]) == Texts{"1"});
    CHECK(bad("(" + name + ",a,1,2)").find(name + " takes one value") != std::string::npos);
  }
  for (const auto& [name, test] : several) {
    auto conditions = good("(" + name + ",a,1,2,x)");
    CHECK(conditions.at(0).test == test);
    CHECK(texts(conditions[0]) == Texts{"1", "2", "x"});
  }
}

TEST_CASE("conditions are joined by semicolons, and what is harmless is tolerated") {
  CHECK(good("(eq,a,1);(neq,b,2)").size() == 2);
  CHECK(good("(eq,a,1);").size() == 1);
  CHECK(good(" (eq, a, 1) ; (in , b , x , y ) ; ").size() == 2);
  CHECK(texts(good("(in, a, x, y )")[0]) == Texts{"x", "y"});
  CHECK(texts(good("(eq,a,two words)")[0]) == Texts{"two words"});
  CHECK(texts(good("(eq,serviceUri,http://x.example/a)")[0]) == Texts{"http://x.example/a"});
}

TEST_CASE("quotes: for values, and for names that hold a slash") {
  CHECK(texts(good("(in,a,'x,y','(z)',';','it''s','')")[0]) == Texts{"x,y", "(z)", ";", "it's", ""});
  CHECK(texts(good("(eq,a, ' x ' )")[0]) == Texts{" x "});
  CHECK(good("(eq,extensions/labels/'a.b/c',1)")[0].path == Path{"extensions", "labels", "a.b/c"});
}

TEST_CASE("what can't be read is told, with the place") {
  CHECK(bad("") == "at its end: expected ( of (op,path,value)");
  CHECK(bad("eq,a,1") == "at character 1, before eq,a,1: expected ( of (op,path,value)");
  CHECK(bad("(like,a,1)") ==
        "at character 2, before like,a,1): expected one of eq, neq, gt, gte, lt, lte, in, nin, cont, ncont");
  CHECK(bad("(eq)").starts_with("at character 4, before )"));
  CHECK(bad("(eq,a)") == "at character 6, before ): expected , and a value");
  CHECK(bad("(eq,a,)") == "at character 7, before ): expected a value ('' is the empty one)");
  CHECK(bad("(eq,,1)").ends_with("expected an attribute's name"));
  CHECK(bad("(eq,a//b,1)").starts_with("at character 7"));
  CHECK(bad("(eq,a,1") == "at its end: expected ) or , (a value that holds such a character stands in single quotes)");
  CHECK(bad("(eq,a,f(x))").starts_with("at character 8, before (x))"));
  CHECK(bad("(eq,a,x;y)").starts_with("at character 8, before ;y)"));
  CHECK(bad("(eq,a,'x)") == "at character 7, before 'x): this quote is not closed");
  CHECK(bad("(eq,a,'x'y)").starts_with("at character 10, before y)"));
  CHECK(bad("(eq,a,1)(eq,b,2)") == "at character 9, before (eq,b,2): expected ; or the end");
  CHECK(bad("(eq,a,1);;").starts_with("at character 10"));
  CHECK(bad("(eq,\xC3\xA4\xC3\xB6,1,2)").starts_with("at character 10, before 2)"));
}
