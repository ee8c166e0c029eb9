#include "api/ims/batch.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <utility>

#include "api/validation.hpp"
#include "base/json.hpp"
#include "base/pointer.hpp"
#include "model/fields.hpp"

namespace netweave::api::ims {
namespace {

using netweave::ims::Operation;

std::string_view list_of(Operation operation) { return operation == Operation::remove ? "ids" : "items"; }

Entry read_entry(const Batch& batch, const Value& value) {
  Entry entry;
  switch (batch.operation) {
    case Operation::create:
      entry.id = value.at(model::table_of(batch.kind).id).as_text();
      entry.body = value;
      break;
    case Operation::update:
      entry.id = value.at("id").as_text();
      entry.body = value.at("body");
      if (const Value* if_match = value.find("ifMatch")) entry.if_match = if_match->as_text();
      break;
    case Operation::remove:
      entry.id = value.as_text();
      break;
  }
  return entry;
}

/// The entry that a place is in; nullptr where it is the batch's own.
Entry* find_entry(Batch& batch, std::string_view place) {
  std::string before = "/" + std::string(list_of(batch.operation)) + "/";
  if (!place.starts_with(before)) return nullptr;
  std::size_t index = batch.entries.size();
  std::from_chars(place.data() + before.size(), place.data() + place.size(), index);
  return index < batch.entries.size() ? &batch.entries[index] : nullptr;
}

void append_result(std::string& out, const Call& call, std::size_t index, const Outcome& outcome) {
  out.append(R"({"index":)").append(std::to_string(index));
  if (!outcome.id.empty()) append_json_text(out.append(R"(,"id":)"), outcome.id);
  out.append(R"(,"status":)").append(std::to_string(outcome.status));
  out.append(outcome.done() ? R"(,"success":true)" : R"(,"success":false)");
  if (outcome.problem)
    out.append(R"(,"problem":)").append(to_json(*outcome.problem, call.path, call.request_id));
  else if (!outcome.body.empty())
    out.append(R"(,"body":)").append(outcome.body);
  if (outcome.rolled_back) out.append(*outcome.rolled_back ? R"(,"rolledBack":true)" : R"(,"rolledBack":false)");
  out += '}';
}

/// The members of an answer, without its braces.
std::string results(const BatchRun& run) {
  std::string out = R"("results":[)";
  std::size_t succeeded = 0;
  for (std::size_t i = 0; i < run.outcomes.size(); ++i) {
    if (i > 0) out += ',';
    append_result(out, *run.call, i, run.outcomes[i]);
    if (run.outcomes[i].done()) ++succeeded;
  }
  out.append(R"(],"successCount":)").append(std::to_string(succeeded));
  return out.append(R"(,"failureCount":)").append(std::to_string(run.outcomes.size() - succeeded));
}

std::string summary(const BatchRun& run) {
  std::size_t failed = *run.failure;
  auto stands = [](const Outcome& outcome) { return outcome.rolled_back == false; };
  auto left = std::count_if(run.outcomes.begin(), run.outcomes.end(), stands);
  std::string text = entry_name(failed) + " failed: " + run.outcomes[failed].problem->detail;
  if (left == 0) return text + "; the batch is rolled back";
  return text + "; " + std::to_string(left) + (left == 1 ? " entry" : " entries") + " could not be rolled back";
}

using Runner = void (*)(const CallRef& call, Batch batch);

void take(const CallRef& call, Kind kind, Operation operation, Runner run, Idempotency& idempotency) {
  Batch batch;
  batch.kind = kind;
  batch.operation = operation;
  std::vector<Fault> own;
  if (call->body) own = read_batch(*call->body, call->services.config.batch.max_entries, call->faults, batch);
  if (refuse(*call, std::move(own))) return;
  if (idempotency.hold(call)) run(call, std::move(batch));
}

}  // namespace

std::string entry_name(std::size_t index) { return "entry " + std::to_string(index); }

std::vector<Fault> read_batch(const Value& body, std::size_t most, std::vector<Fault>& faults, Batch& into) {
  std::string place = "/" + std::string(list_of(into.operation));
  into.atomic = body.at("atomic").as_bool(true);
  const Value::Array& entries = body.at(list_of(into.operation)).as_array();
  if (entries.empty()) return {{place, "must not be empty"}};
  if (entries.size() > most) return {{place, "at most " + std::to_string(most) + " items"}};
  std::map<std::string, std::size_t> seen;
  std::vector<Fault> own;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const Entry& entry = into.entries.emplace_back(read_entry(into, entries[i]));
    auto [first, fresh] = seen.emplace(entry.id, i);
    if (fresh || entry.id.empty()) continue;
    own.push_back({place_of(into, i), "has the id of " + place_of(into, first->second) + ": a batch takes each once"});
  }
  auto in_entry = [&into](const Fault& fault) { return find_entry(into, fault.field) != nullptr; };
  if (own.empty() && std::all_of(faults.begin(), faults.end(), in_entry))
    for (Fault& fault : std::exchange(faults, {})) find_entry(into, fault.field)->faults.push_back(std::move(fault));
  return own;
}

std::string place_of(const Batch& batch, std::size_t index) {
  return "/" + std::string(list_of(batch.operation)) + "/" + std::to_string(index);
}

