#include "api/streams/kind_filter.hpp"

#include <algorithm>

namespace netweave::api::streams {

KindFilter::KindFilter(Kind kind, std::vector<query::Condition> conditions) : kind_(kind) {
  for (query::Condition& condition : conditions) residuals_.emplace_back(std::move(condition));
}

bool KindFilter::meets(const model::ObjectRef& object) const {
  return object && object->kind() == kind_ &&
         std::all_of(residuals_.begin(), residuals_.end(),
                     [&](const Residual& residual) { return residual.meets(residual.field.read(*object)); });
}

void refuse_reaching(const query::Selection& selection, std::vector<Fault>& faults) {
  for (const query::Condition& condition : selection.conditions) {
    if (condition.subject == query::Subject::self) continue;
    bool pool = condition.subject == query::Subject::pool;
    faults.push_back({condition.parameter, std::string("can't be watched of resources: it is their ") +
                                               (pool ? "pool's" : "type's") + ", and changes without them; use " +
                                               (pool ? "resourcePoolId" : "resourceTypeId")});
  }
}

}  // namespace netweave::api::streams
