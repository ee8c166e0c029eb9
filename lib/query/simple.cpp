#include <array>

#include "query/filters.hpp"

namespace netweave::query {
namespace {

/// How a v1 parameter reaches what it filters by, for each kind that it applies to.
struct Simple {
  std::string_view name;
  Kind kind;
  Subject subject;
  std::string_view field;
  Test test = Test::any_of;
};

constexpr std::array simple_filters = {
    Simple{"resourcePoolId", Kind::resource, Subject::self, "resourcePoolId"},
    Simple{"resourcePoolId", Kind::resource_pool, Subject::self, "resourcePoolId"},
    Simple{"resourceTypeId", Kind::resource, Subject::self, "resourceTypeId"},
    Simple{"resourceTypeId", Kind::resource_type, Subject::self, "resourceTypeId"},
    Simple{"resourceId", Kind::resource, Subject::self, "resourceId"},
    Simple{"location", Kind::resource, Subject::pool, "location", Test::prefix},
    Simple{"location", Kind::resource_pool, Subject::self, "location", Test::prefix},
    Simple{"location", Kind::deployment_manager, Subject::self, "supportedLocations", Test::prefix},
    Simple{"oCloudId", Kind::resource, Subject::pool, "oCloudId"},
    Simple{"oCloudId", Kind::resource_pool, Subject::self, "oCloudId"},
    Simple{"oCloudId", Kind::deployment_manager, Subject::self, "oCloudId"},
    Simple{"resourceClass", Kind::resource, Subject::type, "resourceClass"},
    Simple{"resourceClass", Kind::resource_type, Subject::self, "resourceClass"},
    Simple{"resourceKind", Kind::resource, Subject::type, "resourceKind"},
    Simple{"resourceKind", Kind::resource_type, Subject::self, "resourceKind"},
    Simple{"vendor", Kind::resource, Subject::type, "vendor"},
    Simple{"vendor", Kind::resource_type, Subject::self, "vendor"},
    Simple{"model", Kind::resource, Subject::type, "model"},
    Simple{"model", Kind::resource_type, Subject::self, "model"},
};

void read_labels(std::string_view text, Selection& selection, std::vector<Fault>& faults) {
  while (true) {
    std::string_view pair = text.substr(0, text.find(','));
    std::size_t colon = pair.find(':');
    if (colon == std::string_view::npos || colon == 0) {
      faults.push_back({"labels", "must read key:value,key2:value2"});
      return;
    }
    Condition condition;
    condition.parameter = "labels";
    condition.path = {"extensions", "labels", std::string(pair.substr(0, colon))};
    condition.operands.emplace_back(pair.substr(colon + 1));
    selection.conditions.push_back(std::move(condition));
    if (pair.size() == text.size()) return;
    text.remove_prefix(pair.size() + 1);
  }
}

}  // namespace

bool read_simple(Kind kind, const std::string& name, const std::string& value, Selection& selection,
                 std::vector<Fault>& faults) {
  if (name == "labels" && (kind == Kind::resource || kind == Kind::resource_pool)) {
    read_labels(value, selection, faults);
    return true;
  }
  for (const Simple& simple : simple_filters) {
    if (simple.name != name || simple.kind != kind) continue;
    for (Condition& condition : selection.conditions)
      if (condition.parameter == name) {
        condition.operands.emplace_back(value);  // a repeated parameter means any of its values
        return true;
      }
    selection.conditions.push_back({name, simple.subject, {std::string(simple.field)}, simple.test, {value}, {}});
    return true;
  }
  return false;
}

}  // namespace netweave::query
