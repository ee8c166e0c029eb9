#include "api/admin/routing.hpp"

#include "api/collection.hpp"
#include "api/validation.hpp"
#include "routing/routing.hpp"

namespace netweave::api::admin {
namespace {

/// What a request asks about: a pool that would be made so, or a resource of a pool that is there.
struct RouteQuestion {
  routing::Creation creation;
  std::string pool;
};

void read_labels(const std::string& text, Value& extensions, std::vector<Fault>& faults) {
  for (std::size_t at = 0; at <= text.size();) {
    std::string pair = text.substr(at, text.find(',', at) - at);
    at += pair.size() + 1;
    std::size_t colon = pair.find(':');
    if (colon == std::string::npos || colon == 0)
      return faults.push_back({"labels", "must read key:value,key2:value2"});
    extensions["labels"][pair.substr(0, colon)] = pair.substr(colon + 1);
  }
}

void read_extensions(const std::string& text, Value& extensions, std::vector<Fault>& faults) {
  auto value = Value::parse(text);
  if (value && value->is_object())
    merge_patch(extensions, *value);
  else
    faults.push_back({"extensions", "must be a JSON object"});
}

Refusal read_route_question(const Call& call, RouteQuestion& into) {
  std::vector<Fault> faults;
  routing::Creation& creation = into.creation;
  for (const auto& [name, value] : call.parameters.items()) {
    if (name == "resourceType") creation.instance_type = value;
    if (name == "location") creation.location = value;
    if (name == "labels") read_labels(value, creation.extensions, faults);
    if (name == "extensions") read_extensions(value, creation.extensions, faults);
    if (name == "resourcePoolId") into.pool = value;
  }
  if (!into.pool.empty() && call.parameters.items().size() > 1)
    faults.push_back(
        {"resourcePoolId", "stands alone: a resource goes to the adapter of its pool, whatever the rules"});
  if (faults.empty()) return {};
  return bad_request({}, std::move(faults));
}

Value describe(const routing::Tried& tried) {
  Value rule;
  rule["name"] = tried.rule->name;
  rule["priority"] = tried.rule->priority;
  rule["adapter"] = tried.rule->adapter;
  rule["matches"] = tried.matches;
  rule["wins"] = tried.chosen;
  rule["reason"] = tried.reason;
  return rule;
}

/// What a creation would be refused with at this moment.
Refusal foresee(const routing::Choice& choice, Kind kind) {
  if (choice.host == nullptr) return unprocessable(choice.reason, {});
  auto able = routing::check_capable(*choice.host, kind, netweave::ims::Operation::create);
  if (!able) return to_problem(able.error());
  auto closed = adapters::closed_to_writes(*choice.host);
  return closed ? to_problem(*closed) : Refusal();
}

void explain_pool(Call& call, const routing::Creation& creation) {
  auto choice = routing::choose(call.services.hosts, call.services.routing.now(), creation);
  Value answer;
  answer["adapter"] = choice.host != nullptr ? Value(choice.host->config().name) : Value();
  answer["reason"] = choice.reason;
  if (auto problem = foresee(choice, creation.kind)) {
    answer["problem"]["status"] = problem->status;
    answer["problem"]["title"] = problem->title;
    answer["problem"]["detail"] = problem->detail;
  }
  Value& rules = answer["rules"] = Value::array();
  for (const routing::Tried& tried : choice.tried) rules.push_back(describe(tried));
  answer["fallback"]["enabled"] = choice.rules->fallback_enabled;
  if (adapters::Host* host = routing::default_of(call.services.hosts))
    answer["fallback"]["adapter"] = host->config().name;
  call.answer_json(answer);
}

void explain_resource(Call& call, const std::string& pool_id) {
  model::ObjectRef pool = find(call, Kind::resource_pool, pool_id);
  if (!pool) return call.answer(absent(Kind::resource_pool, pool_id));
  Value answer;
  answer["adapter"] = pool->adapter();
  answer["reason"] = "a resource goes to the adapter of its pool";
  call.answer_json(answer);
}

void explain(const CallRef& call) {
  RouteQuestion question;
  if (auto refusal = refusal_of(*call, read_route_question(*call, question))) return call->answer(*refusal);
  if (question.pool.empty()) return explain_pool(*call, question.creation);
  explain_resource(*call, question.pool);
}

}  // namespace

void add_routing(Handlers& handlers) { handlers.add("explainRouting", explain, Faults::merged); }

}  // namespace netweave::api::admin
