#include "selection.hpp"

#include <doctest/doctest.h>

#include "query/parameters.hpp"

using namespace netweave;
using namespace netweave::cli;

namespace {

/// The query's parameters, decoded, as "name=value name=value"; an error as its message.
std::string query(const Selection& selection, int version, const char* kind = "res") {
  auto text = query_of(selection, **find_kind(kind), version);
  if (!text) return text.error().message;
  std::string out;
  auto parameters = query::Parameters::parse(*text);
  REQUIRE(parameters);
  for (const auto& [name, value] : parameters->items()) out += (out.empty() ? "" : " ") + name + "=" + value;
  return out;
}

std::string filter(const std::string& written, int version, const char* kind = "res") {
  Selection selection;
  selection.filters = {written};
  return query(selection, version, kind);
}

std::string labels(const std::string& written, int version) {
  Selection selection;
  selection.labels = {written};
  return query(selection, version);
}

std::string sorted(const std::string& written, int version) {
  Selection selection;
  selection.sort_by = {written};
  return query(selection, version);
}

}  // namespace

TEST_CASE("version 2 gets conditions as they are written") {
  CHECK(filter("extensions.cpu.cores[gte]=32", 2) == "extensions.cpu.cores[gte]=32");
  CHECK(filter("name[in]=a,b", 2) == "name[in]=a,b");
  CHECK(filter("location=x", 2) == "location=x");
  CHECK(filter("name[regex]=^a=b[0-9]$", 2) == "name[regex]=^a=b[0-9]$");
  CHECK(filter("extensions.labels[\"a.b/c\"][ne]=d", 2) == "extensions.labels[\"a.b/c\"][ne]=d");
  CHECK(filter("extensions.labels[\"a=b\"]=c", 2) == "extensions.labels[\"a=b\"][eq]=c");
  CHECK(filter("name[eq]=", 2) == "name[eq]=");
}

TEST_CASE("version 1 gets what its parameters can say, and no more") {
  CHECK(filter("resourcePoolId[eq]=p", 1) == "resourcePoolId=p");
  CHECK(filter("resourceId[in]=a,b", 1) == "resourceId=a resourceId=b");
  CHECK(filter("vendor=x", 1) == "vendor=x");
  CHECK(filter("vendor[eq]=x", 1, "rt") == "vendor=x");
  CHECK(filter("vendor[eq]=x", 1).find("needs /o2ims/v2") != std::string::npos);    // of a resource it is its type's
  CHECK(filter("location[eq]=x", 1).find("needs /o2ims/v2") != std::string::npos);  // there a beginning matches
  CHECK(filter("resourceId[ne]=a", 1).find("[eq] and [in] work on resourceId") != std::string::npos);
}

TEST_CASE("labels are kubectl's selectors") {
  CHECK(labels("a=b,c==d", 1) == "labels=a:b,c:d");
  CHECK(labels("a=b, c!=d", 2) == "extensions.labels[\"a\"][eq]=b extensions.labels[\"c\"][ne]=d");
  CHECK(labels("a in (x, y),b notin (z)", 2) == "extensions.labels[\"a\"][in]=x,y extensions.labels[\"b\"][nin]=z");
  CHECK(labels("a", 2) == "extensions.labels[\"a\"][regex]=.*");
  for (const char* beyond : {"a!=b", "a in (b)", "a", "a:b=c"})
    CHECK(labels(beyond, 1).find("needs /o2ims/v2") != std::string::npos);
  for (const char* wrong : {"=b", "!a", "a in b", "a b", "a\"=b"})
    CHECK_FALSE(query_of({{}, {}, {wrong}, {}}, **find_kind("res"), 2));
}

TEST_CASE("order is one key for version 1, any number for version 2") {
  CHECK(sorted("name", 1) == "sortBy=name");
  CHECK(sorted("-{.extensions.cpu}", 1) == "sortBy=extensions.cpu sortOrder=desc");
  CHECK(sorted("name,-createdAt", 2) == "sort=name,-createdAt");
  CHECK(sorted("name,-createdAt", 1).find("several keys needs /o2ims/v2") != std::string::npos);
  CHECK(sorted("{.}", 2).find("must name a field") != std::string::npos);
}

TEST_CASE("what reads as no condition says how one is written") {
  CHECK(filter("name", 2).find("must read field[op]=value") != std::string::npos);
  CHECK(filter("=x", 2).find("must read field[op]=value") != std::string::npos);
  CHECK(filter("name[like]=x", 2).find("there is no operator [like]") != std::string::npos);
}
