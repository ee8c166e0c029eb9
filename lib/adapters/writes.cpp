#include "adapters/writes.hpp"

#include "base/ids.hpp"
#include "model/fields.hpp"

namespace netweave::adapters {
namespace {

constexpr std::chrono::minutes hidden_at_most{10};  // how long an accepted removal may take to be seen
constexpr int read_again = 3;

Kind kind_of(const Write& write) {
  return std::holds_alternative<ResourcePool>(write.object) ? Kind::resource_pool : Kind::resource;
}

std::string& id_in(Write& write) {
  if (auto* pool = std::get_if<ResourcePool>(&write.object)) return pool->resource_pool_id;
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

/// The write in the adapter's own ids.
void to_native(const state::Snapshot& snapshot, Write& write) {
  auto native = [&](Kind kind, std::string& id) {
    if (const model::Object* object = snapshot.find(kind, id)) id = object->native_id();
  };
  if (auto* pool = std::get_if<ResourcePool>(&write.object)) {
    native(Kind::resource_pool, pool->resource_pool_id);
    return;
  }
  auto& resource = std::get<Resource>(write.object);
  native(Kind::resource, resource.resource_id);
  native(Kind::resource_pool, resource.resource_pool_id);
  native(Kind::resource_type, resource.resource_type_id);
}

bool outcome_unknown(const Error& error) {
  return error.kind == ErrorKind::timeout || error.kind == ErrorKind::cancelled;
}

}  // namespace

struct Writes::Call {
  Call(Host& at, Write what, ims::Operation how, Done then, Kind of)
      : host(at), write(std::move(what)), operation(how), done(std::move(then)), kind(of) {}

