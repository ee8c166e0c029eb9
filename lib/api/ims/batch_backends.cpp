#include <mutex>

#include "api/collection.hpp"
#include "api/ims/backend_write.hpp"
#include "api/ims/batch.hpp"
#include "routing/routing.hpp"

/// Batches of resources and pools. A backend has no transactions: an atomic batch that fails undoes what it did, by
/// further writes, each of which is a change like any other. So subscribers hear what was, in order: created, then
/// deleted.
namespace netweave::api::ims {
namespace {

using netweave::ims::Operation;

constexpr int attempts_to_undo = 3;  // where the backend did nothing, and trying again may help

Operation inverse(Operation operation) {
  switch (operation) {
    case Operation::create:
      return Operation::remove;
    case Operation::remove:
      return Operation::create;
    case Operation::update:
      break;
  }
  return Operation::update;
}

void set_object(BackendWrite& write, std::string_view json) {
  const model::Table& table = model::table_of(write.kind);
  if (write.kind == Kind::resource_pool)
    write.write.object = model::from_json<ResourcePool>(table, json);
  else
    write.write.object = model::from_json<Resource>(table, json);
}

/// What the update changed, put back: what others changed meanwhile stays.
Result<void> put_back(const Services& services, std::string_view before, std::string_view after, std::string_view id,
                      BackendWrite& undo) {
  auto snapshot = services.state.snapshot();
  model::ObjectRef now = model::ObjectRef::share(snapshot->find(undo.kind, id));
  if (!now) return make_error(ErrorKind::not_found, "it was deleted meanwhile");
  Value patch = difference(Value::parse(after).value_or(Value()), Value::parse(before).value_or(Value()));
  for (const model::Field& field : model::table_of(undo.kind).fields)
    if (field.server) patch.erase(field.name);
  Value wanted = Value::parse(now->json()).value_or(Value());
  merge_patch(wanted, patch);
  set_object(undo, wanted.to_json());
  undo.write.patch = std::move(patch);
  return {};
}

class BackendBatch : public std::enable_shared_from_this<BackendBatch> {
 public:
  BackendBatch(const CallRef& call, Batch batch)
      : run_(call, std::move(batch)), writes_(run_.outcomes.size()), made_(run_.outcomes.size()) {}

  /// Checks every entry first: what is known to fail is not begun, and an atomic batch then begins nothing.
  void start() {
    for (std::size_t i = 0; i < writes_.size(); ++i)
      if (auto refusal = entry_refusal(run_.batch, i, prepare(i))) run_.fail(i, std::move(*refusal));
    if (auto refusal = run_.invalid()) return run_.call->answer(*refusal);
    pump();
  }

 private:
  Refusal prepare(std::size_t index) {
    const Entry& entry = run_.batch.entries[index];
    BackendWrite& write = writes_[index];
    const Call& call = *run_.call;
    Refusal refusal;
    switch (run_.batch.operation) {
      case Operation::create:
        refusal = prepare_creation(call, run_.batch.kind, entry.body, write);
        if (!refusal && !entry.id.empty() && find(call, run_.batch.kind, entry.id))
          refusal = conflict(entry.id + " is taken");
        break;
      case Operation::update:
        refusal = prepare_update(call, run_.batch.kind, entry.id,
                                 {entry.body, true, entry.if_match ? &*entry.if_match : nullptr}, write);
        break;
      case Operation::remove:
        refusal = prepare_removal(call, run_.batch.kind, entry.id, nullptr, write);
        break;
    }
    return refusal ? refusal : foresee(write);
  }

  /// What the adapter would refuse, or could not take back.
  Refusal foresee(const BackendWrite& write) const {
    if (write.host == nullptr) return {};
    if (auto closed = adapters::closed_to_writes(*write.host)) return to_problem(*closed);
    if (!run_.batch.atomic || writes_.size() == 1) return {};
    auto undoable = routing::check_capable(*write.host, write.kind, inverse(write.operation));
    if (undoable) return {};
    Problem problem = to_problem(undoable.error());
    problem.detail += ", so this could not be undone: send \"atomic\": false";
    return problem;
  }

  /// Begins what may begin; whoever finds that all is settled goes on. Writes end on many threads, or at once.
  void pump() {
    for (;;) {
      std::size_t index = 0;
      {
        std::lock_guard lock(mutex_);
        if (settled_) return;  // the outcomes are that thread's by now
        while (next_ < writes_.size() && run_.outcomes[next_].status != 0) ++next_;
        bool more = next_ < writes_.size() && !run_.failed_as_a_whole();
        if (more ? in_flight_ == run_.call->services.config.batch.at_once : in_flight_ > 0) return;
        if (!more) {
          settled_ = true;
          break;
        }
        index = next_++;
        if (std::chrono::steady_clock::now() >= run_.call->request.deadline) {
          run_.fail(index, to_problem(make_error(ErrorKind::timeout, "its time was over before it was begun")));
          continue;
        }
        ++in_flight_;
      }
      begin(run_.call->services, writes_[index], [self = shared_from_this(), index](Result<model::ObjectRef> result) {
        self->settle(index, std::move(result));
        self->pump();
      });
    }
    if (!run_.failed_as_a_whole()) return run_.keep_and_send();
    run_.abandon_rest();
    undo_next();
  }

