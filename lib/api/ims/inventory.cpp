#include "api/ims/inventory.hpp"

#include "api/collection.hpp"
#include "api/ims/backend_write.hpp"

namespace netweave::api::ims {
namespace {

void create(const CallRef& call, Kind kind, Idempotency& idempotency) {
  Value body;
  BackendWrite write;
  Refusal refusal = read_json(*call, false, body);
  if (!refusal) refusal = prepare_creation(*call, kind, body, write);
  if (refusal) return call->answer(*refusal);
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
  Value body;
  BackendWrite write;
  Refusal refusal = read_json(*call, merge, body);
  if (!refusal) refusal = prepare_update(*call, kind, call->parts[0], {body, merge, call->header("If-Match")}, write);
  if (refusal) return call->answer(*refusal);
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
    http::Response response;
    response.status = 204;
    call->answer(std::move(response));
  });
}

void add_reads(Router& router, const std::string& path, Kind kind) {
  router.add("GET", path, [kind](const CallRef& call) { answer_list(call, kind); });
  router.add("GET", path + "/{id}", [kind](const CallRef& call) { answer_object(*call, kind, call->parts[0]); });
}

void add_writes(Router& router, const std::string& path, Kind kind, Idempotency& idempotency) {
  router.add("POST", path, [kind, &idempotency](const CallRef& call) { create(call, kind, idempotency); });
  router.add("PUT", path + "/{id}", [kind](const CallRef& call) { update(call, kind); });
  router.add("PATCH", path + "/{id}", [kind](const CallRef& call) { update(call, kind); });
  router.add("DELETE", path + "/{id}", [kind](const CallRef& call) { remove(call, kind); });
}

void list_resources_of_pool(const CallRef& call) {
  if (auto refusal = check_present(*call, Kind::resource_pool, call->parts[0])) return call->answer(*refusal);
  query::Condition in_pool;
  in_pool.path = {"resourcePoolId"};
  in_pool.operands = {call->parts[0]};
  answer_list(call, Kind::resource, {std::move(in_pool)});
}

}  // namespace

void add_inventory(Router& router, const std::string& base, Idempotency& idempotency) {
  add_reads(router, base + "/deploymentManagers", Kind::deployment_manager);
  add_reads(router, base + "/resourcePools", Kind::resource_pool);
  add_reads(router, base + "/resources", Kind::resource);
  add_reads(router, base + "/resourceTypes", Kind::resource_type);
  router.add("GET", base + "/resourcePools/{id}/resources", list_resources_of_pool);
  add_writes(router, base + "/resourcePools", Kind::resource_pool, idempotency);
  add_writes(router, base + "/resources", Kind::resource, idempotency);
}

}  // namespace netweave::api::ims