  Host& host;
  Write write;
  ims::Operation operation;
  Done done;
  Kind kind;
  std::string token = make_uuid();
  std::string id;         // the gateway's; of a creation the given one or empty
  std::string native_id;  // of updates and removals
  std::string uid;
  model::Revision expected = 0;
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
  begin(host, std::move(write), ims::Operation::update, std::move(done));
}
void Writes::remove(Host& host, Write write, Done done) {
  begin(host, std::move(write), ims::Operation::remove, std::move(done));
}

/// First the intent: what is not in the log is not asked of a backend.
void Writes::begin(Host& host, Write write, ims::Operation operation, Done done) {
  Kind kind = kind_of(write);
  AdapterStatus status = host.status();
  if (status.mode == AdapterMode::observe) {
    done(make_error(ErrorKind::denied, "the adapter " + status.name + " only observes (mode: observe)"));
    return;
  }
  if (status.failed) {
    Error error =
        make_error(ErrorKind::unavailable, "the backend of " + status.name + " can't be reached: " + status.error);
    error.from_backend = true;
    error.retry_after = std::chrono::seconds(10);
    done(std::move(error));
    return;
  }
  auto call = std::make_shared<Call>(host, std::move(write), operation, std::move(done), kind);
  call->id = id_in(call->write);
  call->expected = call->write.expected;
  {
    std::lock_guard lock(mutex_);
    tokens_.insert(call->token);
  }
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

Result<void> Writes::decide(state::Transaction& transaction, Call& call) {
  Intent intent{call.token, call.host.config().name, std::string(name_of(call.operation)), call.kind, call.id,
                {},         body_of(call.write)};
  model::ObjectRef present = call.id.empty() ? model::ObjectRef() : transaction.get(call.kind, call.id);
  if (call.operation == ims::Operation::create) {
    if (present) return make_error(ErrorKind::conflict, call.id + " is taken");
    if (const auto* resource = std::get_if<Resource>(&call.write.object)) {
      if (!transaction.get(Kind::resource_pool, resource->resource_pool_id))
        return missing("the resource pool", resource->resource_pool_id);
      if (!transaction.get(Kind::resource_type, resource->resource_type_id))
        return missing("the resource type", resource->resource_type_id);
    }
  } else {
    if (!present) return missing("the object", call.id);
    if (call.expected != 0 && present->revision() != call.expected)
      return make_error(ErrorKind::precondition, call.id + " was changed meanwhile: read it again");
    intent.native_id = call.native_id = present->native_id();
    call.uid = present->uid();
    call.expected = present->revision();
  }
  to_native(transaction.base(), call.write);
  transaction.put(to_draft(intent));
  return {};
}

void Writes::perform(const CallRef& call) {
  ims::CallContext context;
  context.deadline = std::min(call->write.deadline, std::chrono::steady_clock::now() + call->host.config().timeout);
  context.request_id = call->write.request_id;
  context.traceparent = call->write.traceparent;
  context.client_token = call->token;
  ims::Adapter& adapter = call->host.adapter();
  const auto* pool = std::get_if<ResourcePool>(&call->write.object);
  const auto* resource = std::get_if<Resource>(&call->write.object);
  try {
    switch (call->operation) {
      case ims::Operation::create:
        return settle_created(call, pool != nullptr ? adapter.create_resource_pool(*pool, context)
                                                    : adapter.create_resource(*resource, context));
      case ims::Operation::update:
        return settle_created(call, pool != nullptr ? adapter.update_resource_pool(*pool, call->write.patch, context)
                                                    : adapter.update_resource(*resource, call->write.patch, context));
      case ims::Operation::remove:
        return settle_removed(call, pool != nullptr ? adapter.remove_resource_pool(call->native_id, context)
                                                    : adapter.remove_resource(call->native_id, context));
    }
  } catch (const std::exception& exception) {
    give_up(call, make_error(ErrorKind::internal, call->host.config().name + ": " + exception.what()));
  }
}

void Writes::settle_created(const CallRef& call, Result<ims::Observed> outcome) {
  if (!outcome) return give_up(call, std::move(outcome).error());
  if (outcome->client_token.empty() && call->operation == ims::Operation::create) outcome->client_token = call->token;
  commit_observed(call, *outcome, read_again);
}

/// Commits what the backend made of the write, if nothing came between; else reads the object again, since either
/// may be the newer one.
void Writes::commit_observed(const CallRef& call, const ims::Observed& observed, int attempts_left) {
  auto stale = std::make_shared<model::Revision>(0);
  auto step = [this, call, observed, stale](state::Transaction& transaction) -> Result<void> {
    *stale = 0;
    std::string native_id(ims::id_of(observed));
    model::ObjectRef present = transaction.get(call->kind, known_id(transaction, call->kind, native_id));
    bool update = call->operation == ims::Operation::update;
    if (update && present && observed.version == 0 && present->revision() != call->expected) {
      *stale = present->revision();
      return make_error(ErrorKind::conflict, "changed meanwhile");
    }
    if (update) {
      Overlay overlay;
      if (auto old = transaction.get(model::overlay, overlay_id(call->kind, native_id))) overlay = to_overlay(*old);
      overlay.kind = call->kind;
      overlay.adapter = call->host.config().name;
      overlay.native_id = native_id;
      overlay.id = call->id;
      overlay.uid = observed.uid;
      overlay.kept = overlay.kept || observed.kept;
      ims::Observed wanted;
      std::visit([&](const auto& object) { wanted.object = object; }, call->write.object);
      overlay.fields = fields_beyond(wanted, observed);
      if (!overlay.fields.empty() || overlay.kept || overlay.id != native_id ||
          transaction.get(model::overlay, overlay_id(call->kind, native_id)))
        transaction.put(to_draft(overlay));
    }
    call->result = upsert(transaction, call->host.source(), observed, {});
    transaction.remove(model::intent, call->token);
    if (call->result && call->write.along) call->write.along(transaction, *call->result);
    if (!call->result && !transaction.runs_again())
      return make_error(ErrorKind::conflict, call->id + " belongs to another object meanwhile");
    return {};
  };
  auto then = [this, call, stale, attempts_left](Result<model::Revision> committed) {
    if (committed) return finish(call, call->result);
    if (*stale == 0 || attempts_left == 0) return give_up(call, std::move(committed).error());
    call->expected = *stale;
    bool queued = executor_.offer([this, call, attempts_left] {
      ims::CallContext context;
      context.deadline = std::chrono::steady_clock::now() + call->host.config().timeout;
      auto now = call->host.adapter().read(call->kind, call->native_id, context);
      if (!now) return give_up(call, std::move(now).error());
      commit_observed(call, *now, attempts_left - 1);
    });
    if (!queued) give_up(call, make_error(ErrorKind::exhausted, "too many writes wait for their backends"));
  };
  context_.writer.submit(step, then);
}

void Writes::settle_removed(const CallRef& call, Result<ims::Removal> outcome) {
  bool gone = !outcome && outcome.error().kind == ErrorKind::not_found;
  if (!outcome && !gone) return give_up(call, std::move(outcome).error());
  Tombstone tombstone{call->kind, call->host.config().name, call->native_id, call->uid};
  tombstone.pending = outcome && *outcome == ims::Removal::pending;
  auto step = [call, tombstone](state::Transaction& transaction) mutable -> Result<void> {
    call->result = transaction.get(call->kind, call->id);
    if (call->result) {
      adapters::remove(transaction, call->host.source(), call->kind, call->native_id, call->uid);
      tombstone.deadline = transaction.time() + std::chrono::milliseconds(hidden_at_most).count();
      transaction.put(to_draft(tombstone));
    }
    transaction.remove(model::intent, call->token);
    return {};
  };
  context_.writer.submit(step, [this, call](Result<model::Revision> committed) {
    if (!committed) return finish(call, std::move(committed).error());
    finish(call, call->result);
  });
}

/// The backend said no: the intent ends. Where it may have said yes, the intent stays, and the next full list of the
/// adapter shows what became of it.
void Writes::give_up(const CallRef& call, Error error) {
  if (outcome_unknown(error)) return finish(call, std::move(error));
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
  }
  call->done(std::move(result));
}

}  // namespace netweave::adapters
