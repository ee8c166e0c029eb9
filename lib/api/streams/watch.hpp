#pragma once

#include "api/call.hpp"
#include "query/selection.hpp"

/// A list that goes on as its changes, as Kubernetes has it: `?watch=true&revision=`.
namespace netweave::api::streams {

/// Whether a list is asked for as a watch.
bool is_watch(const Call& call);

/// A fault for each parameter of a watch in a list that is none.
void refuse_watching(const Call& call, std::vector<Fault>& faults);

/// The parameters that are a watch's own.
query::Parameters without_own(const query::Parameters& parameters);

/// Answers with what enters, changes in and leaves the list of a kind. `within`: conditions that the path itself sets.
void answer_watch(const CallRef& call, Kind kind, std::vector<query::Condition> within);

}  // namespace netweave::api::streams
