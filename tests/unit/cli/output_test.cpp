#include <doctest/doctest.h>

#include "manifest.hpp"
#include "output/printer.hpp"
#include "output/table.hpp"
#include "output/terminal.hpp"
#include "output/text.hpp"
#include "output/yaml.hpp"

using namespace netweave;
using namespace netweave::cli;

TEST_CASE("ages are as kubectl writes them, on both sides of each change of unit") {
  auto age = [](std::int64_t seconds) { return format_age(std::chrono::seconds(seconds)); };
  constexpr std::int64_t hour = 3600, day = 86400, year = 365 * day;
  CHECK(age(0) == "0s");
  CHECK(age(119) == "119s");
  CHECK(age(120) == "2m");
  CHECK(age(125) == "2m5s");
  CHECK(age(599) == "9m59s");
  CHECK(age(600) == "10m");
  CHECK(age(3 * hour - 1) == "179m");
  CHECK(age(3 * hour) == "3h");
  CHECK(age(3 * hour + 61) == "3h1m");
  CHECK(age(8 * hour) == "8h");
  CHECK(age(2 * day - 1) == "47h");
  CHECK(age(2 * day) == "2d");
  CHECK(age(2 * day + hour) == "2d1h");
  CHECK(age(8 * day + hour) == "8d");
  CHECK(age(2 * year - 1) == "729d");
  CHECK(age(2 * year + day) == "2y1d");
  CHECK(age(9 * year) == "9y");
  CHECK(age(-2) == "0s");
  CHECK(age(-3) == "<invalid>");
}

TEST_CASE("what would move a terminal's cursor is written out; other text stays") {
  CHECK(printable("a\x1b[2Jb\r\n\tc\x7f") == R"(a\x1b[2Jb\x0d\n\tc\x7f)");
  CHECK(printable("a\nb", true) == "a\nb");
  CHECK(printable("größer 東京 \xf0\x9f\x9a\x80") == "größer 東京 \xf0\x9f\x9a\x80");
  CHECK(printable("\xc2\x9b"
                  "31m") == R"(\x9b31m)");  // CSI as one C1 control
  CHECK(printable("\xff\xc3") == "\xff\xc3");
}

TEST_CASE("a text's width is what a terminal gives it") {
  CHECK(display_width("abc") == 3);
  CHECK(display_width("größe") == 5);
  CHECK(display_width("東京") == 4);
  CHECK(display_width("e\xcc\x81") == 1);  // combining acute
  CHECK(display_width("\xff\xff") == 2);
}

TEST_CASE("columns are aligned by width, the last one not filled") {
  Table table({"ID", "NAME", "AGE"});
  table.add({"a", "東京", "1s"});
  table.add({"long-id", "x", "10m"});
  CHECK(table.take_text(true) ==
        "ID        NAME   AGE\n"
        "a         東京   1s\n"
        "long-id   x      10m\n");
  table.add({"b", "y", "2s"});
  CHECK(table.take_text(true) == "b         y      2s\n");
  CHECK(table.empty());
}

TEST_CASE("members' names become titles") {
  CHECK(title_of("resourcePoolId") == "Resource Pool ID");
  CHECK(title_of("oCloudId") == "O-Cloud ID");
  CHECK(title_of("serviceUri") == "Service URI");
  CHECK(title_of("name") == "Name");
}

TEST_CASE("a bar shows how far something is") {
  using std::chrono::seconds;
  CHECK(progress_line("pools", 0, 10, seconds(1)) == "pools  [>                             ]  0/10  0%");
  CHECK(progress_line("pools", 5000, 10000, seconds(1)) ==
        "pools  [===============>              ]  5,000/10,000  50%");
  CHECK(progress_line("pools", 12, 10, seconds(1)) == "pools  [==============================]  10/10  100%");
  CHECK(progress_line("waiting", 0, 0, seconds(75)) == "waiting  75s");
}

namespace {

/// YAML read back by the program's own reader.
Value reread(const Value& value) {
  auto values = read_values("---\n" + to_yaml(value), "test");
  REQUIRE(values);
  return values->empty() ? Value() : values->front();
}

}  // namespace

TEST_CASE("YAML reads back as the same value, whatever its texts look like") {
  for (const char* text :
       {"plain", "two words", "true",           "Yes",        "null", "~",    "123", "1e5", "007",   "-1",
        "",      " lead",     "trail ",         "a: b",       "a:b",  "a #b", "- x", "[x]", "{x}",   "x\ny",
        "\"q\"", "it's",      "http://x/y?z=1", "@x",         "%x",   "*x",   "&x",  "!x",  "größe", "=",
        "<<",    "0x1F",      ".inf",           "2026-01-02", "y",    "n",    "no"}) {
    Value value = Value::object();
    value[text] = text;
    value["list"].push_back(text);
    CHECK_MESSAGE(reread(value) == value, text);
  }
  Value deep = *Value::parse(R"({"a":[{"b":1,"c":[2,[3,4],{"d":null}]},[],{}],"e":{"f":{"g":true,"h":-1.5}}})");
  CHECK(reread(deep) == deep);
}

TEST_CASE("YAML and JSON are laid out as kubectl's") {
  Value value = *Value::parse(R"({"kind":"Pool","labels":{"a":"b"},"list":[{"x":1,"y":2},3],"none":{}})");
  CHECK(to_yaml(value) == "kind: Pool\nlabels:\n  a: b\nlist:\n- x: 1\n  \"y\": 2\n- 3\nnone: {}\n");
  CHECK(to_pretty_json(value["labels"]) == "{\n    \"a\": \"b\"\n}");
  CHECK(Value::parse(to_pretty_json(value)).value_or(Value()) == value);
}

TEST_CASE("every format prints a list, and one object") {
  auto kind = *find_kind("pool");
  Value pool = *Value::parse(R"({"resourcePoolId":"p","name":"P","createdAt":"x"})");
  auto printed = [&](Format format, bool list, std::size_t count) {
    std::string out;
    Layout layout;
    layout.format = format;
    layout.list = list;
    auto printer = make_printer(layout, false, [&](std::string_view text) { out += text; });
    for (std::size_t i = 0; i < count; ++i) printer->object(*kind, pool);
    printer->end();
    return out;
  };
  CHECK(printed(Format::table, true, 1) == "ID   NAME   LOCATION   AGE\np    P      <none>     <unknown>\n");
  CHECK(printed(Format::name, true, 2) == "resourcepool/p\nresourcepool/p\n");
  for (std::size_t count : {0U, 1U, 3U}) {
    auto json = Value::parse(printed(Format::json, true, count));
    REQUIRE(json);
    CHECK(json->at("items").size() == count);
    auto yaml = read_values(printed(Format::yaml, true, count), "test");
    REQUIRE(yaml);
    CHECK(yaml->front().at("items").size() == count);
  }
  CHECK(Value::parse(printed(Format::json, false, 1))->at("kind") == Value("ResourcePool"));
  CHECK(printed(Format::yaml, false, 1) == "kind: ResourcePool\nresourcePoolId: p\nname: P\ncreatedAt: x\n");
}
