#include "api/ims/backend_write.hpp"

#include <array>

#include "api/collection.hpp"
#include "routing/routing.hpp"

namespace netweave::api::ims {
namespace {

using netweave::ims::Operation;

constexpr std::string_view header_name = "X-Netweave-Adapter";
constexpr std::array<std::string_view, 2> pool_optional = {"resourcePoolId", "oCloudId"};
constexpr std::array<std::string_view, 1> resource_optional = {"resourceId"};

/// Another tenant shares it, for reading.
Problem read_only(const model::Object& object) {
  return to_problem(make_error(ErrorKind::denied, "the " + std::string(to_string(object.kind())) + " " +
                                                      std::string(object.id()) +
                                                      " is another tenant's, shared for reading"));
}

/// Naming an adapter goes past the rules.
Refusal check_selection(const Call& call) {
  if (!call.access || call.header(header_name) == nullptr) return {};
  if (call.access->all().hold(tenancy::permission("adapters:select"))) return {};
  return to_problem(make_error(ErrorKind::denied, "the user has no role that allows adapters:select, which " +
                                                      std::string(header_name) + " needs"));
}

/// X-Netweave-Adapter can't take from its owner what is already someone's.
Refusal take_owner(const Call& call, const model::Object& object, BackendWrite& into) {
  std::string what = std::string(to_string(object.kind())) + " " + std::string(object.id());
  std::string owner(object.adapter());
  into.host = routing::owner_of(call.services.hosts, object);
  if (into.host == nullptr) return conflict("the adapter " + owner + " of the " + what + " is not enabled");
  const std::string* forced = call.header(header_name);
  if (forced == nullptr || *forced == owner) return {};
  return bad_request("the " + what + " belongs to the adapter " + owner + ", and X-Netweave-Adapter names " + *forced,
                     {{std::string(header_name), "leave it out, or name " + owner}});
}

/// A pool goes where X-Netweave-Adapter says, else where the rules do.
Refusal take_host(const Call& call, const ResourcePool& pool, BackendWrite& into) {
  const auto& hosts = call.services.hosts;
  if (const std::string* forced = call.header(header_name)) {
    auto host = routing::named(hosts, *forced);
    if (!host) return to_problem(host.error());
    into.host = *host;
    return {};
  }
  auto choice = routing::choose(hosts, call.services.routing.now(), routing::creation_of(pool));
  into.host = choice.host;
  if (choice.host != nullptr) return {};
  std::vector<Fault> faults;
  for (const routing::Tried& tried : choice.tried) faults.push_back({"routing rule " + tried.rule->name, tried.reason});
  return unprocessable(choice.reason, std::move(faults));
}

/// A resource goes to the adapter of its pool; the pool and the type must be there.
Refusal take_host(const Call& call, const Resource& resource, BackendWrite& into) {
  model::ObjectRef pool = find(call, Kind::resource_pool, resource.resource_pool_id);
  std::vector<Fault> faults;
  if (!pool) faults.push_back({"resourcePoolId", "there is no resource pool " + resource.resource_pool_id});
  if (!find(call, Kind::resource_type, resource.resource_type_id))
    faults.push_back({"resourceTypeId", "there is no resource type " + resource.resource_type_id});
  if (!faults.empty()) return unprocessable("the resource names what is not there", std::move(faults));
  if (!call.scope.owns(*pool)) return read_only(*pool);
  if (into.write.tenant.empty()) into.write.tenant = pool->owner();
  return take_owner(call, *pool, into);
}

Refusal check_able(const BackendWrite& write) {
  auto able = routing::check_capable(*write.host, write.kind, write.operation);
  return able ? Refusal() : to_problem(able.error());
}

void set_up(const Call& call, Kind kind, Operation operation, BackendWrite& into) {
  into.kind = kind;
  into.operation = operation;
  into.write.request_id = call.request_id;
  into.write.trace = call.trace();
  into.write.tracestate = find_tracestate(call.request.headers);
  into.write.deadline = call.request.deadline;
}

template <class T>
Refusal create(const Call& call, std::span<const std::string_view> optional, const Value& body, BackendWrite& into) {
  T object;
  if (auto refusal = read_new(call, model::table_of(into.kind), optional, body, object)) return refusal;
  if (auto refusal = check_selection(call)) return refusal;
  bool as_its_pool = into.kind == Kind::resource && call.scope.all() && body.find("tenantId") == nullptr;
  if (!as_its_pool) into.write.tenant = tenant_of_new(call, body);
  if (auto refusal = take_host(call, object, into)) return refusal;
  into.write.object = std::move(object);
  if (const tenancy::Quotas* quotas = call.services.quotas) {
    std::string tenant = into.write.tenant.empty() ? std::string(model::default_tenant) : into.write.tenant;
    into.write.reserve = [quotas, kind = into.kind, tenant](state::Transaction& transaction) {
      return quotas->check(transaction, kind, tenant);
    };
  }
  return check_able(into);
}

/// The object that a change is of, and its owner.
Refusal take_present(const Call& call, const std::string& id, const std::string* if_match, BackendWrite& into) {
  into.present = find(call, into.kind, id);
  if (!into.present) return absent(into.kind, id);
  if (!call.scope.owns(*into.present)) return read_only(*into.present);
  if (auto refusal = check_if_match(call.services, if_match, *into.present)) return refusal;
  if (auto refusal = check_selection(call)) return refusal;
  into.write.expected = if_match != nullptr ? into.present->revision() : 0;
  return take_owner(call, *into.present, into);
}

template <class T>
Refusal update(const Call& call, const Change& change, BackendWrite& into) {
  T wanted;
  if (auto refusal = read_update(call, model::table_of(into.kind), *into.present, change, wanted, into.write.patch))
    return refusal;
  into.write.object = std::move(wanted);
  if (adapters::only_shares(into.kind, into.write.patch)) return {};
  if (auto refusal = check_able(into)) return refusal;
  if (into.write.patch.empty()) into.host = nullptr;
  return {};
}

}  // namespace

Refusal prepare_creation(const Call& call, Kind kind, const Value& body, BackendWrite& into) {
  set_up(call, kind, Operation::create, into);
  if (kind == Kind::resource_pool) return create<ResourcePool>(call, pool_optional, body, into);
  return create<Resource>(call, resource_optional, body, into);
}

Refusal prepare_update(const Call& call, Kind kind, const std::string& id, const Change& change, BackendWrite& into) {
  set_up(call, kind, Operation::update, into);
  if (auto refusal = take_present(call, id, change.if_match, into)) return refusal;
  return kind == Kind::resource_pool ? update<ResourcePool>(call, change, into) : update<Resource>(call, change, into);
}

Refusal prepare_removal(const Call& call, Kind kind, const std::string& id, const std::string* if_match,
                        BackendWrite& into) {
  set_up(call, kind, Operation::remove, into);
  if (auto refusal = take_present(call, id, if_match, into)) return refusal;
  if (auto refusal = check_able(into)) return refusal;
  if (kind == Kind::resource_pool)
    into.write.object = model::from_json<ResourcePool>(model::table_of(kind), into.present->json());
  else
    into.write.object = model::from_json<Resource>(model::table_of(kind), into.present->json());
  return {};
}

void begin(const Services& services, BackendWrite write, adapters::Writes::Done done) {
  if (write.host == nullptr) return done(std::move(write.present));
  switch (write.operation) {
    case Operation::create:
      return services.writes.create(*write.host, std::move(write.write), std::move(done));
    case Operation::update:
      return services.writes.update(*write.host, std::move(write.write), std::move(done));
    case Operation::remove:
      return services.writes.remove(*write.host, std::move(write.write), std::move(done));
  }
}

}  // namespace netweave::api::ims
