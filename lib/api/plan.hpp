#pragma once

#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

#include "query/selection.hpp"
#include "state/columns.hpp"
#include "state/state.hpp"
#include "tenancy/scope.hpp"

namespace netweave::api {

/// A condition that is asked of every candidate.
struct Residual {
  query::Condition condition;
  state::FieldReader field;
  std::unordered_set<std::string> texts;  ///< many operands that are nothing but text: found without comparing each

  explicit Residual(query::Condition asked);
  [[nodiscard]] bool meets(std::span<const query::Scalar> values) const;
};

/// How a selection is answered from a snapshot, which it keeps. Any thread, one at a time.
struct Plan {
  enum class Way {
    ids,    ///< the objects of the ids that a condition names
    index,  ///< the members of groups
    table   ///< all objects of the kind
  };

  state::SnapshotRef snapshot;
  state::ColumnBudget* budget = nullptr;
  Kind kind = Kind::resource;
  Way way = Way::table;
  std::string by;                            ///< the field whose index is used
  std::vector<const state::Object*> listed;  ///< of `ids`, by id
  std::vector<std::uint64_t> groups;         ///< of `index`; no object is in two of them
  std::size_t candidates = 0;
  std::vector<Residual> residuals;
  tenancy::Scope scope;         ///< whose objects the list is of
  bool looks_at_scope = false;  ///< each candidate must be asked whether it is in the scope
  std::vector<state::FieldReader> sort;
  std::string asked;  ///< what a cursor is good for: the same list, conditions and order

  /// How many objects must be looked at; 0 where the page's own suffice.
  [[nodiscard]] std::size_t scans() const noexcept { return walks() ? 0 : candidates; }
  /// Whether the candidates are the list, in its order.
  [[nodiscard]] bool walks() const noexcept { return residuals.empty() && sort.empty() && !looks_at_scope; }
  [[nodiscard]] bool in_scope(const state::Object& object) const noexcept {
    return !looks_at_scope || scope.sees(*snapshot, object);
  }
  /// What `explain=true` shows of it.
  [[nodiscard]] Value describe() const;
};

Plan make_plan(const state::State& state, Kind kind, const query::Selection& selection, const tenancy::Scope& scope);
/// The same from a snapshot that conditions were made from.
Plan make_plan(const state::State& state, state::SnapshotRef snapshot, Kind kind, const query::Selection& selection,
               const tenancy::Scope& scope);

}  // namespace netweave::api
