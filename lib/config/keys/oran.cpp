#include "config/keys/sections.hpp"

namespace netweave::config::sections {
namespace {

constexpr Key keys[] = {
    {.path = "oran.profile",
     .access = at<&Config::oran, &OranConfig::profile>(),
     .type = Type::choice,
     .choices = "strict|conformance",
     .doc =
         "Where the standard's sources contradict each other: `strict` is the interface specification, `conformance` "
         "the conformance specification and its test suite."},
    {.path = "oran.decimal_marker",
     .access = at<&Config::oran, &OranConfig::decimal_marker>(),
     .type = Type::choice,
     .choices = "by_profile|refused|page",
     .doc = "What a `nextpage_opaque_marker` of digits is: refused (400; `strict`), or the number of a page of 30 "
            "(`conformance`)."},
    {.path = "oran.page_bytes",
     .access = at<&Config::oran, &OranConfig::page_bytes>(),
     .type = Type::integer,
     .least = 1 * kib,
     .most = 1 * gib,
     .doc =
         "Bytes of a list's answer in the O-RAN family; the rest is behind its `Link` to the next page. One object is "
         "always shown."},
};

}  // namespace

Section oran() { return {keys, {}}; }

}  // namespace netweave::config::sections