  void settle(std::size_t index, Result<model::ObjectRef> result) {
    std::lock_guard lock(mutex_);
    --in_flight_;
    if (!result) return settle_failed(index, result.error());
    const model::Object& object = **result;
    bool removed = run_.batch.operation == Operation::remove;
    int status = run_.batch.operation == Operation::create ? 201 : removed ? 204 : 200;
    run_.outcomes[index].succeed(status, std::string(object.id()),
                                 removed ? std::string() : shown_json(*run_.call, object));
    made_[index] = std::move(*result);
    done_.push_back(index);
  }

  void settle_failed(std::size_t index, const Error& error) {
    Problem problem = to_problem(error);
    bool unknown = error.kind == ErrorKind::timeout && run_.batch.atomic;
    if (unknown) {
      problem.detail += "; whether it took effect is not known, so it is not undone";
      run_.outcomes[index].rolled_back = false;
      log_failure(index, error);
    }
    run_.fail(index, std::move(problem));
  }

  // From here on one thread at a time: nothing is in flight but the one undoing.

  /// Undoes the last thing done that is left; at the end, answers.
  void undo_next() {
    if (done_.empty()) return run_.keep_and_send();
    std::size_t index = done_.back();
    done_.pop_back();
    undo(index, attempts_to_undo);
  }

  void undo(std::size_t index, int attempts) {
    if (writes_[index].host == nullptr) return undone(index);  // it had changed nothing
    BackendWrite write;
    write.kind = run_.batch.kind;
    write.operation = inverse(run_.batch.operation);
    write.host = writes_[index].host;
    write.write.request_id = run_.call->request_id;
    write.write.trace = run_.call->trace();
    const model::Object& made = *made_[index];
    if (write.operation != Operation::update) {
      write.write.tenant = made.owner();  // what comes back takes the place that it had: no quota is asked
      set_object(write, made.json());
    } else if (auto ready =
                   put_back(run_.call->services, writes_[index].present->json(), made.json(), made.id(), write);
               !ready) {
      return not_undone(index, ready.error());
    }
    begin(run_.call->services, std::move(write), [self = shared_from_this(), index, attempts](auto result) {
      bool gone = !result && result.error().kind == ErrorKind::not_found;
      if (result || (gone && self->run_.batch.operation == Operation::create)) return self->undone(index);
      bool harmless = result.error().kind == ErrorKind::unavailable || result.error().kind == ErrorKind::exhausted;
      if (harmless && attempts > 1) return self->undo(index, attempts - 1);
      self->not_undone(index, result.error());
    });
  }

  void undone(std::size_t index) {
    Outcome& outcome = run_.outcomes[index];
    outcome.refuse(conflict("rolled back, since " + entry_name(*run_.failure) + " failed"));
    outcome.rolled_back = true;
    undo_next();
  }

  void not_undone(std::size_t index, const Error& error) {
    Outcome& outcome = run_.outcomes[index];
    Problem problem = to_problem(error);
    problem.detail = entry_name(*run_.failure) + " failed, and this one could not be rolled back, so it " + stands() +
                     ": " + problem.detail;
    outcome.refuse(std::move(problem));
    outcome.rolled_back = false;
    log_failure(index, error);
    undo_next();
  }

  std::string stands() const {
    switch (run_.batch.operation) {
      case Operation::create:
        return "stays created";
      case Operation::update:
        return "stays changed";
      case Operation::remove:
        break;
    }
    return "stays deleted";
  }

  void log_failure(std::size_t index, const Error& error) const {
    run_.call->services.log.error("an entry of an atomic batch could not be rolled back",
                                  {{"request_id", run_.call->request_id},
                                   {"trace_id", run_.call->trace().trace_text()},
                                   {"kind", std::string(to_string(run_.batch.kind))},
                                   {"id", run_.outcomes[index].id},
                                   {"state", stands()},
                                   {"error", error.message}});
  }

  BatchRun run_;
  std::vector<BackendWrite> writes_;
  std::vector<model::ObjectRef> made_;  // what each write gave
  std::mutex mutex_;                    // of all below, and the outcomes, while writes are under way
  std::size_t next_ = 0;
  std::size_t in_flight_ = 0;
  bool settled_ = false;
  std::vector<std::size_t> done_;  // in the order that they ended
};

}  // namespace

void run_on_backends(const CallRef& call, Batch batch) {
  std::make_shared<BackendBatch>(call, std::move(batch))->start();
}

}  // namespace netweave::api::ims
