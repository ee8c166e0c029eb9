#pragma once

#include <vector>

#include "api/plan.hpp"
#include "query/selection.hpp"

namespace netweave::api::streams {

/// The conditions of a list on one kind, asked of one object at a time. Immutable; any thread.
class KindFilter {
 public:
  KindFilter(Kind kind, std::vector<query::Condition> conditions);

  [[nodiscard]] Kind kind() const noexcept { return kind_; }
  [[nodiscard]] bool meets(const model::ObjectRef& object) const;

 private:
  Kind kind_;
  std::vector<Residual> residuals_;
};

/// A fault for each condition on the pool or the type that a resource stands in: those change without the resource.
void refuse_reaching(const query::Selection& selection, std::vector<Fault>& faults);

}  // namespace netweave::api::streams
