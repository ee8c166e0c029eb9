#include <doctest/doctest.h>

#include "adapters/ims/kubernetes/identifiers.hpp"
#include "adapters/ims/kubernetes/list_splitter.hpp"
#include "adapters/ims/kubernetes/quantity.hpp"
#include "base/ids.hpp"

using namespace netweave::ims::kubernetes;

TEST_CASE("quantities are read in their plain units") {
  CHECK(parse_quantity("4") == 4);
  CHECK(parse_quantity("3800m") == doctest::Approx(3.8));
  CHECK(parse_quantity("100m") == 0.1);
  CHECK(parse_quantity("64Gi") == 68719476736.0);
  CHECK(parse_quantity("104845292Ki") == 104845292.0 * 1024);
  CHECK(parse_quantity("1.5k") == 1500);
  CHECK(parse_quantity("12E") == 12e18);
  CHECK(parse_quantity("1e3") == 1000);
  CHECK(parse_quantity("2E2") == 200);
  CHECK(parse_quantity("250n") == doctest::Approx(2.5e-7));
  CHECK(parse_quantity("-1") == -1);
  CHECK(parse_quantity("+.5") == 0.5);
  for (const char* none : {"", "Gi", "1Q", "1 Gi", "x1", "1m1", "--1", "1e"}) {
    CAPTURE(none);
    CHECK_FALSE(parse_quantity(none).has_value());
  }
}

TEST_CASE("identifiers begin with the adapter's name, are valid, and are read back") {
  for (const Reference& reference :
       {Reference{"node", "ip-10-0-0-1.ec2.internal", ""}, Reference{"md", "workers", "capi-system"},
        Reference{"ms", "a.b", "default"}, Reference{"cluster", "", ""}, Reference{"default", "", ""},
        Reference{"o2", "row-one", ""}, Reference{"type", "cpu4-mem16Gi-gpu1", ""}}) {
    std::string id = make_id("edge-1", reference);
    CAPTURE(id);
    CHECK(netweave::valid_id(id));
    Reference read = reference_of("edge-1", id);
    CHECK(read.what == reference.what);
    CHECK(read.name == reference.name);
    CHECK(read.name_space == reference.name_space);
  }
  CHECK(make_id("k", {"md", "c", "a-b"}) != make_id("k", {"md", "b.c", "a"}));
}

TEST_CASE("what is no identifier of this adapter is none") {
  for (const char* id :
       {"", "k", "k-", "other-node-a", "k-node", "k-node-", "k-thing-a", "k-md-nodot", "k-cluster-x"}) {
    CAPTURE(id);
    CHECK(reference_of("k", id).what.empty());
  }
}

TEST_CASE("a name too long for an identifier is cut, and stays unique") {
  std::string name(253, 'a');
  std::string one = make_id("a-rather-long-adapter", {"node", name, ""});
  std::string other = make_id("a-rather-long-adapter", {"node", name.substr(1) + "b", ""});
  CHECK(netweave::valid_id(one));
  CHECK(one != other);
  CHECK(reference_of("a-rather-long-adapter", one).what.empty());
}

TEST_CASE("names for objects are what was wished where Kubernetes takes it, else derived and unique") {
  CHECK(object_name("row-one", "x", "t") == "row-one");
  std::string derived = object_name("", "Workers of Turin!", "t");
  CHECK(derived.starts_with("workers-of-turin-"));
  CHECK(derived == object_name("", "Workers of Turin!", "t"));
  CHECK(derived != object_name("", "Workers of Turin!", "u"));
  CHECK(object_name("Row_1", "", "t") != object_name("row-1", "", "t"));
  CHECK(object_name("", "", "").starts_with("pool-"));
  CHECK(object_name(std::string(300, 'x'), "", "").size() <= 63);
}

TEST_CASE("a list is cut into its items wherever the network cuts it") {
  const std::string list = R"({"kind":"NodeList","metadata":{"continue":"x"},"items":[{"a":"}]\""},)"
                           "\n"
                           R"( {"b":{"c":[{}]}}]})";
  for (std::size_t step = 1; step <= list.size(); ++step) {
    ListSplitter splitter;
    std::string items;
    auto item = [&](char* text, std::size_t size) {
      items += std::string(text, size) + ";";
      return true;
    };
    for (std::size_t at = 0; at < list.size(); at += step) CHECK(splitter.feed(list.substr(at, step), item));
    CHECK(items == R"({"a":"}]\""};{"b":{"c":[{}]}};)");
    CHECK(splitter.complete());
    CHECK(splitter.frame() == R"({"kind":"NodeList","metadata":{"continue":"x"},"items":[]})");
  }
}

TEST_CASE("empty lists are complete, cut ones are not, and what is no list is refused") {
  auto run = [](std::string_view text, ListSplitter& splitter) {
    return splitter.feed(text, [](char*, std::size_t) { return true; });
  };
  for (const char* empty : {R"({"items":[]})", R"({"items": null})"}) {
    ListSplitter splitter;
    CHECK(run(empty, splitter));
    CHECK(splitter.complete());
  }
  ListSplitter cut;
  CHECK(run(R"({"items":[{"a":1})", cut));
  CHECK_FALSE(cut.complete());
  ListSplitter wrong;
  CHECK_FALSE(run(R"({"items":[1]})", wrong));
  ListSplitter another;
  CHECK_FALSE(run(R"({"items":{}})", another));
}
