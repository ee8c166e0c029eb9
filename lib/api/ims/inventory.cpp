#include "api/ims/inventory.hpp"

#include <array>

#include "api/collection.hpp"
#include "api/ims/writing.hpp"
#include "routing/routing.hpp"

namespace netweave::api::ims {
namespace {

using netweave::ims::Operation;

constexpr std::array<std::string_view, 2> pool_optional = {"resourcePoolId", "oCloudId"};
constexpr std::array<std::string_view, 1> resource_optional = {"resourceId"};

model::ObjectRef find(const Call& call, Kind kind, const std::string& id) {
  auto snapshot = call.services.state.snapshot();
  return model::ObjectRef::share(snapshot->find(kind, id));
}

/// The object that the path names, or 404.
model::ObjectRef present(Call& call, Kind kind) {
  model::ObjectRef object = find(call, kind, call.parts[0]);
  if (!object) call.answer(not_found("there is no " + std::string(to_string(kind)) + " " + call.parts[0]));
  return object;
}

/// The adapter that owns the object and can do this, or the answer that says why not.
adapters::Host* owner(Call& call, const model::Object& object, Operation operation) {
  adapters::Host* host = routing::owner_of(call.services.hosts, object);
  if (host == nullptr) {
    call.answer(conflict("the adapter " + std::string(object.adapter()) + " of this object is no longer configured"));
    return nullptr;
  }
  if (auto capable = routing::check_capable(*host, object.kind(), operation); !capable) {
    call.answer(capable.error());
    return nullptr;
  }
  return host;
}

adapters::Write make_write(const Call& call) {
  adapters::Write write;
  write.request_id = call.request_id;
  write.deadline = call.request.deadline;
  return write;
}

/// A resource goes to the adapter of its pool; the pool and the type must be there (422).
adapters::Host* host_for(Call& call, const Resource& resource) {
  model::ObjectRef pool = find(call, Kind::resource_pool, resource.resource_pool_id);
  std::vector<Fault> faults;
  if (!pool) faults.push_back({"resourcePoolId", "there is no resource pool " + resource.resource_pool_id});
  if (!find(call, Kind::resource_type, resource.resource_type_id))
    faults.push_back({"resourceTypeId", "there is no resource type " + resource.resource_type_id});
  if (!faults.empty()) {
    call.answer(unprocessable("the resource names what is not there", std::move(faults)));
    return nullptr;
  }
  adapters::Host* host = routing::owner_of(call.services.hosts, *pool);
  if (host == nullptr) {
    call.answer(conflict("the adapter of that resource pool is no longer configured"));
    return nullptr;
  }
  if (auto capable = routing::check_capable(*host, Kind::resource, Operation::create); !capable) {
    call.answer(capable.error());
    return nullptr;
  }
  return host;
}

adapters::Host* host_for(Call& call, const ResourcePool&) {
  const std::string* forced = call.header("X-Netweave-Adapter");
  auto host = forced != nullptr ? routing::named(call.services.hosts, *forced)
                                : routing::for_creation(call.services.hosts, Kind::resource_pool);
  if (host) {
    auto capable = routing::check_capable(**host, Kind::resource_pool, Operation::create);
    if (capable) return *host;
    call.answer(capable.error());
    return nullptr;
  }
  call.answer(host.error());
  return nullptr;
}

template <class T>
void create(const CallRef& call, Kind kind, std::span<const std::string_view> optional, Idempotency& idempotency) {
  T object;
  if (!read_new(*call, model::table_of(kind), optional, object)) return;
  adapters::Host* host = host_for(*call, object);
  if (host == nullptr || !idempotency.admit(call)) return;
  adapters::Write write = make_write(*call);
  write.object = std::move(object);
  write.along = [call](state::Transaction& transaction, const model::Object& made) {
    Idempotency::remember(transaction, *call, 201, call->path + "/" + std::string(made.id()), made.json());
  };
  call->services.writes.create(*host, std::move(write), [call, &idempotency](Result<model::ObjectRef> made) {
    idempotency.release(*call);
    if (!made) return call->answer(made.error());
    answer_written(*call, 201, *made, call->path + "/" + std::string((*made)->id()));
  });
}

template <class T>
void update(const CallRef& call, Kind kind) {
  model::ObjectRef object = present(*call, kind);
  adapters::Host* host = object ? owner(*call, *object, Operation::update) : nullptr;
  if (host == nullptr) return;
  adapters::Write write = make_write(*call);
  T wanted;
  if (!read_update(*call, model::table_of(kind), *object, wanted, write.patch)) return;
  if (!if_match_holds(*call, *object)) return;  // a precondition is for a request that is good (RFC 9110 13.2.1)
  write.object = std::move(wanted);
  write.expected = call->header("If-Match") != nullptr ? object->revision() : 0;
  if (write.patch.empty()) return answer_written(*call, 200, object, {});
  call->services.writes.update(*host, std::move(write), [call](Result<model::ObjectRef> changed) {
    if (!changed) return call->answer(changed.error());
    answer_written(*call, 200, *changed, {});
  });
}

template <class T>
void remove(const CallRef& call, Kind kind) {
  model::ObjectRef object = present(*call, kind);
  adapters::Host* host = object ? owner(*call, *object, Operation::remove) : nullptr;
  if (host == nullptr || !if_match_holds(*call, *object)) return;
  adapters::Write write = make_write(*call);
  write.object = model::from_json<T>(model::table_of(kind), object->json());
  write.expected = call->header("If-Match") != nullptr ? object->revision() : 0;
  call->services.writes.remove(*host, std::move(write), [call](Result<model::ObjectRef> removed) {
    if (!removed) return call->answer(removed.error());
    http::Response response;
    response.status = 204;
    call->answer(std::move(response));
  });
}

void list_resources_of_pool(const CallRef& call) {
  if (!present(*call, Kind::resource_pool)) return;
  query::Condition in_pool;
  in_pool.path = {"resourcePoolId"};
  in_pool.values = {call->parts[0]};
  answer_list(*call, Kind::resource, {std::move(in_pool)});
}

/// `name` is the kind's in the operations: "ResourcePool"; `version` their ending: "V1".
void add_reads(Handlers& handlers, const std::string& name, const std::string& version, Kind kind) {
  auto list = [kind](const CallRef& call) { answer_list(*call, kind); };
  auto get = [kind](const CallRef& call) { answer_object(*call, kind, call->parts[0]); };
  handlers.add("list" + name + "s" + version, list, Faults::merged);
  handlers.add("get" + name + version, get, Faults::merged);
}

template <class T>
void add_writes(Handlers& handlers, const std::string& name, const std::string& version, Kind kind,
                std::span<const std::string_view> optional, Idempotency& idempotency) {
  auto make = [kind, optional, &idempotency](const CallRef& call) { create<T>(call, kind, optional, idempotency); };
  auto change = [kind](const CallRef& call) { update<T>(call, kind); };
  handlers.add("create" + name + version, make, Faults::merged);
  handlers.add("replace" + name + version, change, Faults::merged);
  handlers.add("patch" + name + version, change, Faults::merged);
  handlers.add("delete" + name + version, [kind](const CallRef& call) { remove<T>(call, kind); });
}

}  // namespace

void add_inventory(Handlers& handlers, const std::string& version, Idempotency& idempotency) {
  add_reads(handlers, "DeploymentManager", version, Kind::deployment_manager);
  add_reads(handlers, "ResourcePool", version, Kind::resource_pool);
  add_reads(handlers, "Resource", version, Kind::resource);
  add_reads(handlers, "ResourceType", version, Kind::resource_type);
  handlers.add("listResourcesOfPool" + version, list_resources_of_pool, Faults::merged);
  add_writes<ResourcePool>(handlers, "ResourcePool", version, Kind::resource_pool, pool_optional, idempotency);
  add_writes<Resource>(handlers, "Resource", version, Kind::resource, resource_optional, idempotency);
}

}  // namespace netweave::api::ims
