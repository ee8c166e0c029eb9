#include "api/plan.hpp"

#include <algorithm>

#include "model/fields.hpp"
#include "query/path.hpp"
#include "state/groups.hpp"

namespace netweave::api {
namespace {

using query::Condition;
using query::Operand;
using query::Path;
using query::Subject;
using query::Test;

constexpr std::size_t many_operands = 16;
/// What an object outside a column costs, compared with one inside: its memory is cold, and its JSON is read.
constexpr std::size_t cost_of_a_member = 64;

bool plain_text(const Operand& operand) { return !operand.number && !operand.time && !operand.boolean; }

bool is_id(Kind kind, const Condition& condition) {
  return condition.subject == Subject::self && condition.test == Test::any_of && !condition.reading &&
         condition.path.size() == 1 && condition.path[0] == model::table_of(kind).id;
}

/// The same list with the same conditions and order, whatever its limit.
std::string asked_by(Kind kind, const query::Selection& selection, const tenancy::Scope& scope) {
  std::string text(1, static_cast<char>(kind));
  if (!scope.all()) text.append("@").append(scope.tenant());
  if (!selection.identity.empty()) return text + "=" + selection.identity;
  auto add_path = [&](const Path& path) {
    for (const std::string& segment : path) text.append(segment).append("\x1f");
  };
  for (const Condition& condition : selection.conditions) {
    text += static_cast<char>('A' + static_cast<int>(condition.subject));
    text += static_cast<char>('a' + static_cast<int>(condition.test));
    add_path(condition.path);
    for (const Operand& operand : condition.operands) text.append("\x1e").append(operand.text);
  }
  for (const query::SortKey& key : selection.sort) {
    text += key.descending ? '-' : '+';
    add_path(key.path);
  }
  return text;
}

/// The ids of the pools (or types) that meet every condition on them: a condition on the resource itself.
Condition resolve(const state::Snapshot& snapshot, const tenancy::Scope& scope, Subject subject,
                  const std::vector<Condition>& conditions) {
  Kind kind = subject == Subject::pool ? Kind::resource_pool : Kind::resource_type;
  std::vector<Residual> asked;
  for (const Condition& condition : conditions)
    if (condition.subject == subject) asked.emplace_back(condition);
  Condition resolved;
  resolved.path = {subject == Subject::pool ? "resourcePoolId" : "resourceTypeId"};
  for (auto cursor = snapshot.table(kind).begin(); cursor.valid(); cursor.next()) {
    auto met = [&](const Residual& residual) { return residual.meets(residual.field.read(*cursor)); };
    if (scope.sees(snapshot, *cursor) && std::all_of(asked.begin(), asked.end(), met))
      resolved.operands.emplace_back(cursor->id());
  }
  return resolved;
}

std::vector<Condition> resolve_all(const state::Snapshot& snapshot, const tenancy::Scope& scope,
                                   const std::vector<Condition>& conditions) {
  std::vector<Condition> resolved;
  for (Subject subject : {Subject::pool, Subject::type}) {
    bool any = std::any_of(conditions.begin(), conditions.end(),
                           [&](const Condition& condition) { return condition.subject == subject; });
    if (any) resolved.push_back(resolve(snapshot, scope, subject, conditions));
  }
  for (const Condition& condition : conditions)
    if (condition.subject == Subject::self) resolved.push_back(condition);
  return resolved;
}

std::size_t members(const state::Postings& index, std::uint64_t group) {
  return index.rank({group + 1, {}}) - index.rank({group, {}});
}

/// Narrows a list to its scope: by a condition, which may have an index, unless what is seen is more than what is
/// owned.
void narrow(Plan& plan, std::vector<Condition>& conditions) {
  if (plan.scope.all() || !tenancy::belongs_to_a_tenant(plan.kind)) return;
  bool pools = plan.kind == Kind::resource_pool || plan.kind == Kind::resource;
  plan.looks_at_scope = plan.kind == Kind::role || (pools && tenancy::shares_pools(*plan.snapshot));
  if (plan.looks_at_scope) return;
  bool all_default = members(plan.snapshot->index(plan.kind), state::owned_group()) == 0;
  if (plan.scope.tenant() == model::default_tenant && all_default && plan.kind != Kind::tenant) return;
  Condition own;
  own.path = {"tenantId"};
  own.operands.emplace_back(plan.scope.tenant());
  conditions.push_back(std::move(own));
}

/// The groups in which all objects stand that meet the condition, and no others; nullopt where no index says that.
std::optional<std::vector<std::uint64_t>> groups_for(const state::Postings& index, Kind kind,
                                                     const Condition& condition) {
  if (condition.subject != Subject::self || condition.test != Test::any_of || condition.reading) return std::nullopt;
  if (members(index, state::other_group(condition.path)) > 0) return std::nullopt;
  std::vector<std::uint64_t> groups;
  for (const Operand& operand : condition.operands) {
    auto group = operand.time ? std::nullopt : state::group_of(kind, condition.path, operand.text);
    if (!group) return std::nullopt;
    groups.push_back(*group);
  }
  std::sort(groups.begin(), groups.end());
  groups.erase(std::unique(groups.begin(), groups.end()), groups.end());
  return groups;
}

/// Takes the objects that a condition names by their ids.
void take_ids(Plan& plan, const Condition& condition) {
  plan.way = Plan::Way::ids;
  plan.by = condition.path[0];
  for (const Operand& operand : condition.operands)
    if (const state::Object* object = plan.snapshot->find(plan.kind, operand.text)) plan.listed.push_back(object);
  auto before = [](const state::Object* a, const state::Object* b) { return a->id() < b->id(); };
  std::sort(plan.listed.begin(), plan.listed.end(), before);
  plan.listed.erase(std::unique(plan.listed.begin(), plan.listed.end()), plan.listed.end());
  plan.candidates = plan.listed.size();
}

/// Picks the condition whose index leaves the fewest candidates; gives its place, or the conditions' size.
std::size_t pick(Plan& plan, const std::vector<Condition>& conditions) {
  auto named = std::find_if(conditions.begin(), conditions.end(), [&](const Condition& condition) {
    return is_id(plan.kind, condition) && std::none_of(condition.operands.begin(), condition.operands.end(),
                                                       [](const Operand& operand) { return operand.time; });
  });
  if (named != conditions.end()) {
    take_ids(plan, *named);
    return static_cast<std::size_t>(named - conditions.begin());
  }
  const state::Postings& index = plan.snapshot->index(plan.kind);
  std::size_t picked = conditions.size();
  for (std::size_t at = 0; at < conditions.size(); ++at) {
    auto groups = groups_for(index, plan.kind, conditions[at]);
    if (!groups) continue;
    std::size_t count = 0;
    for (std::uint64_t group : *groups) count += members(index, group);
    if (picked < conditions.size() && count >= plan.candidates) continue;
    picked = at;
    plan.candidates = count;
    plan.groups = std::move(*groups);
  }
  return picked;
}

/// Whether reading the columns of all objects is less work than looking at the members one by one.
bool table_is_cheaper(const Plan& plan, const query::Selection& selection, std::size_t conditions) {
  bool looks = conditions > 1 || !selection.sort.empty();
  return looks && plan.candidates * cost_of_a_member > plan.snapshot->table(plan.kind).size();
}

const char* name_of(Plan::Way way) {
  return way == Plan::Way::ids ? "ids" : way == Plan::Way::index ? "index" : "table";
}

}  // namespace

Residual::Residual(Condition asked) : condition(std::move(asked)), field(condition.path) {
  bool equality = condition.test == Test::any_of || condition.test == Test::none_of;
  if (!equality || condition.reading || condition.operands.size() <= many_operands) return;
  if (!std::all_of(condition.operands.begin(), condition.operands.end(), plain_text)) return;
  for (const Operand& operand : condition.operands) texts.insert(operand.text);
}

bool Residual::meets(std::span<const query::Scalar> values) const {
  if (texts.empty()) return query::meets(condition, values);
  bool any = std::any_of(values.begin(), values.end(), [&](const query::Scalar& value) {
    return value.type == query::Scalar::Type::text && texts.count(value.text) > 0;
  });
  return any != condition.negative();
}

Value Plan::describe() const {
  Value json;
  json["way"] = name_of(way);
  if (!by.empty()) json["index"] = by;
  if (scope.all()) json["candidates"] = static_cast<std::int64_t>(candidates);  // else it would count what others have
  Value& rest = json["conditions"] = Value::array();
  for (const Residual& residual : residuals) rest.push_back(query::to_string(residual.condition.path));
  return json;
}

Plan make_plan(const state::State& state, Kind kind, const query::Selection& selection, const tenancy::Scope& scope) {
  return make_plan(state, state.snapshot(), kind, selection, scope);
}

Plan make_plan(const state::State& state, state::SnapshotRef snapshot, Kind kind, const query::Selection& selection,
               const tenancy::Scope& scope) {
  Plan plan;
  plan.scope = scope;
  plan.snapshot = std::move(snapshot);
  plan.budget = &state.column_budget();
  plan.kind = kind;
  plan.asked = asked_by(kind, selection, scope);
  for (const query::SortKey& key : selection.sort) plan.sort.emplace_back(key.path);
  std::vector<Condition> conditions = resolve_all(*plan.snapshot, scope, selection.conditions);
  narrow(plan, conditions);
  std::size_t picked = pick(plan, conditions);
  if (picked < conditions.size() && plan.way != Plan::Way::ids) {
    if (table_is_cheaper(plan, selection, conditions.size())) {
      picked = conditions.size();
    } else {
      plan.way = Plan::Way::index;
      plan.by = query::to_string(conditions[picked].path);
    }
  }
  if (plan.way == Plan::Way::table) {
    plan.groups.clear();
    plan.candidates = plan.snapshot->table(kind).size();
  }
  for (std::size_t at = 0; at < conditions.size(); ++at)
    if (at != picked) plan.residuals.emplace_back(std::move(conditions[at]));
  return plan;
}

}  // namespace netweave::api
