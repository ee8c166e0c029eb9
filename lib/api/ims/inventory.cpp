#include "api/ims/inventory.hpp"

#include "api/collection.hpp"
#include "api/ims/backend_write.hpp"
#include "api/validation.hpp"

namespace netweave::api::ims {
namespace {

void create(const CallRef& call, Kind kind, Idempotency& idempotency) {
  BackendWrite write;
  Refusal refusal = call->body ? prepare_creation(*call, kind, *call->body, write) : Refusal();
  if ((refusal = refusal_of(*call, std::move(refusal)))) return call->answer(*refusal);
  if (!idempotency.hold(call)) return;
  write.write.along = [call](state::Transaction& transaction, const model::Object& made) {
    Idempotency::remember(transaction, *call, 201, call->path + "/" + std::string(made.id()), shown_json(*call, made));
  };
  begin(call->services, std::move(write), [call](Result<model::ObjectRef> made) {
    if (!made) return call->answer(made.error());
    answer_written(*call, 201, *made, call->path + "/" + std::string((*made)->id()));
  });
}

void update(const CallRef& call, Kind kind) {
  bool merge = call->request.method == "PATCH";
  BackendWrite write;
  Refusal refusal;
  if (call->body)
    refusal = prepare_update(*call, kind, call->parts[0], {*call->body, merge, call->header("If-Match")}, write);
  if ((refusal = refusal_of(*call, std::move(refusal)))) return call->answer(*refusal);
  begin(call->services, std::move(write), [call](Result<model::ObjectRef> changed) {
    if (!changed) return call->answer(changed.error());
    answer_written(*call, 200, *changed, {});
  });
}

void remove(const CallRef& call, Kind kind) {
  BackendWrite write;
  if (auto refusal = prepare_removal(*call, kind, call->parts[0], call->header("If-Match"), write))
    return call->answer(*refusal);
  begin(call->services, std::move(write), [call](Result<model::ObjectRef> removed) {
    if (!removed) return call->answer(removed.error());
    call->note(**removed);
    call->answer_no_content();
  });
}

void list_resources_of_pool(const CallRef& call) {
  if (auto refusal = check_present(*call, Kind::resource_pool, call->parts[0])) return call->answer(*refusal);
  query::Condition in_pool;
  in_pool.path = {"resourcePoolId"};
  in_pool.operands = {call->parts[0]};
  answer_list(call, Kind::resource, {std::move(in_pool)});
}

/// `name` is the kind's in the operations: "ResourcePool"; `version` their ending: "V1".
void add_reads(Handlers& handlers, const std::string& name, const std::string& version, Kind kind) {
  auto list = [kind](const CallRef& call) { answer_list(call, kind); };
  auto get = [kind](const CallRef& call) { answer_object(*call, kind, call->parts[0]); };
  handlers.add("list" + name + "s" + version, list, Faults::merged);
  handlers.add("get" + name + version, get, Faults::merged);
}

void add_writes(Handlers& handlers, const std::string& name, const std::string& version, Kind kind,
                Idempotency& idempotency) {
  auto make = [kind, &idempotency](const CallRef& call) { create(call, kind, idempotency); };
  auto change = [kind](const CallRef& call) { update(call, kind); };
  handlers.add("create" + name + version, make, Faults::merged);
  handlers.add("replace" + name + version, change, Faults::merged);
  handlers.add("patch" + name + version, change, Faults::merged);
  handlers.add("delete" + name + version, [kind](const CallRef& call) { remove(call, kind); });
}

}  // namespace

void add_inventory(Handlers& handlers, const std::string& version, Idempotency& idempotency) {
  add_reads(handlers, "DeploymentManager", version, Kind::deployment_manager);
  add_reads(handlers, "ResourcePool", version, Kind::resource_pool);
  add_reads(handlers, "Resource", version, Kind::resource);
  add_reads(handlers, "ResourceType", version, Kind::resource_type);
  handlers.add("listResourcesOfPool" + version, list_resources_of_pool, Faults::merged);
  add_writes(handlers, "ResourcePool", version, Kind::resource_pool, idempotency);
  add_writes(handlers, "Resource", version, Kind::resource, idempotency);
}

}  // namespace netweave::api::ims
