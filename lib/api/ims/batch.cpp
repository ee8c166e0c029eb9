#include "api/ims/batch.hpp"

#include <algorithm>
#include <array>
#include <map>

#include "api/validation.hpp"
#include "base/json.hpp"
#include "model/fields.hpp"

namespace netweave::api::ims {
namespace {

using netweave::ims::Operation;

constexpr std::size_t max_entries = 100;

/// Reads the members of a batch, and notes what is wrong with its form.
class BatchReader {
 public:
  explicit BatchReader(Batch& into) : into_(into), list_(into.operation == Operation::remove ? "ids" : "items") {}

  Refusal read(const Value& body) {
    for (const Value::Member& member : body.as_object())
      if (member.first != "atomic" && member.first != list_)
        fault(member.first, "no such member; there are: atomic, " + std::string(list_));
    if (const Value* atomic = body.find("atomic")) {
      if (!atomic->is_bool()) fault("atomic", "must be true or false");
      into_.atomic = atomic->as_bool(true);
    }
    const Value& entries = body.at(list_);
    if (!entries.is_array() || entries.size() < 1 || entries.size() > max_entries)
      fault(std::string(list_), "must be an array of 1 to " + std::to_string(max_entries) + " entries");
    else
      for (std::size_t i = 0; i < entries.size(); ++i) entry(entries.as_array()[i], i);
    if (faults_.empty()) return {};
    return bad_request("the batch is wrong", std::move(faults_));
  }

 private:
  void entry(const Value& value, std::size_t index) {
    std::string path = std::string(list_) + "[" + std::to_string(index) + "]";
    Entry& entry = into_.entries.emplace_back();
    if (into_.operation == Operation::remove) {
      read_id(value, path, entry);
    } else if (!value.is_object()) {
      return fault(path, "must be an object");
    } else if (into_.operation == Operation::update) {
      read_update(value, path, entry);
    } else {
      entry.body = value;
      entry.id = value.at(model::table_of(into_.kind).id).as_text();
    }
    auto [place, fresh] = entry.id.empty() ? std::pair(seen_.end(), true) : seen_.emplace(entry.id, path);
    if (!fresh) fault(path, "has the id of " + place->second + ": a batch takes each once");
  }

  void read_id(const Value& value, const std::string& path, Entry& entry) {
    entry.id = value.as_text();
    if (entry.id.empty()) fault(path, "must be an id");
  }

  void read_update(const Value& value, const std::string& path, Entry& entry) {
    for (const Value::Member& member : value.as_object())
      if (member.first != "id" && member.first != "body" && member.first != "ifMatch")
        fault(path + "." + member.first, "no such member; there are: id, body, ifMatch");
    read_id(value.at("id"), path + ".id", entry);
    entry.body = value.at("body");
    if (!entry.body.is_object()) fault(path + ".body", "must be an object: a merge patch");
    const Value* if_match = value.find("ifMatch");
    if (if_match == nullptr) return;
    if (!if_match->is_text()) fault(path + ".ifMatch", "must be an entity tag, as GET's ETag gives it");
    entry.if_match = if_match->as_text();
  }

  void fault(std::string field, std::string reason) { faults_.push_back({std::move(field), std::move(reason)}); }

  Batch& into_;
  std::string_view list_;
  std::map<std::string, std::string> seen_;  // id to where it stands
  std::vector<Fault> faults_;
};

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
  Refusal refusal = call->body ? read_batch(*call->body, batch) : Refusal();
  if ((refusal = refusal_of(*call, std::move(refusal)))) return call->answer(*refusal);
  if (idempotency.hold(call)) run(call, std::move(batch));
}

}  // namespace

std::string entry_name(std::size_t index) { return "entry " + std::to_string(index); }

Refusal read_batch(const Value& body, Batch& into) { return BatchReader(into).read(body); }

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
                                   {{"request_id", run->call->request_id}, {"error", committed.error().message}});
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
      handlers.add(std::move(name), handle, Faults::merged);
    }
}

}  // namespace netweave::api::ims
