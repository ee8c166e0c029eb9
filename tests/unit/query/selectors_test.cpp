#include "query/selectors.hpp"

#include <array>

#include <doctest/doctest.h>

using namespace netweave;
using namespace netweave::query;

namespace {

constexpr std::array attributes = {
    Selectable{"id"},
    Selectable{"name"},
    Selectable{"note", false, false, true},
    Selectable{"places", true},  // at least one
    Selectable{"elements", true, false, true},
    Selectable{"extensions", true, true, true},
};

const Value object = Value::parse(R"({"id":"1","name":"n","note":"o","places":["a"],"elements":[],
    "extensions":{"cpu":{"cores":8,"model":"m"},"disks":[{"gb":1,"kind":"a"},{"gb":2}],"os":"x"}})")
                         .value();

std::string shown(std::string_view query) {
  std::vector<Fault> faults;
  Selectors selectors = parse_selectors(*Parameters::parse(query), attributes, faults);
  for (const Fault& fault : faults) FAIL(fault.field << ": " << fault.reason);
  return select(object, selectors, attributes).to_json();
}

std::vector<Fault> refused(std::string_view query) {
  std::vector<Fault> faults;
  parse_selectors(*Parameters::parse(query), attributes, faults);
  return faults;
}

}  // namespace

TEST_CASE("without selectors, and with all_fields, everything is shown") {
  CHECK(shown("") == object.to_json());
  CHECK(shown("all_fields") == object.to_json());
  CHECK(shown("all_fields=false") == object.to_json());
  CHECK(shown("filter=x&other=y") == object.to_json());
}

TEST_CASE("fields: of the complex attributes those alone; simple ones and what must be there stay") {
  CHECK(shown("fields=elements") == R"({"id":"1","name":"n","note":"o","places":["a"],"elements":[]})");
  CHECK(shown("fields=name") == R"({"id":"1","name":"n","note":"o","places":["a"]})");
  CHECK(shown("fields=extensions/cpu/cores,%20extensions/os") ==
        R"({"id":"1","name":"n","note":"o","places":["a"],"extensions":{"cpu":{"cores":8},"os":"x"}})");
  CHECK(shown("fields=extensions/disks/gb") ==
        R"({"id":"1","name":"n","note":"o","places":["a"],"extensions":{"disks":[{"gb":1},{"gb":2}]}})");
  CHECK(shown("fields=extensions/absent") == R"({"id":"1","name":"n","note":"o","places":["a"]})");
}

TEST_CASE("exclude_fields takes away what may lack, whatever fields says") {
  CHECK(shown("exclude_fields=extensions,elements,note,name,places") == R"({"id":"1","name":"n","places":["a"]})");
  CHECK(shown("exclude_fields=elements,extensions/cpu,extensions/disks/gb") ==
        R"({"id":"1","name":"n","note":"o","places":["a"],"extensions":{"disks":[{"kind":"a"},{}],"os":"x"}})");
  CHECK(shown("fields=extensions&exclude_fields=extensions/disks,extensions/cpu") ==
        R"({"id":"1","name":"n","note":"o","places":["a"],"extensions":{"os":"x"}})");
}

TEST_CASE("exclude_default leaves the complex attributes out that may lack") {
  CHECK(shown("exclude_default") == R"({"id":"1","name":"n","note":"o","places":["a"]})");
  CHECK(shown("exclude_default&fields=elements") == R"({"id":"1","name":"n","note":"o","places":["a"],"elements":[]})");
}

TEST_CASE("names that are no attribute are refused, each") {
  CHECK(refused("fields=colour").at(0).field == "fields");
  CHECK(refused("fields=colour").at(0).reason == "there is no attribute \"colour\"");
  CHECK(refused("exclude_fields=size,name,weight").size() == 2);
  CHECK(refused("fields=").size() == 1);
  CHECK(refused("fields=name,").size() == 1);
  CHECK(refused("fields=extensions/").size() == 1);
  CHECK(refused("fields=name/first").size() == 1);
  CHECK(refused("fields=places/x").size() == 1);
  CHECK(refused("fields=(name,elements)").at(0).reason.find("without parentheses") != std::string::npos);
  CHECK(refused("exclude_fields=(extensions)").size() == 1);
}
