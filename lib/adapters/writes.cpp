#include "adapters/writes.hpp"

#include "base/ids.hpp"
#include "model/fields.hpp"

namespace netweave::adapters {
namespace {

constexpr std::chrono::minutes hidden_at_most{10};  // how long an accepted removal may take to be seen
constexpr int read_attempts = 3;
constexpr Millis forget_every = 60000;  // tombstones past their deadline

Kind kind_of(const Write& write) {
  return std::holds_alternative<ResourcePool>(write.object) ? Kind::resource_pool : Kind::resource;
}

using Written = std::variant<ResourcePool, Resource>;

const std::string& id_in(const Write& write) {
  if (const auto* pool = std::get_if<ResourcePool>(&write.object)) return pool->resource_pool_id;
  return std::get<Resource>(write.object).resource_id;
}

Value body_of(const Write& write) {
  std::string json;
  std::visit([&](const auto& object) { model::write_fields(model::table_of(kind_of(write)), &object, json); },
             write.object);
  return Value::parse(json).value_or(Value::object());
}

std::string_view name_of(ims::Operation operation) {
  return operation == ims::Operation::create ? "create" : operation == ims::Operation::update ? "update" : "remove";
}

Error missing(std::string_view what, const std::string& id) {
  return make_error(ErrorKind::not_found, std::string(what).append(" ").append(id).append(" is not there"));
}

/// The written object in the adapter's own ids.
Written to_native(const state::Snapshot& snapshot, Written object) {
  auto native = [&](Kind kind, std::string& id) {
    if (const model::Object* known = snapshot.find(kind, id)) id = known->native_id();
  };
  if (auto* pool = std::get_if<ResourcePool>(&object)) {
    native(Kind::resource_pool, pool->resource_pool_id);
    pool->shared.reset();
    return object;
  }
  auto& resource = std::get<Resource>(object);
  native(Kind::resource, resource.resource_id);
  native(Kind::resource_pool, resource.resource_pool_id);
  native(Kind::resource_type, resource.resource_type_id);
  return object;
}

Error from_backend(Error error) {
  error.kind = ErrorKind::internal;
  error.from_backend = true;
  return error;
}

/// Of a conditional write: that of the revision that it was decided on, so that the intents of two are one object, and
/// the log takes one at a time, whichever gateway they came to.
std::string token_of(Kind kind, const std::string& id, model::Revision expected) {
  if (expected == 0) return make_uuid();
  return make_uuid5(netweave_namespace,
                    std::string("write/").append(to_string(kind)).append("/" + id + "/" + std::to_string(expected)));
}

Error being_written(const std::string& id) {
  return make_error(ErrorKind::conflict, "another write to " + id + " at this revision is under way: read it again");
}

Error changed_meanwhile(const std::string& id) {
  return make_error(ErrorKind::precondition, id + " was changed meanwhile: read it again");
}

bool outcome_unknown(const Error& error) {
  return error.kind == ErrorKind::timeout || error.kind == ErrorKind::cancelled;
}

}  // namespace

bool only_shares(Kind kind, const Value& patch) noexcept {
  return kind == Kind::resource_pool && patch.as_object().size() == 1 && patch.find("shared") != nullptr;
}

std::optional<Error> closed_to_writes(const Host& host) {
  AdapterStatus status = host.status();
  if (status.mode == AdapterMode::observe)
    return make_error(ErrorKind::denied, "the adapter " + status.name + " only observes (mode: observe)");
  if (!status.failed) return std::nullopt;
  Error error =
      make_error(ErrorKind::unavailable, "the backend of " + status.name + " can't be reached: " + status.error);
  error.from_backend = true;
  error.retry_after = std::chrono::seconds(10);
  return error;
}

struct Writes::Call {
  Call(Host& at, Write what, ims::Operation how, Done then, Kind of)
      : host(at), write(std::move(what)), operation(how), done(std::move(then)), kind(of) {}

