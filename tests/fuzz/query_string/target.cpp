#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "query/selection.hpp"

namespace {

using namespace netweave;
using namespace netweave::query;

void check(bool holds) {
  if (!holds) std::abort();
}

/// What was taken holds what the evaluation relies on.
void check_selection(Dialect dialect, Kind kind, const Parameters& parameters, const Value& object) {
  std::vector<Fault> faults;
  Selection selection = parse(dialect, kind, parameters, Limits(), faults);
  if (!faults.empty()) return;
  check(selection.limit >= 1 && selection.limit <= 1000);
  for (const Condition& condition : selection.conditions) {
    check(!condition.path.empty() && !condition.operands.empty());
    (void)meets(condition, object);
  }
  for (const SortKey& key : selection.sort) {
    Scalar value = first_at(object, key.path);
    check(compare(value, Scalar::of(value.to_value()), key.descending) == 0);
  }
  (void)project(object, selection.fields, "resourceId");
}

}  // namespace

/// A query decodes to parameters that, encoded again, decode to the same; whatever a list takes of them it can
/// evaluate.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Value object =
      Value::parse(R"({"resourceId":"r","resourcePoolId":"p","extensions":{"a":[{"b":1},{"b":"x"}],
    "labels":{"zone":"a"},"n":null,"t":true}})")
          .value();
  auto parameters = Parameters::parse(std::string_view(reinterpret_cast<const char*>(data), size));
  if (!parameters) return 0;
  std::string again;
  for (const auto& [name, value] : parameters->items())
    again += percent_encode(name) + "=" + percent_encode(value) + "&";
  auto twice = Parameters::parse(again);
  check(twice && twice->items() == parameters->items());
  for (Kind kind : {Kind::deployment_manager, Kind::resource_pool, Kind::resource_type, Kind::resource,
                    Kind::subscription, Kind::o_cloud, Kind::tenant})
    for (Dialect dialect : {Dialect{}, Dialect{true, false}, Dialect{true, true}})
      check_selection(dialect, kind, *parameters, object);
  return 0;
}