Refusal entry_refusal(const Batch& batch, std::size_t index, Refusal own) {
  const Entry& entry = batch.entries[index];
  bool unread = (batch.operation != Operation::create && entry.id.empty()) ||
                (batch.operation != Operation::remove && !entry.body.is_object());
  if (unread && !entry.faults.empty()) own.reset();  // it speaks of what is not there
  std::string place = place_of(batch, index) + (batch.operation == Operation::update ? "/body" : "");
  if (own)
    for (Fault& fault : own->faults) {
      std::string inside = pointer_to(entry.body, fault.field);
      if (inside.empty() && model::table_of(batch.kind).find(fault.field) != nullptr) inside = "/" + fault.field;
      if (fault.field == "body" || !inside.empty()) fault.field = place + inside;
    }
  return refusal_of(entry.faults, std::move(own));
}

void Outcome::succeed(int with, std::string object_id, std::string json) {
  status = with;
  id = std::move(object_id);
  body = std::move(json);
}

void Outcome::refuse(Problem why) {
  status = why.status;
  problem = std::move(why);
}

void BatchRun::forget() {
  outcomes.assign(batch.entries.size(), Outcome());
  for (std::size_t i = 0; i < outcomes.size(); ++i) outcomes[i].id = batch.entries[i].id;
  failure.reset();
}

void BatchRun::fail(std::size_t index, Problem why) {
  outcomes[index].refuse(std::move(why));
  if (!failure) failure = index;
}

void BatchRun::abandon_rest() {
  for (Outcome& outcome : outcomes)
    if (outcome.status == 0)
      outcome.refuse(conflict("nothing was done: " + entry_name(*failure) + " failed, and the batch is rolled back"));
}

Refusal BatchRun::invalid() const {
  if (!batch.atomic) return {};
  std::vector<Fault> faults;
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    const auto& problem = outcomes[i].problem;
    if (!problem || problem->status != 400) continue;
    if (problem->faults.empty()) faults.push_back({place_of(batch, i), problem->detail});
    faults.insert(faults.end(), problem->faults.begin(), problem->faults.end());
  }
  return refusal_of(std::move(faults), {});
}

std::string BatchRun::text() const {
  if (!failed_as_a_whole()) return "{" + results(*this) + "}";
  std::string text = to_json(conflict(summary(*this)), call->path, call->request_id);
  text.pop_back();
  return text + "," + results(*this) + "}";
}

/// What the audit is told: what was done, and what was undone or could not be.
static void note_outcomes(const BatchRun& run) {
  auto snapshot = run.call->services.state.snapshot();
  for (const Outcome& outcome : run.outcomes) {
    if (!outcome.done() && !outcome.rolled_back) continue;
    Note& note = run.call->notes.emplace_back();
    note.id = outcome.id;
    if (const model::Object* object = snapshot->find(run.batch.kind, outcome.id)) note.tenant = object->owner();
    if (outcome.rolled_back) note.details["rolledBack"] = *outcome.rolled_back;
    if (outcome.problem) note.details["reason"] = outcome.problem->detail;
  }
}

void BatchRun::send(std::string text) const {
  note_outcomes(*this);
  http::Response response;
  response.status = status();
  response.headers.emplace_back("Content-Type", failed_as_a_whole() ? "application/problem+json" : "application/json");
  response.body = http::Body(std::move(text));
  call->answer(std::move(response));
}

void BatchRun::keep_and_send() const {
  bool something = std::any_of(outcomes.begin(), outcomes.end(), [](const Outcome& one) { return one.done(); });
  if (call->header("Idempotency-Key") == nullptr || !something) return send(text());
  auto run = std::make_shared<const BatchRun>(*this);
  auto kept = std::make_shared<std::string>(text());
  auto step = [run, kept](state::Transaction& transaction) -> Result<void> {
    Idempotency::remember(transaction, *run->call, run->status(), {}, *kept);
    return {};
  };
  auto then = [run, kept](Result<model::Revision> committed) {
    if (!committed)
      run->call->services.log.warn("a batch's answer could not be kept for its Idempotency-Key",
                                   {{"request_id", run->call->request_id},
                                    {"trace_id", run->call->trace().trace_text()},
                                    {"error", committed.error().message}});
    run->send(std::move(*kept));
  };
  if (!call->services.writer.offer(step, then))
    then(make_error(ErrorKind::exhausted, "too many writes wait for the store"));
}

void add_batch(Handlers& handlers, const std::string& version, Idempotency& idempotency) {
  struct Collection {
    std::string_view name;
    Kind kind;
    Runner run;
  };
  constexpr std::array<Collection, 3> collections = {{{"ResourcePools", Kind::resource_pool, run_on_backends},
                                                      {"Resources", Kind::resource, run_on_backends},
                                                      {"Subscriptions", Kind::subscription, run_on_subscriptions}}};
  constexpr std::array<std::pair<std::string_view, Operation>, 3> operations = {
      {{"Create", Operation::create}, {"Update", Operation::update}, {"Delete", Operation::remove}}};
  for (const Collection& collection : collections)
    for (const auto& operation : operations) {
      std::string name = "batch" + std::string(operation.first) + std::string(collection.name) + version;
      auto handle = [collection, how = operation.second, &idempotency](const CallRef& call) {
        take(call, collection.kind, how, collection.run, idempotency);
      };
      handlers.add(std::move(name), handle, Faults::pointed);
    }
}

}  // namespace netweave::api::ims