  Host& host;
  const Write write;
  ims::Operation operation;
  Done done;
  Kind kind;
  std::string token;
  std::string id;  // the gateway's; of a creation the given one or empty
  // From here on: what was decided, each time from `write` alone, since a step may run again.
  Written native;            // in the adapter's own ids
  std::string native_id;     // of updates and removals
  model::ObjectRef present;  // of updates and removals: the object that they were decided on
  model::Revision expected = 0;
  Value beyond = Value::object();  // what the backend did not take, by its own answer
  model::ObjectRef result;
};

Writes::Writes(const HostContext& context, unsigned threads, std::size_t max_queued)
    : context_(context), executor_(threads, max_queued) {}

Writes::~Writes() { stop(); }

void Writes::stop() { executor_.stop(); }

bool Writes::in_flight(const std::string& token) const {
  std::lock_guard lock(mutex_);
  return tokens_.contains(token);
}

void Writes::create(Host& host, Write write, Done done) {
  begin(host, std::move(write), ims::Operation::create, std::move(done));
}
void Writes::update(Host& host, Write write, Done done) {
  if (only_shares(kind_of(write), write.patch)) return share(host, std::move(write), std::move(done));
  begin(host, std::move(write), ims::Operation::update, std::move(done));
}
void Writes::remove(Host& host, Write write, Done done) {
  begin(host, std::move(write), ims::Operation::remove, std::move(done));
}

/// That is the gateway's own: the log alone says it.
void Writes::share(Host& host, Write write, Done done) {
  auto result = std::make_shared<model::ObjectRef>();
  auto step = [&host, write = std::move(write), result](state::Transaction& transaction) -> Result<void> {
    const auto& wanted = std::get<ResourcePool>(write.object);
    model::ObjectRef present = transaction.rely(Kind::resource_pool, wanted.resource_pool_id);
    if (!present) return missing("the resource pool", wanted.resource_pool_id);
    if (write.expected != 0 && present->revision() != write.expected) return changed_meanwhile(wanted.resource_pool_id);
    *result = adapters::share(transaction, host.source(), *present, wanted.shared == true);
    return {};
  };
  auto then = [result, done](Result<model::Revision> committed) {
    committed ? done(*result) : done(std::move(committed).error());
  };
  if (context_.writer.offer(step, then)) return;
  Error busy = make_error(ErrorKind::exhausted, "too many writes wait for the store");
  busy.retry_after = std::chrono::seconds(1);
  done(std::move(busy));
}

/// First the intent: what is not in the log is not asked of a backend.
void Writes::begin(Host& host, Write write, ims::Operation operation, Done done) {
  Kind kind = kind_of(write);
  if (auto closed = closed_to_writes(host)) return done(std::move(*closed));
  auto call = std::make_shared<Call>(host, std::move(write), operation, std::move(done), kind);
  TraceScope scope(call->write.trace);
  call->id = id_in(call->write);
  call->token = token_of(kind, call->id, call->write.expected);
  if (auto taken = enter(*call)) return call->done(std::move(*taken));
  auto intent = [this, call](state::Transaction& transaction) { return decide(transaction, *call); };
  auto then = [this, call](Result<model::Revision> committed) {
    if (!committed) return finish(call, std::move(committed).error());
    if (!executor_.offer([this, call] { perform(call); })) {
      Error busy = make_error(ErrorKind::exhausted, "too many writes wait for their backends");
      busy.retry_after = std::chrono::seconds(1);
      give_up(call, std::move(busy));
    }
  };
  if (!context_.writer.offer(intent, then)) {
    Error busy = make_error(ErrorKind::exhausted, "too many writes wait for the store");
    busy.retry_after = std::chrono::seconds(1);
    finish(call, std::move(busy));
  }
}

/// Not where the id is that of a creation under way, or the token that of a write: which the state does not show yet.
std::optional<Error> Writes::enter(const Call& call) {
  std::lock_guard lock(mutex_);
  bool given = call.operation == ims::Operation::create && !call.id.empty();
  if (given && !given_.emplace(call.kind, call.id).second)
    return make_error(ErrorKind::conflict, call.id + " is being created");
  if (!tokens_.insert(call.token).second) return being_written(call.id);
  return std::nullopt;
}

Result<void> Writes::decide(state::Transaction& transaction, Call& call) {
  Intent intent{call.token,
                call.host.config().name,
                std::string(name_of(call.operation)),
                call.kind,
                call.id,
                {},
                body_of(call.write),
                call.write.tenant,
                context_.member,
                transaction.time()};
  model::ObjectRef present = call.id.empty() ? model::ObjectRef() : transaction.get(call.kind, call.id);
  if (call.operation == ims::Operation::create) {
    if (present) return make_error(ErrorKind::conflict, call.id + " is taken");
    if (const auto* resource = std::get_if<Resource>(&call.write.object)) {
      if (!transaction.rely(Kind::resource_pool, resource->resource_pool_id))
        return missing("the resource pool", resource->resource_pool_id);
      if (!transaction.rely(Kind::resource_type, resource->resource_type_id))
        return missing("the resource type", resource->resource_type_id);
    }
  } else {
    if (!present) return missing("the object", call.id);
    if (call.write.expected != 0)
      if (auto refusal = refuse(transaction, call)) return *refusal;
    intent.native_id = call.native_id = present->native_id();
    call.present = present;
    call.expected = present->revision();
  }
  call.native = to_native(transaction.base(), call.write.object);
  transaction.put(to_draft(intent));
  return call.write.reserve ? call.write.reserve(transaction) : Result<void>();
}

/// Why a conditional write can't begin. An intent that nobody is at any more, of a gateway that died or of a call whose
/// outcome is unknown, makes way.
std::optional<Error> Writes::refuse(state::Transaction& transaction, const Call& call) {
  if (transaction.rely(call.kind, call.id)->revision() != call.write.expected) return changed_meanwhile(call.id);
  auto other = transaction.get(model::intent, call.token);
  if (!other) return std::nullopt;
  Intent theirs = to_intent(*other);
  if (theirs.member != context_.member && context_.in_flight(theirs)) return being_written(call.id);
  return std::nullopt;
}

void Writes::perform(const CallRef& call) {
  TraceScope scope(call->write.trace);
  ims::CallContext context;
  context.deadline = std::min(call->write.deadline, std::chrono::steady_clock::now() + call->host.config().timeout);
  context.request_id = call->write.request_id;
  if (call->write.trace.valid()) context.traceparent = call->write.trace.traceparent();
  context.tracestate = call->write.tracestate;
  context.client_token = call->token;
  if (call->write.tenant != model::default_tenant) context.tenant = call->write.tenant;
  if (call->present) context.present = to_observed(*context_.state.snapshot(), *call->present);
  try {
    call_backend(call, context);
  } catch (const std::exception& exception) {
    threw(call, exception.what());
  } catch (...) {
    threw(call, "an exception of unknown type");
  }
}

void Writes::call_backend(const CallRef& call, const ims::CallContext& context) {
  ims::Adapter& adapter = call->host.adapter();
  const auto* pool = std::get_if<ResourcePool>(&call->native);
  const auto* resource = std::get_if<Resource>(&call->native);
  Value patch = call->write.patch;
  if (pool != nullptr) patch.erase("shared");
  switch (call->operation) {
    case ims::Operation::create:
      return settle_created(call, pool != nullptr ? adapter.create_resource_pool(*pool, context)
                                                  : adapter.create_resource(*resource, context));
    case ims::Operation::update:
      return settle_created(call, pool != nullptr ? adapter.update_resource_pool(*pool, patch, context)
                                                  : adapter.update_resource(*resource, patch, context));
    case ims::Operation::remove:
      return settle_removed(call, pool != nullptr ? adapter.remove_resource_pool(call->native_id, context)
                                                  : adapter.remove_resource(call->native_id, context));
  }
}

/// Whether the write took effect is open then.
void Writes::threw(const CallRef& call, std::string_view what) {
  leave_open(call, make_error(ErrorKind::internal, call->host.config().name + " failed: " + std::string(what)));
}

void Writes::settle_created(const CallRef& call, Result<ims::Observed> outcome) {
  if (!outcome) return give_up(call, std::move(outcome).error());
  if (auto fault = fault_of(*outcome)) return give_up(call, from_backend(std::move(*fault)));
  if (outcome->client_token.empty() && call->operation == ims::Operation::create) outcome->client_token = call->token;
  ims::Observed wanted;
  std::visit([&](const auto& object) { wanted.object = object; }, call->native);
  if (const auto* pool = std::get_if<ResourcePool>(&call->write.object))
    std::get<ResourcePool>(wanted.object).shared = pool->shared;
  call->beyond = fields_beyond(wanted, *outcome);
  commit_observed(call, *outcome, read_attempts);
}

/// Commits what the backend made of the write, if nothing came between; else reads the object again: either may be the
/// newer one, and of an answer that is the older one nothing would be kept, not even what O2 alone is to remember.
void Writes::commit_observed(const CallRef& call, const ims::Observed& observed, int attempts_left) {
  auto stale = std::make_shared<model::Revision>(0);
  auto step = [this, call, observed, stale, attempts_left](state::Transaction& transaction) -> Result<void> {
    *stale = 0;
    std::string native_id(ims::id_of(observed));
    model::ObjectRef present = transaction.get(call->kind, known_id(transaction, call->kind, native_id));
    bool update = call->operation == ims::Operation::update;
    bool older = present && observed.version != 0 && observed.version < present->version();
    bool overtaken = older || (present && observed.version == 0 && present->revision() != call->expected);
    if (!update || !overtaken || (attempts_left == 0 && !older)) return stage_observed(transaction, *call, observed);
    *stale = attempts_left == 0 ? 0 : present->revision();
    return make_error(ErrorKind::conflict, call->id + " was changed meanwhile: read it again");
  };
  auto then = [this, call, observed, stale, attempts_left](Result<model::Revision> committed) {
    if (committed) return finish(call, call->result);
    if (*stale == 0) return unrecorded(call, std::move(committed).error());
    call->expected = *stale;
    if (!executor_.offer([this, call, observed, attempts_left] { read_again(call, observed, attempts_left - 1); }))
      commit_observed(call, observed, 0);
  };
  context_.writer.submit(step, then);
}

Result<void> Writes::stage_observed(state::Transaction& transaction, Call& call, const ims::Observed& observed) {
  if (call.operation == ims::Operation::update) stage_overlay(transaction, call, observed);
  call.result = upsert(transaction, call.host.source(), observed, {});
  transaction.remove(model::intent, call.token);
  if (call.result && call.write.along) call.write.along(transaction, *call.result);
  if (!call.result && !transaction.runs_again())
    return make_error(ErrorKind::conflict, call.id + " belongs to another object meanwhile");
  return {};
}

/// What the backend did not take of an update, O2 remembers.
void Writes::stage_overlay(state::Transaction& transaction, const Call& call, const ims::Observed& observed) {
  std::string native_id(ims::id_of(observed));
  auto old = transaction.get(model::overlay, overlay_id(call.kind, native_id));
  Overlay overlay;
  if (old) overlay = to_overlay(*old);
  overlay.kind = call.kind;
  overlay.adapter = call.host.config().name;
  overlay.native_id = native_id;
  overlay.id = call.id;
  overlay.uid = observed.uid;
  overlay.kept = overlay.kept || observed.kept;
  overlay.fields = call.beyond;
  if (old || !overlay.fields.empty() || overlay.kept || overlay.id != native_id) transaction.put(to_draft(overlay));
}

/// A backend that can't read one object has said all it can by its answer.
void Writes::read_again(const CallRef& call, const ims::Observed& observed, int attempts_left) {
  TraceScope scope(call->write.trace);
  ims::CallContext context;
  context.deadline = std::chrono::steady_clock::now() + call->host.config().timeout;
  context.request_id = call->write.request_id;
  if (call->write.trace.valid()) context.traceparent = call->write.trace.traceparent();
  context.tracestate = call->write.tracestate;
  try {
    auto now = call->host.adapter().read(call->kind, call->native_id, context);
    if (now) return commit_observed(call, *now, attempts_left);
    if (now.error().kind == ErrorKind::not_found) return give_up(call, std::move(now).error());
  } catch (const std::exception&) {  // as an error would
  }
  commit_observed(call, observed, 0);
}

void Writes::settle_removed(const CallRef& call, Result<ims::Removal> outcome) {
  bool gone = !outcome && outcome.error().kind == ErrorKind::not_found;
  if (!outcome && !gone) return give_up(call, std::move(outcome).error());
  Tombstone tombstone{call->kind, call->host.config().name, call->native_id, std::string(call->present->uid())};
  tombstone.pending = outcome && *outcome == ims::Removal::pending;
  auto step = [this, call, tombstone](state::Transaction& transaction) mutable -> Result<void> {
    if (transaction.time() - tombstones_at_ >= forget_every) {
      tombstones_at_ = transaction.time();
      forget_tombstones(transaction, call->host.source());
    }
    call->result = transaction.get(call->kind, call->id);
    // the feed may have been faster; a pass that began before must not bring it back all the same
    if (!call->result || call->result->uid() != call->present->uid()) call->result = call->present;
    adapters::remove(transaction, call->host.source(), call->kind, call->native_id, tombstone.uid);
    tombstone.deadline = transaction.time() + std::chrono::milliseconds(hidden_at_most).count();
    transaction.put(to_draft(tombstone));
    transaction.remove(model::intent, call->token);
    return {};
  };
  context_.writer.submit(step, [this, call](Result<model::Revision> committed) {
    if (!committed) return unrecorded(call, std::move(committed).error());
    finish(call, call->result);
  });
}

/// The backend did it and the store did not take it. Where the store is at fault the intent stays: it is what tells the
/// next list whose object that is.
void Writes::unrecorded(const CallRef& call, Error error) {
  if (error.kind == ErrorKind::conflict || error.kind == ErrorKind::invalid) return give_up(call, std::move(error));
  Error unknown = make_error(ErrorKind::timeout, "the backend has done it, but the store could not note it");
  unknown.cause = std::move(error.message);
  finish(call, std::move(unknown));
}

/// The intent stays, as nobody's: the next full list of the adapter shows what became of it.
void Writes::leave_open(const CallRef& call, Error error) {
  auto step = [call](state::Transaction& transaction) -> Result<void> {
    auto object = transaction.get(model::intent, call->token);
    if (!object) return {};
    Intent intent = to_intent(*object);
    intent.member.clear();
    transaction.put(to_draft(intent));
    return {};
  };
  context_.writer.submit(step,
                         [this, call, error = std::move(error)](Result<model::Revision>) { finish(call, error); });
}

/// The backend said no: the intent ends, unless it may have said yes.
void Writes::give_up(const CallRef& call, Error error) {
  if (outcome_unknown(error)) return leave_open(call, std::move(error));
  auto step = [call](state::Transaction& transaction) -> Result<void> {
    transaction.remove(model::intent, call->token);
    return {};
  };
  context_.writer.submit(step,
                         [this, call, error = std::move(error)](Result<model::Revision>) { finish(call, error); });
}

void Writes::finish(const CallRef& call, Result<model::ObjectRef> result) {
  {
    std::lock_guard lock(mutex_);
    tokens_.erase(call->token);
    if (call->operation == ims::Operation::create) given_.erase({call->kind, call->id});
  }
  call->done(std::move(result));
}

}  // namespace netweave::adapters
