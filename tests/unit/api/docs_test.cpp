#include <doctest/doctest.h>

#include "api/docs/gzip.hpp"
#include "api/docs/pages.hpp"
#include "api/docs/yaml.hpp"

using namespace netweave;
using namespace netweave::api;

TEST_CASE("gzip there and back, and the same bytes each time") {
  std::string text(100000, 'a');
  auto packed = docs::gzip(text).value();
  CHECK(packed.size() < 1000);
  CHECK(packed == docs::gzip(text).value());
  CHECK(docs::gunzip(packed, text.size()).value() == text);
  CHECK_FALSE(docs::gunzip(packed, text.size() - 1));
  CHECK_FALSE(docs::gunzip("no gzip", 100));
}

TEST_CASE("Swagger UI's files unpack") {
  CHECK(docs::gunzip(docs::swagger_ui_bundle(), 16UL << 20U).value().find("SwaggerUIBundle") != std::string::npos);
  CHECK(docs::gunzip(docs::swagger_ui_css(), 16UL << 20U).value().find(".swagger-ui") != std::string::npos);
  CHECK(docs::gunzip(docs::favicon(), 1UL << 20U).value().starts_with("\x89PNG"));
}

TEST_CASE("the page loads nothing from elsewhere and has no script in it") {
  std::string page(docs::index_html());
  CHECK(page.find("://") == std::string::npos);
  CHECK(page.find("<script>") == std::string::npos);
  CHECK(page.find("onload") == std::string::npos);
}

TEST_CASE("YAML: blocks for what has members, quotes for what would read as something else") {
  Value value = Value::parse(R"({"a":{"b":[1,{"c":"text","d":[]},["x"],"yes"],"e":{}},"f":"3.0","g":"a: b","h":null,
                                 "i":"","j":"#x","k":"- x","l":"/o2ims/{id}","m":"é\n"})")
                    .value();
  CHECK(docs::to_yaml(value) ==
        "a:\n"
        "  b:\n"
        "    - 1\n"
        "    - c: text\n"
        "      d: []\n"
        "    - - x\n"
        "    - \"yes\"\n"
        "  e: {}\n"
        "f: \"3.0\"\n"
        "g: \"a: b\"\n"
        "h: null\n"
        "i: \"\"\n"
        "j: \"#x\"\n"
        "k: \"- x\"\n"
        "l: /o2ims/{id}\n"
        "m: \"é\\n\"\n");
}
